"""A run is shared by workers, and requests by runs: nothing is asked twice, and no limit is passed."""

from __future__ import annotations

import threading
import time
from datetime import timedelta

import pytest
from django.db import connection

from evals.engine.requests import Stopped
from evals.models import Attempt, Request, Response, Run, RunState
from evals.operations.runs.execution import call_run, plan_run
from evals.operations.runs.recovery import recover
from evals.operations.runs.store import DatabaseStore
from tests.evals.engine.builders import NOW, clock, make_endpoint, make_run
from tests.evals.engine.provider import Provider
from tests.evals.operations.running import called, planned

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_workers_share_a_run_and_nothing_is_asked_twice() -> None:
    with Provider(latency_s=0.02) as provider:
        run = planned(provider, max_concurrency=3)
        sent = []

        def work(owner: str) -> None:
            sent.append(call_run(run_id=run.pk, owner=owner, seconds=30, clock=clock).sent)
            connection.close()

        workers = [threading.Thread(target=work, args=(name,)) for name in ("a", "b")]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        assert provider.calls == sum(sent) == 40
        assert min(sent) > 0
    run.refresh_from_db()
    assert run.state == RunState.SCORING


def test_two_runs_that_ask_the_same_at_the_same_time_ask_once() -> None:
    with Provider(latency_s=0.02) as provider:
        endpoint = make_endpoint(provider.base_url, max_concurrency=3)
        runs = [make_run(endpoint), make_run(endpoint)]
        for run in runs:
            assert plan_run(run_id=run.pk, owner="w", now=NOW)

        def work(run: Run) -> None:
            while True:
                call_run(run_id=run.pk, owner=f"w{run.pk}", seconds=30, clock=clock)
                run.refresh_from_db()
                if run.state != RunState.CALLING:
                    break
                time.sleep(0.05)
            connection.close()

        workers = [threading.Thread(target=work, args=(run,)) for run in runs]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        assert provider.calls == 40
    assert {run.state for run in runs} == {RunState.SCORING}


def test_calls_at_once_stay_within_the_endpoint_s_limit() -> None:
    with Provider(latency_s=0.02) as provider:
        called(planned(provider, max_concurrency=5))
        assert 2 <= provider.most <= 5


def cancel_run(run: Run) -> None:
    Run.objects.filter(pk=run.pk).update(state=RunState.CANCELLED)
    connection.close()


def test_a_cancelled_run_sends_nothing_more_and_keeps_what_was_paid() -> None:
    with Provider(latency_s=0.2) as provider:
        run = planned(provider, max_concurrency=2)
        cancel = threading.Timer(0.7, cancel_run, [run])
        started = time.monotonic()
        cancel.start()
        summary = called(run)
        took_s = time.monotonic() - started
        assert took_s < 0.7 + 2
        assert summary.stopped is Stopped.NOT_WANTED
        assert 0 < provider.calls < 40
        assert Response.objects.count() == provider.calls == summary.answered
    assert set(Request.objects.values_list("state", flat=True)) == {"answered", "pending"}
    assert Attempt.objects.count() == provider.calls, "an attempt that was never sent is not on record"


def test_a_worker_stops_when_its_time_is_up_and_another_goes_on() -> None:
    with Provider(latency_s=0.1) as provider:
        run = planned(provider, max_concurrency=2)
        first = called(run, seconds=0.5)
        assert (first.stopped, run.state) == (Stopped.TIME_UP, RunState.CALLING)
        assert first.unanswered == 40 - first.answered > 0
        second = called(run, owner="w2")
        assert (second.stopped, run.state) == (Stopped.DONE, RunState.SCORING)
        assert provider.calls == 40


def test_a_dead_worker_s_leases_are_taken_back_and_what_it_may_have_sent_is_shown() -> None:
    with Provider() as provider:
        run = planned(provider)
        turn = DatabaseStore(run_id=run.pk, owner="dead").exchange(sent=[], ended=[], want=6, now=NOW)
        assert len(turn.claims) == 6
        assert recover(now=NOW) == 0, "a living lease is left alone"
        assert recover(now=NOW + timedelta(minutes=1)) == 6
        assert Attempt.objects.filter(outcome="lost").count() == 6
        called(run)
        assert provider.calls == 40
    assert run.state == RunState.SCORING
    assert Attempt.objects.count() == 46
