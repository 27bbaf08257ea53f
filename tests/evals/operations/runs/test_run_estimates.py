"""What a run will cost is estimated, before it starts and with experience."""

from __future__ import annotations

from typing import Any

import pytest

from evals.engine.requests import Stopped
from evals.models import Run
from evals.operations.runs.scoring import score_run
from evals.operations.submissions.control import rerun_afresh
from evals.operations.submissions.cost_estimates import (
    CostRange,
    LearnedFrom,
    UnknownInput,
    estimate_cost,
    estimate_cost_before,
)
from tests.evals.engine.builders import NOW, make_endpoint
from tests.evals.engine.provider import Provider
from tests.evals.operations.runs.priced_runs import PRICES, called, planned


@pytest.mark.django_db(transaction=True)
def test_an_estimate_is_an_interval_that_holds_the_cost_and_narrows_with_experience() -> None:
    with Provider() as provider:
        run = planned(provider)
        first = estimate_cost(submission_id=run.submission_id, today=NOW.date())
        assert called(run) is Stopped.DONE
        score_run(run_id=run.pk, owner="w", now=NOW)
        spent = run.submission.spent_usd
        nothing_left = estimate_cost(submission_id=run.submission_id, today=NOW.date())
        again = rerun_afresh(submission_id=run.submission_id, by=run.submission.submitter, now=NOW)
        second = estimate_cost(submission_id=again.pk, today=NOW.date())
    assert (first.calls, nothing_left.calls, second.calls) == (40, 0, 40)
    assert first.usd
    assert second.usd
    assert first.usd.low < spent < first.usd.high
    assert second.usd.low < spent < second.usd.high
    assert second.usd.high - second.usd.low < first.usd.high - first.usd.low
    assert (first.learned_from, second.learned_from) == ((LearnedFrom.LENGTHS,), (LearnedFrom.SAME_ENDPOINT,))


@pytest.mark.django_db(transaction=True)
def test_before_a_submission_is_made_its_cost_is_estimated_and_what_is_not_known_is_named() -> None:
    with Provider() as provider:
        run = planned(provider)
        endpoint, suite = run.endpoint, run.submission.suite
        assert called(run) is Stopped.DONE
        other = make_endpoint(provider.base_url, **PRICES)
        unpriced = make_endpoint(provider.base_url)
        asks: dict[str, Any] = {"suite": suite.slug, "today": NOW.date()}
        again = estimate_cost_before(endpoint=endpoint.slug, **asks)
        another = estimate_cost_before(endpoint=other.slug, **asks)
        unknown = estimate_cost_before(endpoint=unpriced.slug, **asks)
    assert (again.calls, again.usd) == (0, CostRange(0, 0, 0)), "every answer is on record"
    assert (another.calls, another.learned_from) == (40, (LearnedFrom.OTHER_MODELS,))
    assert another.usd
    run.submission.refresh_from_db()
    assert another.usd.low < run.submission.spent_usd < another.usd.high
    assert (unknown.calls, unknown.usd, unknown.unknown) == (40, None, (UnknownInput.PRICE,))
    Run.objects.all().delete()
    nothing = estimate_cost_before(endpoint=other.slug, **asks)
    assert (nothing.calls, nothing.usd, nothing.unknown) == (None, None, (UnknownInput.QUESTIONS,))
    run.task.benchmark.items = 40  # type: ignore[union-attr]
    run.task.benchmark.save()  # type: ignore[union-attr]
    counted = estimate_cost_before(endpoint=other.slug, **asks)
    assert (counted.calls, counted.usd, counted.unknown) == (40, None, (UnknownInput.TOKENS,))
