"""The trend shows forecasts with their scores, and the changes show what moved the lag."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from evals.models import Score
from leaderboard.models import EstimateChange, Forecast, ForecastOutcome
from leaderboard.operations import make_forecasts
from tests.leaderboard.pages.reading import read
from tests.support.cohorts import published_again, two_cohorts
from tests.support.record import make_benchmark

pytestmark = pytest.mark.django_db
ADDRESSES = ("/trend/", "/vi/trend/", "/zh-hans/changes/", "/changes/")


@pytest.mark.parametrize("address", ADDRESSES)
def test_without_an_estimate_the_pages_say_that_there_is_none(address: str) -> None:
    assert "Lagline" in read(address)


def test_forecasts_stand_with_what_came_of_them_and_changes_with_what_moved_the_lag() -> None:
    two_cohorts(*(make_benchmark(slug) for slug in ("one", "two", "three")))
    published_again(0)
    forecasts = make_forecasts(now=datetime(2026, 8, 20, tzinfo=UTC))
    text = read("/trend/")
    assert "the catch-up lag in 3 months" in text
    assert "not yet known" in text
    assert "None has come to its day yet." in text
    lag = next(row for row in forecasts if row.kind == Forecast.Kind.LAG)
    ForecastOutcome.objects.create(
        forecast=lag, estimate=lag.estimate, lag_months=5.25, score=0.5, scored_at=lag.made_at
    )
    text = read("/trend/")
    assert "Mean CRPS of 1 forecast of the lag: 0.50 months." in text
    assert "5.2" in text
    assert "Nothing has been published twice yet." in read("/changes/")
    Score.objects.filter(model__slug="cn-8", benchmark__slug="one").update(value=0.1)
    published_again()
    assert EstimateChange.objects.get().found_at.date() > date(2026, 11, 22)
    text = read("/changes/")
    assert "score changed (0.633 → 0.100): CN-8 on" in text
    assert "1 entry of the data had changed" in text
    assert "CN-8" in read("/")
