"""Own endpoints through the API: everything for their owner, and not even their existence for others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings
from rest_framework.test import APIClient

from evals.models import AuditEvent, Endpoint, EndpointKey
from tests.support.own_endpoints import KEY, make_own_endpoint, pass_preflight, worker_with_keys
from tests.support.record import make_model, make_organisation, make_suite, make_user

HOME = "/api/v1/account/endpoints"
NEW = {"name": "lab", "model": "deepseek-v3", "api_model": "deepseek-chat", "preset": "deepseek"}


@pytest.fixture
def worker(db: None, settings: Settings, tmp_path: Path) -> Iterator[None]:
    with worker_with_keys(settings, tmp_path):
        yield


@pytest.fixture
def bob(bearer: Callable[[str], APIClient]) -> APIClient:
    """Somebody else."""
    return bearer("bob")


def send(client: APIClient, method: str, path: str, body: Any = None) -> Any:
    return getattr(client, method)(path, body, format="json")


def test_a_lab_registers_an_endpoint_stores_its_key_and_asks_for_a_preflight(
    ann: APIClient, worker: None, sent: list[str], django_capture_on_commit_callbacks: Any
) -> None:
    make_model()
    created = send(ann, "post", HOME, NEW)
    assert created.status_code == 201, created.data
    row = created.data["data"]
    assert (row["slug"], row["owner"], row["vouched_by"], row["key"]) == ("ann--lab", "ann", "", None)
    stored = send(ann, "put", f"{HOME}/ann--lab/key", {"key": KEY, "keep": True})
    assert stored.status_code == 200
    assert stored.data["data"]["key"]["keep"] is True
    assert KEY not in str(stored.content)
    with django_capture_on_commit_callbacks(execute=True):
        requested = send(ann, "post", f"{HOME}/ann--lab/preflight", {})
    assert (requested.status_code, requested.data["data"]["state"]) == (202, "waiting")
    assert sent == ["worker.preflight"]
    assert ann.get(f"{HOME}/ann--lab/preflight").data["data"]["state"] == "waiting"
    assert [row["slug"] for row in ann.get(HOME).data["data"]] == ["ann--lab"]


def test_it_is_changed_shared_and_deleted(ann: APIClient, worker: None) -> None:
    make_user("bob")
    make_own_endpoint(make_user("ann"))
    send(ann, "put", f"{HOME}/ann--lab/key", {"key": KEY})
    path = f"{HOME}/ann--lab"
    changed = send(ann, "patch", path, {"max_concurrency": 3, "shared_with": ["bob"]})
    assert (changed.data["data"]["max_concurrency"], changed.data["data"]["shared_with"]) == (3, ["bob"])
    assert changed.data["data"]["key"] is not None
    for keep in (True, False):
        kept = send(ann, "patch", f"{path}/key", {"keep": keep})
        assert kept.data["data"]["key"]["keep"] is keep
    moved = send(ann, "patch", path, {"base_url": "https://eu.lab.example/v1"})
    assert moved.data["data"]["key"] is None
    assert send(ann, "patch", f"{path}/key", {"keep": True}).status_code == 404
    assert send(ann, "patch", f"{path}/key", {}).status_code == 400
    refused = send(ann, "patch", path, {"max_concurrency": 4, "shared_with": ["nobody"]})
    assert (refused.status_code, refused.data["error"]["code"]) == (400, "unknown_owner")
    assert Endpoint.objects.get().max_concurrency == 3, "all fields or none"
    for field in ("internal_allowed", "credential", "vouched_by", "capabilities", "simulated", "owner"):
        assert send(ann, "patch", path, {field: "x"}).status_code == 400
        assert send(ann, "post", HOME, NEW | {field: "x"}).status_code == 400
    assert send(ann, "delete", path).status_code == 204
    assert not EndpointKey.objects.exists()


def test_a_stranger_gets_404_for_what_exists_and_for_what_does_not(
    ann: APIClient, bob: APIClient, worker: None
) -> None:
    make_own_endpoint(make_user("ann"))
    requests: list[tuple[str, str, Any]] = [
        ("get", "", None), ("patch", "", {"enabled": False}), ("delete", "", None),
        ("put", "/key", {"key": KEY}), ("delete", "/key", None),
        ("post", "/preflight", {}), ("get", "/preflight", None),
    ]  # fmt: skip
    for method, path, body in requests:
        answers = [send(bob, method, f"{HOME}/{slug}{path}", body) for slug in ("ann--lab", "ann--bal")]
        assert [answer.status_code for answer in answers] == [404, 404]
        texts = [
            str(answer.data).replace(slug, "…")
            for answer, slug in zip(answers, ("ann--lab", "ann--bal"), strict=True)
        ]
        assert texts[0] == texts[1]
    assert bob.get(HOME).data["data"] == []
    assert APIClient().get(HOME).status_code == 401
    assert Endpoint.objects.get().enabled


def test_an_organisation_registers_one_and_its_readers_only_see_it(
    ann: APIClient, bob: APIClient, worker: None
) -> None:
    make_model()
    make_organisation("acme", owner=make_user("ann"), reader=make_user("bob"))
    assert send(ann, "post", HOME, NEW | {"owner": "acme"}).data["data"]["slug"] == "acme--lab"
    assert bob.get(f"{HOME}/acme--lab").status_code == 200
    assert send(bob, "put", f"{HOME}/acme--lab/key", {"key": KEY}).status_code == 403
    assert send(bob, "post", HOME, NEW | {"owner": "acme", "name": "x"}).status_code == 403


def test_a_bad_key_is_refused_without_being_repeated(ann: APIClient, worker: None) -> None:
    make_own_endpoint(make_user("ann"))
    for bad in ("a bad key with spaces", "k" * 5000, 5, ["sk-in-a-list-of-keys"]):
        refused = send(ann, "put", f"{HOME}/ann--lab/key", {"key": bad})
        assert refused.status_code == 400
        assert str(bad).strip("[]'") not in str(refused.data)[60:] or bad == 5


def test_public_lists_name_an_own_endpoint_once_it_is_used_and_by_its_host_only(
    ann: APIClient, api: APIClient, db: None
) -> None:
    make_suite()
    endpoint = make_own_endpoint(make_user("ann"), "https://api.lab.example/secret-deployment/v1")
    assert api.get("/api/v1/endpoints").data["data"] == []
    pass_preflight(endpoint)
    assert (
        send(ann, "post", "/api/v1/submissions", {"endpoint": "ann--lab", "suite": "mini"}).status_code == 201
    )
    (row,) = api.get("/api/v1/endpoints").data["data"]
    assert (row["owner"], row["base_url"]) == ("ann", "https://api.lab.example")
    model = api.get("/api/v1/models/deepseek-v3").data["data"]
    assert model["endpoints"][0]["base_url"] == "https://api.lab.example"


def test_an_estimate_at_an_own_endpoint_is_for_those_who_may_use_it(
    ann: APIClient, bob: APIClient, api: APIClient, db: None
) -> None:
    make_suite()
    make_own_endpoint(make_user("ann"))
    address = "/api/v1/estimate?endpoint=ann--lab&suite=mini"
    assert [client.get(address).status_code for client in (ann, bob, api)] == [200, 400, 400]


def test_a_submission_without_a_preflight_says_what_to_do(ann: APIClient, db: None) -> None:
    make_suite()
    make_own_endpoint(make_user("ann"))
    refused = send(ann, "post", "/api/v1/submissions", {"endpoint": "ann--lab", "suite": "mini"})
    assert (refused.status_code, refused.data["error"]["code"]) == (400, "preflight_required")
    assert "/preflight" in refused.data["error"]["message"]


def test_the_audit_log_has_no_key(ann: APIClient, worker: None) -> None:
    make_own_endpoint(make_user("ann"))
    send(ann, "put", f"{HOME}/ann--lab/key", {"key": KEY})
    send(ann, "delete", f"{HOME}/ann--lab/key")
    actions = set(AuditEvent.objects.values_list("action", flat=True))
    assert {"key.seal", "key.delete"} <= actions
    assert KEY not in str(list(AuditEvent.objects.values()))
