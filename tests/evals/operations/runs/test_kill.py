"""A worker that is killed loses nothing that was paid for: only the calls in flight are made again."""

from __future__ import annotations

import json
import time
from collections import Counter
from dataclasses import dataclass

import pytest

from evals.engine.keys import canonical
from evals.models import Attempt, Request, Response, Run, RunState
from evals.operations.runs.execution import call_run, plan_run
from evals.operations.runs.recovery import recover
from evals.operations.runs.scoring import score_run
from tests.evals.engine import worker
from tests.evals.engine.builders import NOW, clock, make_endpoint, make_run
from tests.evals.engine.provider import Provider

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE = 4


def finished(run: Run) -> Run:
    call_run(run_id=run.pk, owner="after", seconds=30, clock=clock)
    score_run(run_id=run.pk, owner="after", now=NOW)
    run.refresh_from_db()
    return run


@dataclass(frozen=True)
class Killed:
    """What was known just after a worker was killed, and what recovering made of it."""

    reached: Counter[str]
    leased: int
    on_record: int
    recovered: int


def kill_after(calls: int, run: Run, provider: Provider) -> Killed:
    process = worker.start(run.pk, "doomed")
    while provider.calls < calls:
        time.sleep(0.005)
        assert process.poll() is None, "the worker ended before it was killed"
    process.kill()
    process.wait()
    time.sleep(0.1)
    reached, on_record = provider.bodies.copy(), Response.objects.count()
    leased = Request.objects.filter(state="leased").count()
    recovered = recover(now=clock())
    return Killed(reached, leased, on_record, recovered)


@pytest.mark.parametrize("calls_before_the_kill", [1, 13, 30])
def test_only_calls_in_flight_at_a_kill_are_repeated_and_possibly_billed(calls_before_the_kill: int) -> None:
    with Provider(latency_s=0.15) as provider:
        endpoint = make_endpoint(provider.base_url, max_concurrency=AT_ONCE)
        run = make_run(endpoint)
        plan_run(run_id=run.pk, owner="w", now=NOW)
        killed = kill_after(calls_before_the_kill, run, provider)
        answered = Response.objects.count()
        assert not Attempt.objects.filter(ended_at=None).exists()
        lost = set(Attempt.objects.filter(outcome="lost").values_list("request__payload", flat=True))
        unanswered = {body for body in map(canonical_text, killed.reached) if not is_answered(body)}
        assert unanswered <= lost, "what reached the provider and brought no answer is possibly billed"
        assert len(lost) <= AT_ONCE <= killed.leased, "what was leased and not sent is not"
        assert not Request.objects.exclude(state__in=["pending", "answered"]).exists()
        finished(run)
        repeated = provider.calls - 40
    # A kill may come between an intent and its first byte: such a call is possibly billed and reached nobody.
    assert len(unanswered) <= repeated <= len(lost), "an answer that had arrived is never asked again"
    assert answered >= killed.on_record
    assert run.state == RunState.FINISHED, run.failure_message
    assert Response.objects.count() == 40
    with Provider() as undisturbed:
        again = make_run(make_endpoint(undisturbed.base_url))
        plan_run(run_id=again.pk, owner="w", now=NOW)
        assert run.results is not None
        assert finished(again).results["results"] == run.results["results"]  # type: ignore[index]


def canonical_text(body: str) -> str:
    return canonical(json.loads(body))


def is_answered(body: str) -> bool:
    return Response.objects.filter(request__payload=body).exists()
