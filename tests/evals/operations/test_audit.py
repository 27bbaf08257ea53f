"""The audit log: it is append-only, names its actor by pseudonym, and records no field by accident."""

from __future__ import annotations

import uuid

import pytest
from django.db import DatabaseError, connection, transaction

from evals.acting import ActorContext, acting, command_actor
from evals.models import AuditAction, AuditEvent
from evals.operations.audit import pseudonym_of, record_change, record_event
from evals.operations.endpoints.registration import change_endpoint
from evals.operations.submissions.lifecycle import cancel
from tests.support.record import NOW, make_endpoint, make_submission, make_user

pytestmark = pytest.mark.django_db


def an_event() -> AuditEvent:
    record_event(action=AuditAction.SUITE_LOAD, object_type="suite", object_id="mini")
    return AuditEvent.objects.latest("pk")


def test_the_database_refuses_to_change_or_delete_an_event() -> None:
    event = an_event()
    for change in (
        lambda: AuditEvent.objects.filter(pk=event.pk).update(action="x"),
        lambda: AuditEvent.objects.filter(pk=event.pk).delete(),
        lambda: connection.cursor().execute("DELETE FROM evals_auditevent"),
    ):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            change()
    assert AuditEvent.objects.get(pk=event.pk).action == "suite.load"


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no TRUNCATE")
def test_postgresql_refuses_to_truncate_the_log() -> None:
    an_event()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        connection.cursor().execute("TRUNCATE evals_auditevent")


def test_an_event_names_account_token_and_network_and_no_person() -> None:
    user = make_user("ann")
    actor = ActorContext("account", account_id=user.pk, token_id=7, network="a1b2")
    with acting(lambda: actor):
        event = an_event()
    assert uuid.UUID(event.actor) == uuid.UUID(pseudonym_of(user.pk))
    assert (event.actor_kind, event.token, event.network) == ("account", 7, "a1b2")


def test_a_command_is_named_by_its_user_and_the_worker_is_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "oper")
    with acting(command_actor):
        event = an_event()
    assert (event.actor_kind, event.actor) == ("command", "oper")
    assert an_event().actor_kind == "system"


def test_a_field_that_is_not_listed_is_not_recorded() -> None:
    with pytest.raises(ValueError, match="contact must not be recorded"):
        record_event(
            action=AuditAction.DISPUTE_FILE,
            object_type="dispute",
            object_id=1,
            after={"contact": "a@b.example"},
        )


def test_a_change_is_recorded_with_the_fields_that_differ_and_without_one_not_at_all() -> None:
    endpoint = make_endpoint()
    endpoint.max_concurrency, endpoint.timeout_s = 3, endpoint.timeout_s
    change_endpoint(endpoint=endpoint, fields=["max_concurrency", "timeout_s"])
    event = AuditEvent.objects.latest("pk")
    assert (event.action, event.object_id) == ("endpoint.change", "deepseek-api")
    assert (event.before, event.after) == ({"max_concurrency": 8}, {"max_concurrency": 3})
    count = AuditEvent.objects.count()
    record_change(
        action=AuditAction.ENDPOINT_CHANGE, object_type="endpoint", object_id="e", before={"enabled": True},
        after={"enabled": True},
    )  # fmt: skip
    assert AuditEvent.objects.count() == count


def test_an_event_of_a_change_that_is_rolled_back_is_not_kept() -> None:
    submission = make_submission()
    with transaction.atomic():
        cancel(submission_id=submission.pk, by=submission.submitter, now=NOW)
        assert AuditEvent.objects.latest("pk").action == "submission.cancel"
        transaction.set_rollback(True)
    assert not AuditEvent.objects.filter(action="submission.cancel").exists()


def test_a_failure_and_an_end_are_decisions_of_the_system() -> None:
    make_submission(state="FAILED")
    event = AuditEvent.objects.latest("pk")
    assert (event.action, event.actor_kind) == ("submission.fail", "system")
    assert event.after == {"state": "FAILED", "failure_code": "timeout"}
