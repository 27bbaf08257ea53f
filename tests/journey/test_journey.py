"""The short form of `make journey`: one lab, by forms and the API, from sign-up to a published score.

The parts are tested elsewhere; this tests that they meet. The jobs run in this process, and the embargo
ends because a later time is given.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from evals.models import AuditEvent, Endpoint, Score, Voucher
from evals.operations.catalogue.suites import sync_suites
from evals.operations.endpoints.keys import delete_unneeded_keys
from evals.operations.endpoints.vouching import change_voucher
from evals.operations.proposals.lifecycle import confirm_proposal
from evals.operations.submissions.embargo import publish_scores_after_embargo
from leaderboard.accounts import adapters
from tests.support.accounts import PASSWORD
from tests.support.fixtures import StartProvider, mini_book
from tests.support.own_endpoints import allow_inside, worker_with_keys
from tests.support.provider import SimulatedProvider
from tests.support.record import make_user
from tests.support.service import Settings as ProviderSettings
from worker import jobs

KEY, WRONG_KEY = "sk-alpha-2f9c1d7b4e6a", "sk-wrong-4f1d7a9c2e6b"
ITEMS = 300
EMBARGO = timedelta(days=3)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("shared_limits")]


@pytest.fixture
def world(settings: Settings, tmp_path: Path) -> Iterator[None]:
    """Be a simulated world whose worker has its keys."""
    settings.SIMULATED_WORLD = True
    sync_suites(folder=settings.BASE_DIR / "evals" / "suites")
    with worker_with_keys(settings, tmp_path):
        yield


@pytest.fixture
def provider(start_provider: StartProvider) -> SimulatedProvider:
    return start_provider(ProviderSettings(book=mini_book(), api_key=KEY))


class Lab:
    """A browser, and the token that it made."""

    def __init__(self) -> None:
        self.browser, self.headers = Client(), dict[str, str]()

    def sign_up(self) -> None:
        """Create the account, open the link of its mail, and make a token."""
        names = {"username": "lina", "email": "lina@alpha.example", "accept_policies": "on"}
        self.browser.post("/account/sign-up/", names | {"password1": PASSWORD, "password2": PASSWORD})
        adapters._mail_thread().submit(lambda: None).result(timeout=10)
        link = re.search(r"http\S+(/account/email/confirm/\S+)", str(mail.outbox[0].body))
        assert link, mail.outbox[0].body
        self.browser.post(link[1])
        self.browser.post("/account/confirm/", {"password": PASSWORD})
        page = self.browser.post("/account/tokens/", {"name": "ci", "submit": "on", "manage": "on"})
        secret = re.search(r"lagline_[\w-]+", page.content.decode())
        assert secret, "no token is shown"
        self.headers = {"Authorization": f"Bearer {secret[0]}"}

    def call(self, method: str, path: str, body: Any = None, *, status: int = 200) -> Any:
        """Call the API with the token alone, and return the data of the answer."""
        content = "" if body is None else json.dumps(body)
        address = f"/api/v1/{path}"
        response = Client().generic(method, address, content, "application/json", headers=self.headers)
        assert response.status_code == status, response.content
        return response.json()["data"]

    def preflight(self, endpoint: str) -> dict[str, str]:
        """Run a preflight, and return the state of each check."""
        address = f"account/endpoints/{endpoint}/preflight"
        self.call("POST", address, {"suite": "lagline-mini"}, status=202)
        work_until_idle()
        return {row["check"]: row["state"] for row in self.call("GET", address)["checks"]}


def work_until_idle() -> None:
    """Do what a worker does until nothing is left."""
    for _ in range(100):
        if not jobs.take_step("a worker"):
            return
    raise AssertionError("the work does not end")


def test_a_lab_gets_from_sign_up_to_a_published_score(
    world: None, provider: SimulatedProvider, settings: Settings
) -> None:
    lab, stranger = Lab(), Client()
    lab.sign_up()
    facts = {"name": "Alpha 1", "new_developer": "Alpha", "new_developer_country": "CN", "openness": "closed"}
    proposal = lab.call("POST", "proposals", facts | {"sources": ["https://alpha.example/1"]}, status=201)
    how = {"name": "api", "model": proposal["model"], "protocol": "openai-chat", "api_model": "sim-large"}
    where = {"base_url": allow_inside(settings, provider.base_url), "max_concurrency": 32}
    slug = lab.call("POST", "account/endpoints", how | where, status=201)["slug"]

    lab.call("PUT", f"account/endpoints/{slug}/key", {"key": WRONG_KEY})
    assert lab.preflight(slug)["key"] == "failed"
    lab.call("PUT", f"account/endpoints/{slug}/key", {"key": KEY})
    assert set(lab.preflight(slug).values()) == {"passed"}
    asked_before = len(provider.calls_by_payload())

    now = timezone.now()
    order = {"endpoint": slug, "suite": "lagline-mini", "embargo_until": (now + EMBARGO).isoformat()}
    submission = lab.call("POST", "submissions", order, status=201)["id"]
    work_until_idle()
    assert lab.call("GET", f"submissions/{submission}")["state"] == "FINISHED"
    assert len(provider.calls_by_payload()) == asked_before + ITEMS

    assert delete_unneeded_keys(now=now + timedelta(minutes=1)) == 1
    assert lab.call("GET", f"account/endpoints/{slug}")["key"] is None
    assert set(AuditEvent.objects.filter(action="key.use").values_list("object_id", flat=True)) == {slug}
    assert stranger.get("/api/v1/scores").json()["data"] == []

    moderator = make_user("mara", role="moderator")
    confirm_proposal(public_id=proposal["id"], by=moderator, now=now)
    change_voucher(endpoint_id=Endpoint.objects.get().pk, voucher=Voucher.DEVELOPER, now=now)
    assert publish_scores_after_embargo(now=now + EMBARGO - timedelta(seconds=1)) == 0
    assert publish_scores_after_embargo(now=now + EMBARGO) == 1
    assert Score.objects.filter(model__slug=proposal["model"]).count() == 6
