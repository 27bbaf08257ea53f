"""Only a submission's submitter and operators change it, and each change wakes the worker."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import transaction

from evals.models import RunState, Submission
from evals.operations.endpoints.registration import change_endpoint
from evals.operations.owners.access import Actor, NotPermitted
from evals.operations.submissions import control, lifecycle
from evals.operations.submissions.access import may_control
from evals.operations.wakeup import DISPATCH
from tests.support.record import NOW, make_endpoint, make_submission, make_suite, make_user, operator

pytestmark = pytest.mark.django_db(transaction=True)

OPEN: dict[str, Callable[..., Any]] = {
    "cancel": lambda **of: lifecycle.cancel(**of, now=NOW),
    "pause": lambda **of: control.pause(**of, now=NOW),
    "resume": control.resume,
    "prioritise": lambda **of: control.prioritise(**of, priority=5),
    "budget": lambda **of: control.set_budget(**of, now=NOW, budget_usd=Decimal(5)),
}
ENDED: dict[str, Callable[..., Any]] = {
    "retry": lambda **of: lifecycle.retry(**of, now=NOW),
    "rerun": lambda **of: control.rerun_afresh(**of, now=NOW),
    "rescore": lambda **of: control.request_rescore(**of, now=NOW),
}


def submission_for(change: str) -> Submission:
    price: dict[str, Any] = {"input_usd_per_mtok": 1, "output_usd_per_mtok": 1}  # which a budget needs
    submission = make_submission(endpoint=make_endpoint(**price))
    if change in ENDED:
        Submission.objects.filter(pk=submission.pk).update(state="CANCELLED", finished_at=NOW)
        submission.runs.update(state=RunState.FINISHED, results={}, finished_at=NOW)
    return submission


def actor(submission: Submission, change: str) -> Actor:
    return operator() if change == "prioritise" else submission.submitter


@pytest.mark.parametrize("change", [*OPEN, *ENDED])
def test_every_change_wakes_the_worker_when_it_is_committed(change: str, wake_ups: list[str]) -> None:
    submission = submission_for(change)
    wake_ups.clear()
    with transaction.atomic():
        (OPEN | ENDED)[change](submission_id=submission.pk, by=actor(submission, change))
        assert wake_ups == []
    assert wake_ups == [DISPATCH]


@pytest.mark.parametrize("change", [*OPEN, *ENDED])
@pytest.mark.parametrize("outsider", [AnonymousUser, lambda: make_user("eve")])
def test_an_outsider_changes_nothing(outsider: Callable[[], Actor], change: str, wake_ups: list[str]) -> None:
    submission = submission_for(change)
    before = Submission.objects.values().get(pk=submission.pk)
    wake_ups.clear()
    with pytest.raises(NotPermitted):
        (OPEN | ENDED)[change](submission_id=submission.pk, by=outsider())
    assert Submission.objects.values().get() == before
    assert wake_ups == []


def test_a_submitter_controls_a_submission_and_sets_no_priority() -> None:
    submission = make_submission()
    assert may_control(submission.submitter, submission)
    assert may_control(operator(), submission)
    with pytest.raises(NotPermitted, match="Only an operator sets a priority"):
        control.prioritise(submission_id=submission.pk, by=submission.submitter, priority=1)


def test_a_change_that_is_rolled_back_wakes_nobody(wake_ups: list[str]) -> None:
    submission = make_submission()
    wake_ups.clear()
    with transaction.atomic():
        OPEN["pause"](submission_id=submission.pk, by=operator())
        transaction.set_rollback(True)
    assert wake_ups == []


def test_submitting_wakes_the_worker(wake_ups: list[str]) -> None:
    make_suite()
    lifecycle.submit(submitter=make_user(), endpoint=make_endpoint().slug, suite="mini", now=NOW)
    assert wake_ups == [DISPATCH]


def test_an_enabled_endpoint_wakes_the_worker_where_submissions_wait_for_it(wake_ups: list[str]) -> None:
    waiting, idle = make_submission().endpoint, make_endpoint("idle")
    wake_ups.clear()
    change_endpoint(endpoint=idle, fields=["enabled"])
    assert wake_ups == []
    change_endpoint(endpoint=waiting, fields=["enabled"])
    assert wake_ups == [DISPATCH]
