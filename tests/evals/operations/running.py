"""What tests of calling share: a planned run, a worker's turn at it, and a provider that misbehaves."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from evals.engine.requests import CallSummary
from evals.models import Run
from evals.operations.runs.execution import call_run, plan_run
from tests.evals.engine.builders import NOW, clock, make_endpoint, make_run
from tests.evals.engine.provider import Behaviour, Provider


def planned(provider: Provider, **fields: Any) -> Run:
    run = make_run(make_endpoint(provider.base_url, **fields))
    assert plan_run(run_id=run.pk, owner="w1", now=NOW)
    return run


def called(run: Run, owner: str = "w1", seconds: float = 30) -> CallSummary:
    summary = call_run(run_id=run.pk, owner=owner, seconds=seconds, clock=clock)
    run.refresh_from_db()
    return summary


def reply_with(status: int, text: str, **headers: str) -> Behaviour:
    named = {name.replace("_", "-"): value for name, value in headers.items()}

    async def behaviour(request: web.Request, body: dict[str, Any]) -> web.StreamResponse | None:
        return web.Response(status=status, text=text, headers=named)

    return behaviour
