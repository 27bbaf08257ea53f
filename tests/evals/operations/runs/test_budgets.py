"""A budget stops a run before it is passed, and every call is paid from it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from aiohttp import web

from evals.engine.requests import Stopped
from evals.models import Limit, Response, RunState, Submission
from evals.operations.runs.execution import plan_run
from evals.operations.runs.scoring import score_run
from evals.operations.submissions.lifecycle import retry
from tests.evals.engine.builders import NOW, make_run
from tests.evals.engine.provider import Provider, reply
from tests.evals.operations.runs.priced_runs import called, planned
from tests.support.record import operator


@pytest.mark.django_db(transaction=True)
def test_a_run_stores_its_tokens_and_what_it_cost_and_who_paid() -> None:
    with Provider() as provider:
        run = planned(provider)
        assert called(run) is Stopped.DONE
        score_run(run_id=run.pk, owner="w", now=NOW)
        again = make_run(run.endpoint)
        plan_run(run_id=again.pk, owner="w", now=NOW)
        called(again)
        score_run(run_id=again.pk, owner="w", now=NOW)
    run.refresh_from_db()
    again.refresh_from_db()
    usage = run.usage
    total = sum(
        (cost or Decimal(0) for cost in Response.objects.values_list("cost_usd", flat=True)), Decimal(0)
    )
    assert usage["output_tokens"] == 40 * 7
    assert usage["cost_usd"] == usage["paid_usd"] == f"{total:.8f}"
    assert run.submission.spent_usd == total > 0
    assert usage["right"] == sum(sample.metrics["exact_match,extract"] for sample in run.samples.all())  # type: ignore[index]
    assert Decimal(usage["usd_per_right_answer"]) > Decimal(usage["usd_per_sample"]) > 0
    assert (again.usage["cost_usd"], again.usage["paid_usd"], again.usage["asked_here"]) == (
        usage["cost_usd"],
        None,
        0,
    )


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("of", ["submission", "credential"])
def test_a_budget_stops_before_it_is_passed_and_a_raised_one_goes_on(of: str, settings: Any) -> None:
    settings.CREDENTIALS = {"KEY": "k" * 20}
    budget = Decimal("0.006")
    with Provider(latency_s=0.01) as provider:
        run = planned(provider, budget if of == "submission" else None, credential="KEY", max_concurrency=8)
        if of == "credential":
            Limit.objects.create(kind="credential", name="KEY", budget_usd=budget)
        assert called(run) is Stopped.NO_BUDGET
        assert (run.state, run.failure_code) == (RunState.FAILED, "budget_used_up")
        assert "answers are missing" in run.failure_message
        spent = run.submission.spent_usd
        assert Decimal("0.5") * budget < spent <= budget
        assert 0 < provider.calls < 40
        Limit.objects.update(budget_usd=1)
        Submission.objects.update(budget_usd=1)
        retry(submission_id=run.submission_id, by=operator(), now=NOW)
        assert plan_run(run_id=run.pk, owner="w", now=NOW)
        assert called(run) is Stopped.DONE
        assert provider.calls == 40, "what was paid is not asked again"


@pytest.mark.django_db(transaction=True)
def test_an_answer_without_usage_is_counted_at_its_most() -> None:
    async def uncounted(request: web.Request, body: dict[str, Any]) -> web.StreamResponse | None:
        return web.json_response(reply(request.path, body) | {"usage": None})

    with Provider(behaviour=uncounted) as provider:
        run = planned(provider, Decimal("0.002"))
        assert called(run) is Stopped.NO_BUDGET
    assert 0 < run.submission.spent_usd <= Decimal("0.002")
    assert set(Response.objects.values_list("cost_usd", flat=True)) == {None}


@pytest.mark.django_db(transaction=True)
def test_a_budget_without_a_price_is_refused_before_anything_is_called() -> None:
    with Provider() as provider:
        run = planned(provider, Decimal(5), input_usd_per_mtok=None)
        called(run)
        assert provider.calls == 0
    assert (run.state, run.failure_code) == (RunState.FAILED, "price_unknown")
    assert run.endpoint.slug in run.failure_message
