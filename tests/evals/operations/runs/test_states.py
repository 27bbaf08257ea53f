"""A step is leased by one worker, a failed run stays failed, and a dead worker's requests are asked again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from evals.models import Attempt, Request, RequestState, Run, RunState, SubmissionState
from evals.operations.runs import states
from evals.operations.runs.execution import plan_run
from evals.operations.runs.states import (
    FOR_ALL,
    STEP_LEASE,
    claim_step,
    close_submission_if_done,
    fail_run,
    reclaim_leases,
    release_lost_requests,
    renew_step,
)
from evals.operations.submissions import lifecycle
from tests.evals.engine.builders import NOW, make_endpoint, make_run, make_task

pytestmark = pytest.mark.django_db

SECOND = timedelta(seconds=1)


def waiting(*tasks: str) -> Run:
    """Return a queued run; its submission has a run for each task."""
    return make_run(make_endpoint("http://127.0.0.1:9/v1"), *(make_task(name) for name in tasks))


def leased_requests(run: Run, count: int) -> list[int]:
    """Plan a run and lease some of its requests to a worker that is then gone."""
    assert plan_run(run_id=run.pk, owner="w", now=NOW)
    ids = list(Request.objects.order_by("pk").values_list("pk", flat=True)[:count])
    Request.objects.filter(pk__in=ids).update(
        state=RequestState.LEASED, lease_owner="gone", lease_until=NOW, attempts=1
    )
    return ids


def test_a_step_is_claimed_by_one_worker_for_ten_minutes() -> None:
    run = waiting()
    claimed = claim_step(run.pk, RunState.QUEUED, "a", NOW)
    assert claimed is not None
    assert (claimed.lease_owner, claimed.lease_until, claimed.step_attempts) == ("a", NOW + STEP_LEASE, 1)
    assert timedelta(minutes=10) == STEP_LEASE
    assert claim_step(run.pk, RunState.QUEUED, "b", NOW + STEP_LEASE) is None
    assert claim_step(run.pk, RunState.SCORING, "b", NOW + STEP_LEASE + SECOND) is None
    taken_over = claim_step(run.pk, RunState.QUEUED, "b", NOW + STEP_LEASE + SECOND)
    assert taken_over is not None
    assert (taken_over.lease_owner, taken_over.step_attempts) == ("b", 2)


def test_a_step_is_renewed_by_its_owner_alone() -> None:
    run = waiting()
    claim_step(run.pk, RunState.QUEUED, "a", NOW)
    assert not renew_step(run.pk, RunState.QUEUED, "b", NOW + SECOND)
    assert not renew_step(run.pk, RunState.SCORING, "a", NOW + SECOND)
    assert renew_step(run.pk, RunState.QUEUED, "a", NOW + SECOND)
    run.refresh_from_db()
    assert run.lease_until == NOW + SECOND + STEP_LEASE


def test_a_step_that_no_worker_survives_fails_its_run_at_the_sixth_attempt() -> None:
    run = waiting()
    for attempt in range(5):
        assert claim_step(run.pk, RunState.QUEUED, "w", NOW + attempt * (STEP_LEASE + SECOND)) is not None
    assert claim_step(run.pk, RunState.QUEUED, "w", NOW + 5 * (STEP_LEASE + SECOND)) is None
    run.refresh_from_db()
    assert (run.state, run.failure_code, run.lease_until) == (RunState.FAILED, "step_crashed", None)
    assert "5 times" in run.failure_message


def test_an_open_run_fails_once_and_its_code_fits_its_column() -> None:
    run = waiting()
    claim_step(run.pk, RunState.QUEUED, "w", NOW)
    assert fail_run(run_id=run.pk, code="x" * 50, message="First.", now=NOW)
    assert not fail_run(run_id=run.pk, code="y", message="Second.", now=NOW + SECOND)
    run.refresh_from_db()
    assert (run.state, run.failure_code, run.failure_message) == (RunState.FAILED, "x" * 40, "First.")
    assert (run.finished_at, run.lease_owner, run.step_attempts) == (NOW, "", 0)


@pytest.mark.parametrize("code", ["credential_missing", "price_unknown", "budget_used_up", "not_found"])
def test_a_failure_that_the_other_runs_would_meet_ends_them_too(code: str) -> None:
    run = waiting("engine_adding", "engine_adding_thrice")
    assert code in FOR_ALL
    fail_run(run_id=run.pk, code=code, message="It stops.", now=NOW)
    run.submission.refresh_from_db()
    assert (run.submission.state, run.submission.failure_code) == (SubmissionState.FAILED, code)
    assert Run.objects.exclude(pk=run.pk).get().state == RunState.CANCELLED


def test_a_submission_waits_for_its_other_runs_and_states_its_first_failure() -> None:
    first = waiting("engine_adding", "engine_adding_thrice")
    second = Run.objects.exclude(pk=first.pk).get()
    fail_run(run_id=second.pk, code="not_plannable", message="No such task.", now=NOW + SECOND)
    submission = first.submission
    submission.refresh_from_db()
    assert submission.state not in (SubmissionState.FAILED, SubmissionState.FINISHED)
    fail_run(run_id=first.pk, code="step_crashed", message="It crashed.", now=NOW)
    submission.refresh_from_db()
    assert (submission.state, submission.failure_code) == (SubmissionState.FAILED, "step_crashed")
    assert submission.failure_message == "2 of 2 tasks failed, first engine_adding: It crashed."


def test_a_submission_of_one_task_fails_with_the_message_of_its_run() -> None:
    run = waiting()
    fail_run(run_id=run.pk, code="not_plannable", message="No such task.", now=NOW)
    run.submission.refresh_from_db()
    assert run.submission.failure_message == "No such task."


def test_a_submission_whose_runs_have_finished_is_finished() -> None:
    run = make_run(make_endpoint("http://127.0.0.1:9/v1", simulated=True))
    lifecycle.start(submission_id=run.submission_id, now=NOW)
    Run.objects.filter(pk=run.pk).update(state=RunState.FINISHED, finished_at=NOW, results={})
    close_submission_if_done(run.submission_id, NOW)
    run.submission.refresh_from_db()
    assert (run.submission.state, run.submission.finished_at) == (SubmissionState.FINISHED, NOW)


def test_a_lost_request_is_free_again_and_its_sending_on_record_is_kept() -> None:
    run = waiting()
    recorded, unrecorded = leased_requests(run, 2)
    Attempt.objects.create(request_id=recorded, number=1, sent_at=NOW - SECOND)
    release_lost_requests([(recorded, 1), (unrecorded, 1)], NOW)
    attempts = Attempt.objects.order_by("request_id").values_list(
        "request_id", "number", "sent_at", "ended_at", "outcome"
    )
    assert list(attempts) == [(recorded, 1, NOW - SECOND, NOW, "lost"), (unrecorded, 1, NOW, NOW, "lost")]
    freed = Request.objects.filter(pk__in=(recorded, unrecorded))
    assert set(freed.values_list("state", "lease_owner", "lease_until")) == {(RequestState.PENDING, "", None)}


def test_dead_workers_requests_are_freed_500_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    assert states.CHUNK == 500
    monkeypatch.setattr(states, "CHUNK", 2)
    ids = leased_requests(waiting(), 5)
    release_lost_requests([(pk, 1) for pk in ids], NOW)
    assert Attempt.objects.filter(outcome="lost").count() == 5
    assert not Request.objects.filter(state=RequestState.LEASED).exists()


def test_a_request_that_was_answered_meanwhile_stays_answered() -> None:
    run = waiting()
    (answered,) = leased_requests(run, 1)
    Request.objects.filter(pk=answered).update(state=RequestState.ANSWERED)
    release_lost_requests([(answered, 1)], NOW)
    assert Request.objects.get(pk=answered).state == RequestState.ANSWERED


def test_leases_are_reclaimed_once_they_have_lapsed() -> None:
    run = waiting()
    ids = leased_requests(run, 3)
    Run.objects.filter(pk=run.pk).update(lease_owner="gone", lease_until=NOW)
    assert reclaim_leases(now=NOW) == 0
    run.refresh_from_db()
    assert run.lease_owner == "gone"
    assert reclaim_leases(now=NOW + SECOND) == 3
    run.refresh_from_db()
    assert (run.lease_owner, run.lease_until) == ("", None)
    assert list(Attempt.objects.order_by("request_id").values_list("request_id", flat=True)) == ids
