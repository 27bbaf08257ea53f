"""Attacks on what is not public yet: the sealed suite, the provider's words, planted keys."""

from __future__ import annotations

import json

from tests.attacks.attack import Count
from tests.attacks.service import PLANTED, Service

FRAGMENTS = ("acme-research-eu", "sk-prov", "9f3c")


def read_sealed_items(service: Service) -> Count:
    """Nobody reads an item of the running month, whoever asks."""
    count, run = Count(), service.seeded["sealed_run"]
    item = service.seeded["sealed_item"]
    for who in ("", "lab", "mallory"):
        client = service.client("127.40.1.1", token=who)
        for path in (
            f"/runs/{run}/",
            f"/runs/{run}/diff/{run}/",
            f"/api/v1/runs/{run}",
            f"/api/v1/runs/{run}/samples",
            f"/api/v1/runs/{run}/diff/{run}/items",
        ):
            text = client.get(path).text
            count.add(item not in text and json.dumps(item)[1:-1] not in text, f"{path} as {who or 'nobody'}")
    return count


def read_a_providers_words(service: Service) -> Count:
    """The provider's message, which may name accounts and keys, is for the submitter and operators."""
    count, run, public_id = Count(), service.seeded["failed_run"], service.seeded["failed"]
    own = service.client("127.40.2.2", token="lab").get(f"/api/v1/submissions/{public_id}").text
    assert FRAGMENTS[0] in own, "the submitter does not see it either"
    for who in ("", "mallory"):
        client = service.client("127.40.2.1", token=who)
        for path in (
            f"/runs/{run}/",
            f"/submissions/{public_id}/",
            f"/api/v1/runs/{run}",
            f"/api/v1/submissions/{public_id}",
            f"/api/v1/submissions/{public_id}/events",
            "/queue/",
            "/queue.atom",
        ):
            with client.stream("GET", path) as response:
                text = next(response.iter_text(), "") if "event" in path else response.read().decode()
            count.add(not any(part in text for part in FRAGMENTS), f"{path} as {who or 'nobody'}")
    return count


def find_planted_keys(service: Service) -> Count:
    """No answer, no file and no web process holds a provider's key."""
    count = Count()
    count.add(not service.leaks, "; ".join(service.leaks[:3]))
    for process in service.web_processes():
        environ = process.environ()
        count.add(
            not any(name in environ for name in PLANTED),
            "the web process has CREDENTIAL_* in its environment",
        )
    for path in service.folder.rglob("*"):
        if path.is_file() and not path.is_socket():
            content = path.read_bytes()
            count.add(not any(key.encode() in content for key in PLANTED.values()), str(path.name))
    return count
