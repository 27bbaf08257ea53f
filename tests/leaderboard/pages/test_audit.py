"""The page of the audit log: its filters, its pages, and who sees it."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from evals.acting import ActorContext, acting
from evals.models import AuditAction, AuditEvent
from evals.operations.audit import pseudonym_of, record_event
from evals.operations.submissions.lifecycle import cancel
from tests.leaderboard.pages.reading import words
from tests.support.accounts import log_in
from tests.support.record import NOW, make_submission, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def auditor() -> Client:
    client = Client()
    log_in(client, make_user("eve", role="auditor"))
    return client


def text_of(client: Client, query: str = "") -> str:
    return words(client.get(f"/audit/{query}").content.decode())


def test_it_says_who_changed_what_with_the_values_before_and_after(auditor: Client) -> None:
    submission = make_submission()
    with acting(lambda: ActorContext("account", submission.submitter_id, token_id=3, network="a1b2c3d4e5")):
        cancel(submission_id=submission.pk, by=submission.submitter, now=NOW)
    row = text_of(auditor, "?action=submission.cancel")
    assert "ann account token 3 network a1b2c3d4 submission cancelled" in row
    assert "state: PENDING → CANCELLED" in row
    page = auditor.get("/audit/?action=submission.cancel").content.decode()
    assert f'href="/submissions/{submission.public_id}/"' in page


def test_a_filter_selects_by_actor_action_object_and_day(auditor: Client) -> None:
    submission = make_submission(submitter=make_user("bob"))
    with acting(lambda: ActorContext("account", submission.submitter_id)):
        cancel(submission_id=submission.pk, by=submission.submitter, now=NOW)
    today = AuditEvent.objects.latest("pk").at.date()
    for query, n_rows in (
        ("?actor=bob", 1),
        (f"?actor={pseudonym_of(submission.submitter_id)}", 1),
        ("?actor=nobody", 0),
        (f"?object_type=submission&object_id={submission.public_id}", 2),
        (f"?since={today}&action=submission.cancel", 1),
        ("?until=2020-01-01", 0),
        ("?since=soon&action=submission.cancel", 1),
    ):
        assert auditor.get(f"/audit/{query}").content.decode().count('<tr id="e') == n_rows, query


def test_older_events_follow_without_a_gap_in_as_many_queries(auditor: Client) -> None:
    for number in range(60):
        record_event(action=AuditAction.SUITE_LOAD, object_type="suite", object_id=number)
    auditor.get("/audit/")  # its session notes that it is in use
    with CaptureQueriesContext(connection) as queries:
        first = auditor.get("/audit/")
    assert len(queries) <= 8, [query["sql"][:80] for query in queries]
    page = first.context["page"]
    second = auditor.get(f"/audit/?before={page.before}").context["page"]
    numbers = [row.id for row in [*page.rows, *second.rows]]
    assert numbers == list(AuditEvent.objects.order_by("-pk").values_list("pk", flat=True)[: len(numbers)])
    assert second.before is None


def test_only_operators_and_auditors_see_it_and_no_cache_keeps_it(auditor: Client) -> None:
    assert "no-store" in auditor.get("/audit/")["Cache-Control"]
    assert Client().get("/audit/")["Location"].startswith("/login/?next=/audit/")
    ann = Client()
    ann.force_login(make_user("ann"))
    assert ann.get("/audit/").status_code == 403
    address = f"/submissions/{make_submission().public_id}/"
    assert "/audit/" in auditor.get(address).content.decode()
    assert "/audit/" not in ann.get(address).content.decode()
    assert "/audit/" in auditor.get("/admin/").content.decode()
