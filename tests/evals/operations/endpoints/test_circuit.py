"""A provider that is down, or wants to be left alone, is left alone, and its runs go on by themselves."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from aiohttp import web

from evals import queries
from evals.engine.requests import CallSummary, Stopped
from evals.models import Request, RunState
from evals.operations.runs.execution import call_run
from tests.evals.engine.builders import clock
from tests.evals.engine.provider import Provider
from tests.evals.operations.running import called, planned, reply_with

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_provider_that_is_down_rests_is_tried_with_one_call_and_comes_back() -> None:
    down = True

    async def behaviour(request: web.Request, body: dict[str, Any]) -> web.StreamResponse | None:
        return web.Response(status=502, text="nobody home") if down else None

    def later(seconds: float) -> CallSummary:
        ahead = timedelta(seconds=seconds)
        summary = call_run(run_id=run.pk, owner="w", seconds=9, clock=lambda: clock() + ahead)
        run.refresh_from_db()
        run.endpoint.refresh_from_db()
        return summary

    with Provider(behaviour=behaviour) as provider:
        run = planned(provider, max_concurrency=4)
        assert later(0).stopped is Stopped.DOWN
        calls = provider.calls
        assert 10 <= calls <= 14, "not many more than it takes to be sure"
        assert (run.state, run.endpoint.rests) == (RunState.CALLING, 1)
        assert queries.runnable(now=clock()) == []
        assert (later(1).stopped, provider.calls) == (Stopped.DOWN, calls), "nobody calls while it rests"
        assert (later(6).stopped, provider.calls) == (Stopped.PROBED, calls + 1)
        assert run.endpoint.rests == 2
        down = False
        assert len(queries.runnable(now=clock() + timedelta(seconds=20))) == 1
        assert later(20).stopped is Stopped.DONE
    assert (run.state, run.endpoint.rests, run.endpoint.resting_until) == (RunState.SCORING, 0, None)


def test_a_provider_that_refuses_one_item_is_up_again() -> None:
    down = True

    async def refuses_one(request: web.Request, body: dict[str, Any]) -> web.StreamResponse | None:
        if down:
            return web.Response(status=500, text="down")
        if "(sum 0," in body["messages"][-1]["content"]:
            return web.Response(status=400, text="flagged")
        return None

    with Provider(behaviour=refuses_one) as provider:
        run = planned(provider, max_concurrency=2)
        called(run)
        down = False
        Request.objects.exclude(payload__contains="(sum 0,").update(not_before=hours_ahead(2))
        Request.objects.filter(payload__contains="(sum 0,").update(not_before=None, failures=0)
        call_run(run_id=run.pk, owner="w", seconds=1, clock=partial(hours_ahead, 1))
    run.endpoint.refresh_from_db()
    assert run.endpoint.rests == 0


def hours_ahead(hours: int) -> datetime:
    return clock() + timedelta(hours=hours)


def test_a_probe_never_uses_a_request_up() -> None:
    with Provider(behaviour=reply_with(500, "down")) as provider:
        run = planned(provider, max_concurrency=1)
        for hour in range(30):
            call_run(run_id=run.pk, owner="w", seconds=9, clock=partial(hours_ahead, hour))
        run.refresh_from_db()
    assert run.state == RunState.CALLING
    assert max(Request.objects.values_list("failures", flat=True)) <= 10


def test_a_provider_that_asks_for_a_long_wait_gets_it_and_the_worker_goes_on() -> None:
    with Provider(behaviour=reply_with(429, "tomorrow", Retry_After="1800")) as provider:
        run = planned(provider, max_concurrency=2)
        started = time.monotonic()
        assert called(run).stopped is Stopped.ASKED_TO_WAIT
        assert time.monotonic() - started < 5
        assert provider.calls <= 3
    run.endpoint.refresh_from_db()
    assert run.endpoint.resting_until is not None
    assert timedelta(minutes=29) < run.endpoint.resting_until - clock() < timedelta(minutes=31)
    assert run.endpoint.rests == 0


def test_a_429_pauses_everybody_and_uses_nothing_up() -> None:
    moments: list[float] = []

    async def limits_once(request: web.Request, body: dict[str, Any]) -> web.StreamResponse | None:
        moments.append(time.monotonic())
        if len(moments) == 1:
            return web.Response(status=429, text="slow down", headers={"Retry-After": "0.6"})
        return None

    with Provider(latency_s=0.01, behaviour=limits_once) as provider:
        run = planned(provider, max_concurrency=2)
        called(run)
    gaps = [later - moments[0] for later in moments]
    assert not [gap for gap in gaps if 0.15 < gap < 0.55], "nobody calls while the provider wants none"
    assert run.state == RunState.SCORING
    assert not Request.objects.exclude(failures=0).exists()
