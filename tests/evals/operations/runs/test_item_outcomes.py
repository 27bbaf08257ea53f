"""An item without an answer counts as wrong, and a score with many of them is shown with its bounds."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from evals.engine.outcomes import Kind, Outcome
from evals.models import Endpoint, Request, RequestState, Response, Run, RunState, Score
from evals.operations.runs.execution import call_run, plan_run
from evals.operations.runs.scoring import score_run
from evals.operations.submissions.lifecycle import retry
from tests.evals.engine.builders import NOW, clock, make_endpoint, make_run, make_task
from tests.support.completions import Model
from tests.support.fault_plan import Fault
from tests.support.fault_plan import Kind as Sends
from tests.support.provider import SimulatedProvider
from tests.support.record import operator
from tests.support.service import Settings
from tests.support.token_model import PREFIX

pytestmark = pytest.mark.django_db(transaction=True)
FLAGGED = {"error": {"code": "content_filter", "message": "The prompt was flagged."}}


def refusing(*items: int, **options: Any) -> list[Fault]:
    values: dict[str, Any] = {"status": 400, "body": FLAGGED} | options
    return [Fault(Sends.REPLY, contains=f"(sum {item},", **values) for item in items]


def worked_on(run: Run) -> Run:
    assert plan_run(run_id=run.pk, owner="w", now=NOW)
    call_run(run_id=run.pk, owner="w", seconds=30, clock=clock)
    score_run(run_id=run.pk, owner="w", now=NOW)
    run.refresh_from_db()
    return run


def run_on(provider: SimulatedProvider, **settings: Any) -> Run:
    return make_run(make_endpoint(provider.base_url, api_model="sim-large"), **settings)


def test_up_to_five_percent_a_score_has_no_bounds(provider: SimulatedProvider) -> None:
    provider.follow(*refusing(3, 7))
    run = worked_on(run_on(provider))
    assert run.outcomes == {"answered": 38, "refusal": 2}
    assert run.results is not None
    assert (run.results["unanswered"], run.results["upper_bounds"]) == (2, {})
    assert Score.objects.get(run=run).upper_bound is None


def test_above_five_percent_a_score_is_kept_with_its_bounds(provider: SimulatedProvider) -> None:
    provider.follow(*refusing(3, 7, 11))
    run = worked_on(run_on(provider))
    assert run.results is not None
    value = run.results["results"]["engine_adding"]["exact_match,extract"]
    assert run.results["upper_bounds"]["exact_match,extract"] == pytest.approx(value + 3 / 40)
    for score in Score.objects.all():
        assert score.value == value
        assert score.upper_bound == pytest.approx(value + 3 / 40)


def test_a_refused_choice_makes_its_item_wrong_even_where_it_would_be_right_by_chance() -> None:
    models = (Model("any", accuracy=1.0),)
    with SimulatedProvider(Settings(models=models)) as server:
        server.follow(*refusing(0, 1, 2))
        can = {"logprobs": True, "prefix": PREFIX}
        endpoint = make_endpoint(
            server.base_url, protocol="openai-completions", api_model="any", capabilities=can
        )
        task = make_task("engine_choosing", filter_name="none", shots=0)
        task.metric = "acc"
        task.save()
        server.follow(*refusing(0, 1))
        run = worked_on(make_run(endpoint, task))
    assert run.state == RunState.FINISHED, run.failure_message
    refused = run.samples.order_by("doc_id").values_list("metrics", flat=True)[:2]
    assert [metrics and metrics["acc,none"] for metrics in refused] == [0.0, 0.0]


def test_the_reply_of_a_later_try_replaces_the_outcome_of_an_item_that_had_none(
    provider: SimulatedProvider,
) -> None:
    provider.follow(*[Fault(Sends.REPLY, status=400, body={"error": {"message": "No."}})])
    run = worked_on(run_on(provider, limit=4))
    assert (run.state, run.failure_code) == (RunState.FAILED, Kind.BAD_REQUEST.value)
    assert "every item (4 in a row" in run.failure_message
    assert set(Response.objects.values_list("outcome", flat=True)) == {Outcome.REJECTED.value}
    assert set(Request.objects.values_list("state", flat=True)) == {RequestState.REFUSED}
    provider.follow()
    retry(submission_id=run.submission_id, by=operator(), now=NOW + timedelta(minutes=1))
    run = worked_on(run)
    assert (run.state, run.outcomes) == (RunState.FINISHED, {"answered": 4})
    assert not Response.objects.filter(body__contains="No.").exists()


def test_a_generation_that_breaks_off_is_paid_each_time(provider: SimulatedProvider) -> None:
    body = {
        "choices": [{"index": 0, "finish_reason": "abort", "message": {"content": "The ans"}}],
        "usage": {"prompt_tokens": 1000, "completion_tokens": 1000},
    }
    run = run_on(provider, limit=4)
    Endpoint.objects.update(input_usd_per_mtok=1, output_usd_per_mtok=1)
    provider.follow(*refusing(0, status=200, body=body))
    run = worked_on(Run.objects.get(pk=run.pk))
    assert run.outcomes == {"answered": 3, "truncated": 1}
    stored = Response.objects.get(outcome="truncated")
    assert (stored.text, stored.finish_reason, float(stored.cost_usd or 0)) == ("The ans", "abort", 0.002)
    run.submission.refresh_from_db()
    assert 0.006 < run.submission.spent_usd < 0.0065, "three tries at 2,000 tokens, and three answers"
    assert json.loads(stored.body)["choices"][0]["finish_reason"] == "abort"


def test_a_wait_that_a_provider_states_in_words_is_kept(provider: SimulatedProvider) -> None:
    words = {
        "error": {"message": "Rate limit reached. Please try again in 300ms.", "code": "rate_limit_exceeded"}
    }
    provider.follow(*refusing(0, status=429, body=words, attempts=(1,)))
    run = worked_on(run_on(provider, limit=4))
    assert run.outcomes == {"answered": 4}
    first, second = Request.objects.get(payload__contains="(sum 0,").sendings.order_by("number")
    assert first.ended_at is not None
    assert second.sent_at - first.ended_at >= timedelta(milliseconds=300)
