"""A worker is woken for runs that it can do something for, and for no others."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from evals import queries
from evals.models import Endpoint, Request, Run, RunState, Submission, SubmissionState
from tests.support.record import (
    ANSWERS,
    NOW,
    add_samples,
    make_endpoint,
    make_submission,
    make_suite,
    make_task,
    make_user,
)

pytestmark = pytest.mark.django_db


def woken() -> list[int]:
    return [row.run_id for row in queries.runnable(now=NOW)]


def calling(*states: str) -> Run:
    run = make_submission().runs.get()
    add_samples(run, states)
    Run.objects.filter(pk=run.pk).update(state=RunState.CALLING)
    return run


@pytest.mark.parametrize("state", [RunState.QUEUED, RunState.SCORING])
def test_a_step_that_nobody_holds_is_waited_for(state: RunState) -> None:
    run = make_submission().runs.get()
    Run.objects.update(state=state, lease_owner="w1", lease_until=NOW + timedelta(seconds=1))
    assert woken() == []
    Run.objects.update(lease_until=NOW)
    assert woken() == [run.pk], "a lease that has run out is no lease"
    Run.objects.update(lease_until=None)
    (waiting,) = queries.runnable(now=NOW)
    assert (waiting.state, waiting.submission_id, waiting.endpoint_id) == (
        state,
        run.submission_id,
        run.endpoint_id,
    )


def test_a_run_with_a_request_to_send_is_waited_for_whoever_else_works_on_it() -> None:
    run = calling("answered", "leased", "pending")
    Run.objects.update(lease_owner="w1", lease_until=NOW + timedelta(minutes=5))
    assert woken() == [run.pk]


def test_a_run_whose_requests_are_all_in_flight_needs_nobody_until_a_lease_runs_out() -> None:
    run = calling("answered", "leased")
    assert woken() == []
    Request.objects.filter(state="leased").update(lease_until=NOW)
    assert woken() == [run.pk]


def test_a_request_that_must_wait_for_its_provider_is_not_due() -> None:
    run = calling("pending")
    Request.objects.update(not_before=NOW + timedelta(seconds=1))
    assert woken() == []
    Request.objects.update(not_before=NOW)
    assert woken() == [run.pk]


@pytest.mark.parametrize("states", [("answered", "answered"), ("answered", "refused")])
def test_a_run_with_nothing_left_to_ask_waits_to_be_moved_on(states: tuple[str, ...]) -> None:
    run = calling(*states)
    assert woken() == [run.pk]


@pytest.mark.parametrize("state", [RunState.FINISHED, RunState.FAILED, RunState.CANCELLED])
def test_an_ended_run_is_not_waited_for(state: RunState) -> None:
    make_submission()
    Run.objects.update(state=state, results={}, failure_code="refused")
    assert woken() == []


@pytest.mark.parametrize("state", [SubmissionState.PENDING_REVIEW, SubmissionState.CANCELLED])
def test_a_run_of_a_submission_that_is_not_under_way_is_not_waited_for(state: SubmissionState) -> None:
    make_submission()
    Submission.objects.update(state=state)
    assert woken() == []


def test_a_disabled_endpoint_rests() -> None:
    make_submission(endpoint=make_endpoint())
    assert len(woken()) == 1
    Endpoint.objects.update(enabled=False)
    assert woken() == []


def test_submitters_take_turns_so_that_none_blocks_the_others(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    endpoint = make_endpoint()
    make_suite("mini", *(make_task(f"t{number}") for number in range(3)))
    anns = [make_submission(endpoint=endpoint, submitter=make_user("ann")) for _ in range(40)]
    bobs = make_submission(endpoint=endpoint, submitter=make_user("bob"))
    with django_assert_num_queries(2):
        in_turn = queries.runnable(now=NOW, limit=6)
    assert [row.submission_id for row in in_turn] == [
        anns[0].pk, bobs.pk, anns[1].pk, bobs.pk, anns[2].pk, bobs.pk
    ]  # fmt: skip


def test_an_endpoint_that_nobody_calls_comes_before_one_that_is_being_called() -> None:
    make_suite("mini", make_task("t"))
    called, free = (make_submission(endpoint=make_endpoint(slug)) for slug in ("called", "free"))
    add_samples(called.runs.get(), ["leased", "pending"])
    assert [row.submission_id for row in queries.runnable(now=NOW)] == [free.pk, called.pk]


def test_samples_come_with_their_raw_answers_in_constant_queries(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    run = make_submission().runs.get()
    add_samples(run, ["answered"] * 60, parts=2)
    with django_assert_num_queries(2):
        answers = [
            [part.request.response.text for part in sample.parts]  # type: ignore[attr-defined]
            for sample in queries.samples(run_id=run.pk)
        ]
    assert answers == [[text, text] for text in ANSWERS * 15]
