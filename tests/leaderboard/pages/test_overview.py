"""The overview shows what an account needs first, in a constant number of queries."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from evals.models import Endpoint, ModelProposal, Notice, Submission, Webhook
from evals.operations.owners.access import owner_of
from evals.operations.webhooks.subscriptions import create_webhook
from leaderboard.accounts.invitations import invite
from leaderboard.accounts.tokens import issue_token
from tests.leaderboard.pages.reading import words
from tests.support.accounts import add_totp, confirm_address, log_in_as_staff
from tests.support.own_endpoints import give_key, make_own_endpoint, pass_preflight, worker_with_keys
from tests.support.proposals import make_proposal
from tests.support.record import NOW, make_endpoint, make_model, make_organisation, make_submission, make_user

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _worker(db: None, settings: Settings, tmp_path: Path) -> Iterator[None]:
    with worker_with_keys(settings, tmp_path):
        yield


@pytest.fixture
def ann() -> User:
    return make_user("ann", email="ann@mail.example")


def overview_of(user: User) -> str:
    browser = Client()
    browser.force_login(user)
    return words(browser.get("/account/").content.decode())


def test_a_new_account_sees_what_to_do_first(ann: User, settings: Settings) -> None:
    settings.OPEN_SUBMISSIONS = 20
    text = overview_of(ann)
    assert "Confirm an e-mail address" in text
    assert "Add a second factor" in text
    assert "Open submissions 0" in text
    assert "20 left of 20" in text
    confirm_address(ann)
    add_totp(ann)
    assert "To do" not in overview_of(ann)


def test_it_shows_open_submissions_endpoints_and_events_of_the_account_and_its_organisations(
    ann: User,
) -> None:
    boss = make_user("boss")
    make_organisation("acme", owner=boss, reader=ann)
    lab = make_own_endpoint(boss, owner="acme")
    give_key(boss, lab)
    pass_preflight(lab)
    make_own_endpoint(make_user("eve"), name="secret")
    make_submission(endpoint=make_endpoint(), submitter=boss, owner="acme")
    make_submission(endpoint=make_endpoint("two"), submitter=ann, state="FINISHED")
    make_submission(endpoint=make_endpoint("three"), submitter=make_user("eve"))
    text = overview_of(ann)
    assert "Open submissions 1" in text
    assert "acme--lab ready for submissions · key stored" in text
    assert "eve--" not in text
    assert "Submission finished" in text


def test_what_waits_for_the_account_is_in_the_list(ann: User) -> None:
    now = timezone.now()
    issue_token(user=ann, name="old", now=now - 40 * DAY, lifetime=39 * DAY)
    issue_token(user=ann, name="soon", now=now, lifetime=3 * DAY)
    issue_token(user=ann, name="ancient", now=now - 400 * DAY, lifetime=DAY)
    issue_token(user=ann, name="fresh", now=now, lifetime=90 * DAY)
    for name in ("fails", "off"):
        create_webhook(actor=ann, url=f"https://{name}.example/x", types=["key.deleted"], now=NOW)
    Webhook.objects.filter(url__contains="fails").update(failing_since=NOW)
    Webhook.objects.filter(url__contains="off").update(enabled=False, disabled_reason="owner")
    make_submission(endpoint=make_endpoint(), submitter=ann, state="PENDING_REVIEW")
    Submission.objects.update(review_outcome="changes_requested", review_message="Less.")
    make_proposal(proposer=ann)
    ModelProposal.objects.update(state="changes_requested", message="Which?")
    boss = make_user("boss")
    make_organisation("acme", owner=boss)
    invite(by=boss, handle="acme", invitee="ann", role="reader", now=now)
    text = overview_of(ann)
    for sentence in (
        "The token old has expired.",
        "The token soon expires soon.",
        "https://fails.example/x fails",
        "Changes of your submission of DEEPSEEK-V3 are requested.",
        "Changes of the proposed model Alpha 9 are requested.",
        "Answer 1 invitation.",
    ):
        assert sentence in text
    for word in ("ancient", "fresh", "off.example"):
        assert word not in text


def test_the_number_of_queries_does_not_grow(ann: User) -> None:
    def add(numbers: range) -> None:
        for n in numbers:
            make_organisation(f"org{n}", owner=ann)
            lab = make_own_endpoint(ann, name=f"lab{n}", owner=f"org{n}")
            give_key(ann, lab)
            pass_preflight(lab)
            make_submission(endpoint=make_endpoint(f"e{n}"), submitter=ann, owner=f"org{n}")
            url, kinds = f"https://x{n}.example/x", ["key.deleted"]
            create_webhook(actor=ann, owner=f"org{n}", url=url, types=kinds, now=NOW)
            issue_token(user=ann, name=f"t{n}", now=timezone.now(), lifetime=DAY)
        Webhook.objects.update(failing_since=NOW)

    browser = Client()
    browser.force_login(ann)
    browser.get("/account/")  # what a process or a session does once
    counts = []
    for numbers in (range(2), range(2, 9)):
        add(numbers)
        with CaptureQueriesContext(connection) as seen:
            assert browser.get("/account/").status_code == 200
        counts.append(len(seen))
    assert counts[0] == counts[1] < 45


def test_long_lists_are_cut_and_odd_texts_do_no_harm(ann: User) -> None:
    owner, model = owner_of(ann), make_model()
    Notice.objects.bulk_create(
        Notice(owner=owner, type="key.deleted", subject=f"n{n} <b>\x07{'x' * 250}", created_at=NOW)
        for n in range(3_000)
    )
    Endpoint.objects.bulk_create(
        Endpoint(
            slug=f"ann--{n}", owner=owner, model=model, provider="p", protocol="openai-chat",
            base_url="https://x.example", api_model="x", known_at=NOW,
        )
        for n in range(300)
    )  # fmt: skip
    text = overview_of(ann)
    assert "Endpoints 300" in text
    assert len(text) < 10_000


def test_it_is_for_accounts_and_for_staff_with_their_second_factor() -> None:
    assert Client().get("/account/")["Location"].startswith("/login/")
    mod, browser = make_user("mod", role="moderator"), Client()
    browser.force_login(mod)
    assert browser.get("/account/")["Location"] == "/account/security/"
    log_in_as_staff(browser, mod)
    assert browser.get("/account/").status_code == 200
