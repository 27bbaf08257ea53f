"""A notable event of a submission leaves one notice for its owner, with ids only."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction

from evals.models import Notice, NoticeType, Submission
from evals.operations.notices.notify import notify, notify_endpoint, notify_model
from evals.operations.owners.access import owner_of
from evals.operations.runs.holds import hold_submission
from evals.operations.submissions.control import pause, rerun_afresh
from evals.operations.submissions.lifecycle import cancel, fail, retry
from tests.support.record import NOW, make_endpoint, make_model, make_organisation, make_submission, make_user

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=5)


def types(submission: Submission) -> list[str]:
    notices = Notice.objects.filter(owner=submission.owner).order_by("pk")
    return [notice.type.removeprefix("submission.") for notice in notices]


def test_each_step_of_a_submission_leaves_a_notice_for_its_owner() -> None:
    ann = make_user(role="submitter")
    submission = make_submission(submitter=ann, state="FAILED")
    retry(submission_id=submission.pk, by=ann, now=LATER)
    hold_submission(submission_id=submission.pk, reason="sk-secret in a reply", now=LATER)
    cancel(submission_id=submission.pk, by=ann, now=LATER)
    assert types(submission) == ["queued", "started", "failed", "queued", "held", "cancelled"]
    failed = Notice.objects.get(type=NoticeType.SUBMISSION_FAILED)
    assert failed.subject == "DEEPSEEK-V3 · Mini 1.0"
    assert failed.data == {
        "submission": str(submission.public_id),
        "model": "deepseek-v3",
        "suite": "mini@1.0",
        "endpoint": "deepseek-api",
        "failure_code": "timeout",
    }
    assert not [notice for notice in Notice.objects.all() if "secret" in str(vars(notice))]


def test_repeating_an_action_leaves_no_second_notice() -> None:
    ann = make_user(role="submitter")
    submission = make_submission(submitter=ann)
    for _ in range(2):
        pause(submission_id=submission.pk, by=ann, now=LATER)
    for _ in range(2):
        cancel(submission_id=submission.pk, by=ann, now=LATER)
    assert types(submission) == ["queued", "paused", "cancelled"]


def test_a_refused_step_leaves_no_notice() -> None:
    submission = make_submission(state="FINISHED")
    with pytest.raises(Exception, match="cannot become"):
        fail(submission_id=submission.pk, code="timeout", message="", now=LATER)
    assert types(submission) == ["queued", "started", "finished"]


def test_a_notice_belongs_to_the_organisation_that_the_submission_is_for() -> None:
    ann = make_user(role="submitter")
    acme = make_organisation(owner=ann)
    submission = make_submission(submitter=ann, owner="acme", state="FINISHED")
    rerun_afresh(submission_id=submission.pk, by=operator_account(), now=LATER)
    assert types(submission) == ["queued", "started", "finished"]
    assert Notice.objects.exclude(owner=acme).values_list("owner__handle", flat=True).get() == "ops"


def operator_account():
    return make_user("ops", role="operator")


def test_a_notice_holds_no_field_that_is_not_allowed() -> None:
    with transaction.atomic(), pytest.raises(ValueError, match="api_key must not be"):
        notify(
            type=NoticeType.KEY_DELETED,
            subject="x",
            now=NOW,
            owner=owner_of(make_user()),
            data={"api_key": "sk-1"},
        )


@pytest.mark.django_db(transaction=True)
def test_a_notice_is_refused_outside_the_transaction_of_its_change() -> None:
    with pytest.raises(ValueError, match="in the transaction"):
        notify(type=NoticeType.KEY_DELETED, subject="x", now=NOW, owner=owner_of(make_user()))


def test_models_and_endpoints_have_notices_for_who_proposed_or_owns_them() -> None:
    owner = owner_of(make_user())
    notify_model(NoticeType.MODEL_CONFIRMED, make_model(), owner, NOW)
    ours = make_endpoint("ours", owner=owner)
    notify_endpoint(NoticeType.PREFLIGHT_ENDED, ours, NOW, ok=False, code="key_refused")
    assert notify_endpoint(NoticeType.PREFLIGHT_ENDED, make_endpoint("operators"), NOW) is None
    assert [notice.data for notice in Notice.objects.order_by("pk")] == [
        {"model": "deepseek-v3"},
        {"endpoint": "ours", "model": "deepseek-v3", "ok": False, "code": "key_refused"},
    ]
