"""A big submission does not block a small one, and what an operator puts first goes first."""

from __future__ import annotations

from itertools import count

import pytest
from django.contrib.auth import get_user_model

from evals import queries
from evals.models import Run, RunState
from evals.operations.owners.access import owner_of
from evals.operations.runs.execution import call_run, plan_run
from evals.operations.submissions import control
from tests.evals.engine.builders import NOW, clock, make_endpoint, make_run
from tests.support.fault_plan import Fault, Kind
from tests.support.provider import SimulatedProvider
from tests.support.record import operator

pytestmark = pytest.mark.django_db(transaction=True)
SLICE_S = 0.5


def waiting(provider: SimulatedProvider, items: int, at_once: int = 1) -> Run:
    """Plan a run of somebody of his own, on an endpoint of its own that answers slowly."""
    endpoint = make_endpoint(provider.base_url, api_model="sim-large", max_concurrency=at_once)
    run = make_run(endpoint, limit=items)
    run.submission.submitter = get_user_model().objects.create(username=f"user {run.pk}")
    run.submission.owner = owner_of(run.submission.submitter)
    run.submission.save()
    assert plan_run(run_id=run.pk, owner="w", now=NOW)
    return run


def turns_until_called(run: Run) -> list[int]:
    """Let one worker take turns, as its job does, until a run has its answers; return whose they were."""
    turns: list[int] = []
    for _ in count():
        run.refresh_from_db()
        if run.state != RunState.CALLING:
            return turns
        taken = queries.runnable(now=clock())[0].run_id
        turns.append(taken)
        call_run(run_id=taken, owner="w", seconds=SLICE_S, clock=clock)
    return turns


def slow(provider: SimulatedProvider) -> None:
    provider.follow(Fault(Kind.LATENCY, seconds=0.05))


def test_a_small_submission_is_done_while_a_big_one_that_came_first_goes_on(
    provider: SimulatedProvider,
) -> None:
    slow(provider)
    big, small = waiting(provider, 40), waiting(provider, 2)
    assert turns_until_called(small) == [big.pk, small.pk]
    big.refresh_from_db()
    assert big.state == RunState.CALLING


def test_two_big_ones_take_turns(provider: SimulatedProvider) -> None:
    slow(provider)
    first, other = waiting(provider, 20), waiting(provider, 20)
    turns = turns_until_called(first)
    assert len(turns) >= 3
    assert turns == [first.pk, other.pk] * (len(turns) // 2) + [first.pk] * (len(turns) % 2)


def test_what_an_operator_puts_first_is_done_before_all_others(provider: SimulatedProvider) -> None:
    slow(provider)
    waiting(provider, 40)
    urgent = waiting(provider, 20)
    control.prioritise(submission_id=urgent.submission_id, by=operator(), priority=1)
    assert set(turns_until_called(urgent)) == {urgent.pk}
