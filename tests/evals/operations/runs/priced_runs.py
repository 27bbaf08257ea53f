"""Runs on an endpoint with a price, planned and called."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from evals.engine.prices import TokenPrice as PerToken
from evals.engine.requests import Stopped
from evals.models import Run, Submission
from evals.operations.runs.execution import call_run, plan_run
from tests.evals.engine.builders import NOW, clock, make_endpoint, make_run
from tests.evals.engine.provider import Provider

PRICES: dict[str, Any] = {"input_usd_per_mtok": Decimal(2), "output_usd_per_mtok": Decimal(10)}
PER_TOKEN = PerToken(Decimal(2), Decimal(10), Decimal("0.5"))


def planned(provider: Provider, budget: Decimal | None = None, **fields: Any) -> Run:
    run = make_run(make_endpoint(provider.base_url, **PRICES | fields))
    Submission.objects.filter(pk=run.submission_id).update(budget_usd=budget)
    assert plan_run(run_id=run.pk, owner="w", now=NOW)
    return run


def called(run: Run) -> Stopped:
    summary = call_run(run_id=run.pk, owner="w", seconds=30, clock=clock)
    run.refresh_from_db()
    run.submission.refresh_from_db()
    return summary.stopped
