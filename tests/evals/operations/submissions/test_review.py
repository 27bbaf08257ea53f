"""A submission that the operator would pay for waits for review, unless the owner's cap bears it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from pytest_django.fixtures import Settings

from evals.models import (
    AuditEvent,
    CapKind,
    Endpoint,
    Owner,
    Price,
    ReviewOutcome,
    Submission,
    SubmissionState,
    Suite,
)
from evals.operations.caps import CapValues, set_cap
from evals.operations.owners.access import NotPermitted, owner_of
from evals.operations.submissions.control import rerun_afresh, set_budget
from evals.operations.submissions.lifecycle import cancel, retry, submit
from evals.operations.submissions.payment import AboveLimit, BudgetNeedsPrice
from evals.operations.submissions.quotas import SubmissionQuotaExceeded
from evals.operations.submissions.review import (
    AmountMissing,
    NotInReview,
    ReasonMissing,
    approve,
    reject,
    request_changes,
)
from tests.support.own_endpoints import pass_preflight
from tests.support.record import NOW, make_endpoint, make_organisation, make_submission, make_suite, make_user

pytestmark = pytest.mark.django_db
PRICES: dict[str, Any] = {"input_usd_per_mtok": Decimal(2), "output_usd_per_mtok": Decimal(10)}


@pytest.fixture(autouse=True)
def _the_operator_pays_for_nothing(settings: Settings) -> None:
    settings.SPENDING_CAPS = dict.fromkeys(settings.SPENDING_CAPS, Decimal(0))


@pytest.fixture
def ann() -> User:
    return make_user("ann", role="submitter")


@pytest.fixture
def boss() -> User:
    return make_user("boss", role="operator")


def submitted(by: User, endpoint: Endpoint | None = None, **options: Any) -> Submission:
    endpoint = endpoint or Endpoint.objects.first() or make_endpoint(**PRICES)
    return submit(submitter=by, endpoint=endpoint.slug, suite=suite(), now=NOW, **options)


def suite() -> str:
    return (Suite.objects.first() or make_suite()).slug


def now_of(submission: Submission) -> Submission:
    return Submission.objects.get(pk=submission.pk)


def test_what_the_operator_would_pay_for_waits_for_review(ann: User) -> None:
    assert submitted(ann, budget_usd=Decimal(1)).state == SubmissionState.PENDING_REVIEW


def test_an_operator_s_own_submission_an_own_endpoint_and_a_simulation_start_at_once(
    ann: User, boss: User
) -> None:
    by_operator = submitted(boss)
    assert (by_operator.state, by_operator.is_approved) == (SubmissionState.PENDING, True)
    own = make_endpoint("own", owner=owner_of(ann))
    pass_preflight(own)
    assert submitted(ann, own).state == SubmissionState.PENDING
    simulated = make_endpoint("simulated", simulated=True)
    assert submitted(ann, simulated).state == SubmissionState.PENDING


def test_a_budget_within_the_cap_starts_at_once_and_a_larger_one_waits(ann: User, boss: User) -> None:
    set_cap(owner=owner_of(ann), kind=CapKind.OPERATOR, values=CapValues(usd_per_day=Decimal(5)), by=boss)
    endpoint = make_endpoint(**PRICES)
    assert submitted(ann, endpoint, budget_usd=Decimal(5)).state == SubmissionState.PENDING
    other = make_endpoint("other", **PRICES)
    assert submitted(ann, other, budget_usd=Decimal(6)).state == SubmissionState.PENDING_REVIEW
    unknown = make_endpoint("unknown", **PRICES)
    assert submitted(ann, unknown).state == SubmissionState.PENDING_REVIEW, "its cost is not known"


def test_a_cap_of_an_organisation_binds_its_submissions_and_not_those_of_its_members(
    ann: User, boss: User
) -> None:
    acme = make_organisation("acme", owner=ann)
    set_cap(owner=acme, kind=CapKind.OPERATOR, values=CapValues(usd_per_month=Decimal(5)), by=boss)
    endpoint = make_endpoint(**PRICES)
    budget = {"budget_usd": Decimal(1)}
    assert submitted(ann, endpoint, owner="acme", **budget).state == SubmissionState.PENDING
    assert submitted(ann, endpoint, **budget).state == SubmissionState.PENDING_REVIEW


def test_an_approved_submission_carries_the_amount_as_its_budget(ann: User, boss: User) -> None:
    submission = submitted(ann)
    with pytest.raises(AmountMissing):
        approve(submission_id=submission.pk, by=boss, now=NOW)
    approve(submission_id=submission.pk, by=boss, now=NOW, budget_usd=Decimal(3), reason="Welcome.")
    row = now_of(submission)
    assert row.state == SubmissionState.PENDING
    assert (row.budget_usd, row.approved_usd) == (Decimal(3), Decimal(3))
    assert (row.review_outcome, row.review_message) == (ReviewOutcome.APPROVED, "Welcome.")
    event = AuditEvent.objects.get(action="submission.approve")
    assert (event.after["state"], event.after["reason"]) == ("PENDING", "Welcome.")


def test_the_submitter_lowers_an_approved_budget_and_never_raises_it(ann: User, boss: User) -> None:
    submission = submitted(ann, budget_usd=Decimal(3))
    approve(submission_id=submission.pk, by=boss, now=NOW)
    change: dict[str, Any] = {"submission_id": submission.pk, "by": ann, "now": NOW}
    set_budget(**change, budget_usd=Decimal(1))
    set_budget(**change, budget_usd=Decimal(3))
    for more in (Decimal("3.01"), None):
        with pytest.raises(AboveLimit):
            set_budget(**change, budget_usd=more)
    set_budget(**change | {"by": boss}, budget_usd=Decimal(9))
    assert now_of(submission).approved_usd == 9


def test_a_budget_cannot_be_raised_above_the_cap(ann: User, boss: User) -> None:
    set_cap(owner=owner_of(ann), kind=CapKind.OPERATOR, values=CapValues(usd_per_day=Decimal(5)), by=boss)
    submission = submitted(ann, budget_usd=Decimal(2))
    set_budget(submission_id=submission.pk, by=ann, now=NOW, budget_usd=Decimal(5))
    with pytest.raises(AboveLimit, match="5"):
        set_budget(submission_id=submission.pk, by=ann, now=NOW, budget_usd=Decimal("5.5"))


def test_a_rejection_ends_it_with_a_public_reason(ann: User, boss: User) -> None:
    submission = submitted(ann)
    with pytest.raises(ReasonMissing):
        reject(submission_id=submission.pk, by=boss, now=NOW, reason=" ")
    reject(submission_id=submission.pk, by=boss, now=NOW, reason="It is on record already.")
    row = now_of(submission)
    assert (row.state, row.review_message) == (SubmissionState.REJECTED, "It is on record already.")
    assert {run.state for run in row.runs.all()} == {"cancelled"}
    with pytest.raises(NotInReview):
        approve(submission_id=submission.pk, by=boss, now=NOW, budget_usd=Decimal(1))


def test_requested_changes_leave_it_in_review(ann: User, boss: User) -> None:
    submission = submitted(ann)
    request_changes(submission_id=submission.pk, by=boss, now=NOW, reason="Name a budget.")
    row = now_of(submission)
    assert (row.state, row.review_outcome) == (
        SubmissionState.PENDING_REVIEW,
        ReviewOutcome.CHANGES_REQUESTED,
    )
    set_budget(submission_id=submission.pk, by=ann, now=NOW, budget_usd=Decimal(2))
    approve(submission_id=submission.pk, by=boss, now=NOW)
    assert now_of(submission).approved_usd == 2


def test_only_operators_review(ann: User) -> None:
    submission = submitted(ann)
    decision: dict[str, Any] = {"submission_id": submission.pk, "by": ann, "now": NOW, "reason": "Because."}
    for step in (approve, reject, request_changes):
        with pytest.raises(NotPermitted):
            step(**decision)


def test_neither_a_retry_nor_a_rerun_avoids_the_review(ann: User) -> None:
    submission = submitted(ann)
    cancel(submission_id=submission.pk, by=ann, now=NOW)
    assert retry(submission_id=submission.pk, by=ann, now=NOW).state == SubmissionState.PENDING_REVIEW
    cancel(submission_id=submission.pk, by=ann, now=NOW)
    again = rerun_afresh(submission_id=submission.pk, by=ann, now=NOW)
    assert again.state == SubmissionState.PENDING_REVIEW


def test_a_budget_in_usd_without_a_price_is_refused_and_one_in_calls_is_offered(
    ann: User, boss: User
) -> None:
    free = make_endpoint("free")
    with pytest.raises(BudgetNeedsPrice, match="budget_calls"):
        submitted(ann, free, budget_usd=Decimal(1))
    submission = submitted(ann, free, budget_calls=10)
    assert submission.state == SubmissionState.PENDING_REVIEW
    approve(submission_id=submission.pk, by=boss, now=NOW)
    row = now_of(submission)
    assert (row.budget_calls, row.approved_calls) == (8, 8), "the suite has eight questions"
    Price.objects.create(endpoint=free, in_force_on=NOW.date(), input_usd_per_mtok=1, output_usd_per_mtok=1)
    assert submitted(make_user("bob", role="submitter"), free, budget_usd=Decimal(1)).budget_usd == 1


def test_an_own_cap_in_usd_cannot_be_kept_without_a_price(ann: User) -> None:
    owner: Owner = owner_of(ann)
    own = make_endpoint("own", owner=owner)
    set_cap(owner=owner, kind=CapKind.OWN, values=CapValues(usd_per_day=Decimal(1)), by=ann)
    with pytest.raises(BudgetNeedsPrice, match="cap"):
        submitted(ann, own)


def test_the_same_submission_of_an_owner_is_returned_while_it_is_open(ann: User) -> None:
    first = submitted(ann)
    assert submitted(ann) == first
    assert submitted(make_user("bob", role="submitter")) != first, "another owner pays and cancels for itself"
    cancel(submission_id=first.pk, by=ann, now=NOW)
    assert submitted(ann) != first


def test_quotas_count_what_is_open_and_what_was_submitted_in_a_day(ann: User, settings: Settings) -> None:
    settings.OPEN_SUBMISSIONS, settings.SUBMISSIONS_PER_DAY = 2, 3
    for number in range(2):
        submitted(ann, make_endpoint(f"e{number}"))
    with pytest.raises(SubmissionQuotaExceeded, match="2") as refusal:
        submitted(ann, make_endpoint("e2"))
    assert (refusal.value.details["quota"], refusal.value.details["renews_at"]) == ("open", None)
    for row in Submission.objects.all():
        cancel(submission_id=row.pk, by=ann, now=NOW)
    submitted(ann, make_endpoint("e3"))
    with pytest.raises(SubmissionQuotaExceeded) as refusal:
        submitted(ann, make_endpoint("e4"))
    assert refusal.value.details["renews_at"] == "2026-11-23T12:00:00Z"
    assert refusal.value.retry_after_s == 24 * 3600


def test_what_failed_through_a_provider_s_fault_does_not_count(ann: User, settings: Settings) -> None:
    settings.SUBMISSIONS_PER_DAY = 1
    failed = make_submission(submitter=ann, state="FAILED", now=NOW)
    other = make_endpoint("other")
    assert submitted(ann, other).pk
    Submission.objects.exclude(pk=failed.pk).delete()
    Submission.objects.update(failure_code="budget_used_up")
    with pytest.raises(SubmissionQuotaExceeded):
        submitted(ann, other)


@pytest.mark.parametrize(
    ("minutes", "has_started", "counts"), [(59, False, True), (60, False, False), (60, True, True)]
)
def test_what_was_cancelled_after_an_hour_without_a_start_does_not_count(
    ann: User, settings: Settings, *, minutes: int, has_started: bool, counts: bool
) -> None:
    settings.SUBMISSIONS_PER_DAY = 1
    waiting = submitted(ann, make_endpoint("first"))
    if has_started:
        Submission.objects.update(started_at=NOW)
    cancel(submission_id=waiting.pk, by=ann, now=NOW + timedelta(minutes=minutes))
    if counts:
        with pytest.raises(SubmissionQuotaExceeded):
            submitted(ann, make_endpoint("second"))
    else:
        assert submitted(ann, make_endpoint("second")).pk


def test_an_operator_has_no_quota(boss: User, settings: Settings) -> None:
    settings.SUBMISSIONS_PER_DAY = 1
    for number in range(3):
        submitted(boss, make_endpoint(f"e{number}"))
