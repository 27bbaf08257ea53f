"""A failed run ends its submission's others only where they would fail as well; else their work is kept."""

from __future__ import annotations

import pytest

from evals.models import Run, RunState, Score, SubmissionState
from evals.operations.runs.execution import call_run, plan_run
from evals.operations.runs.scoring import score_run
from evals.operations.submissions.lifecycle import retry
from tests.evals.engine.builders import NOW, clock, make_endpoint, make_run, make_task
from tests.support.fault_plan import Fault, Kind
from tests.support.provider import SimulatedProvider
from tests.support.record import operator

pytestmark = pytest.mark.django_db(transaction=True)


def two_runs(provider: SimulatedProvider) -> tuple[Run, Run]:
    """Plan two tasks: forty sums, and ten of them asked thrice."""
    tasks = make_task(), make_task("engine_adding_thrice", filter_name="majority")
    make_run(make_endpoint(provider.base_url, api_model="sim-large", max_concurrency=4), *tasks)
    first, second = Run.objects.order_by("pk")
    for run in (first, second):
        assert plan_run(run_id=run.pk, owner="w", now=NOW)
    return first, second


def worked_on(run: Run) -> Run:
    call_run(run_id=run.pk, owner="w", seconds=30, clock=clock)
    score_run(run_id=run.pk, owner="w", now=NOW)
    run.refresh_from_db()
    run.submission.refresh_from_db()
    return run


def test_a_parameter_that_is_refused_fails_its_run_and_the_others_are_finished_and_scored(
    provider: SimulatedProvider,
) -> None:
    first, second = two_runs(provider)
    words = "Unsupported parameter: 'top_k'."
    provider.follow(Fault(Kind.STATUS, status=400, message=words, contains="(sum 39,"))
    assert worked_on(first).state == RunState.FAILED
    assert first.submission.state == SubmissionState.RUNNING
    assert worked_on(second).state == RunState.FINISHED
    submission = second.submission
    assert (submission.state, submission.failure_code) == (SubmissionState.FAILED, "bad_parameter")
    assert submission.failure_message == f"1 of 2 tasks failed, first engine_adding: {words}"
    assert set(Score.objects.values_list("benchmark__slug", flat=True)) == {"engine-adding-thrice"}
    provider.follow()
    calls = provider.stats()["calls"]
    retry(submission_id=submission.pk, by=operator(), now=NOW)
    assert plan_run(run_id=first.pk, owner="w", now=NOW)
    assert worked_on(first).submission.state == SubmissionState.FINISHED
    assert provider.stats()["calls"] - calls < 40, "what was paid before the failure is not asked again"
    assert Score.objects.count() == 3


def test_a_key_that_is_refused_ends_all_runs_at_once(provider: SimulatedProvider) -> None:
    first, second = two_runs(provider)
    provider.follow(Fault(Kind.STATUS, status=401, message="Who are you?"))
    assert worked_on(first).submission.state == SubmissionState.FAILED
    assert first.submission.failure_message == "Who are you?"
    calls = provider.stats()["calls"]
    assert worked_on(second).state == RunState.CANCELLED
    assert provider.stats()["calls"] == calls <= 8
