"""Forecasts are made once a month, never edited, and scored when data of their day have come."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from leaderboard import queries
from leaderboard.comparisons import Comparison
from leaderboard.estimate_values import CompositeValues
from leaderboard.models import Forecast, ForecastOutcome
from leaderboard.operations import make_forecasts, publish_estimates, score_forecasts
from leaderboard.operations.forecasts import months_later, was_matched
from tests.leaderboard.pages.reading import read
from tests.support.cohorts import SEEN, published_again, two_cohorts
from tests.support.record import make_benchmark, make_model, make_score

MADE = datetime(2026, 8, 20, 12, tzinfo=UTC)
SLUGS = ("one", "two", "three")


@pytest.fixture
def month_forecasts(db: None) -> list[Forecast]:
    two_cohorts(*(make_benchmark(slug) for slug in SLUGS))
    published_again(0)
    return make_forecasts(now=MADE)


def test_a_months_forecasts_are_made_once(month_forecasts: list[Forecast]):
    assert make_forecasts(now=MADE + timedelta(days=5)) == []
    assert Forecast.objects.count() == len(month_forecasts)
    assert make_forecasts(now=MADE + timedelta(days=20))
    lags = [row for row in month_forecasts if row.kind == "lag"]
    assert [(row.horizon_months, row.due_on) for row in lags] == [
        (3, date(2026, 11, 20)), (6, date(2027, 2, 20)), (12, date(2027, 8, 20))
    ]  # fmt: skip
    for row in lags:
        assert row.quantiles is not None
        assert row.quantiles == sorted(row.quantiles)
        assert row.quantiles[2] < 180 / 30.4375 < row.quantiles[97]


def test_the_leaders_newest_models_are_named_with_probabilities_that_rise(month_forecasts: list[Forecast]):
    matches: dict[str, list[float]] = {}
    for row in month_forecasts:
        if row.model and row.probability is not None:
            matches.setdefault(row.model.slug, []).append(row.probability)
    assert "us-11" in matches
    for chances in matches.values():
        assert chances == sorted(chances)
        assert 0 <= chances[0] <= chances[-1] <= 1


def test_a_forecast_waits_for_data_that_go_to_its_day(month_forecasts: list[Forecast]):
    assert score_forecasts(now=datetime(2026, 12, 1, tzinfo=UTC)) == []
    assert not ForecastOutcome.objects.exists()


def test_what_came_is_scored_once_and_the_forecast_stays(month_forecasts: list[Forecast]):
    before = list(Forecast.objects.order_by("pk").values())
    later = SEEN + timedelta(days=120)
    winner = make_model("cn-winner", country="CN", released_on=SEEN + timedelta(days=60))
    for slug in SLUGS:
        make_score(winner, make_benchmark(slug), 0.97, n=400, observed_on=later)
    published_again(150)
    scored = score_forecasts(now=datetime(2026, 12, 1, tzinfo=UTC))
    assert {row.forecast.horizon_months for row in scored} == {3}
    match = next(row for row in scored if row.forecast.model and row.forecast.model.slug == "us-11")
    assert match.happened is True
    assert match.score == pytest.approx((1 - (match.forecast.probability or 0)) ** 2)
    lag = next(row for row in scored if row.forecast.kind == "lag")
    whole = queries.composite_lag()
    assert whole is not None
    assert lag.lag_months == whole.values["composite"]["catchup"]["median"]
    assert lag.score >= 0
    assert score_forecasts(now=datetime(2026, 12, 2, tzinfo=UTC)) == []
    assert list(Forecast.objects.order_by("pk").values()) == before


def test_a_composite_that_gives_no_lag_judges_no_forecast(month_forecasts: list[Forecast]):
    late = SEEN + timedelta(days=500)  # by then no Chinese model is of the last 12 months
    winner = make_model("us-late", developer="dev-us", country="US", released_on=late)
    for slug in SLUGS:
        make_score(winner, make_benchmark(slug), 0.97, n=400, observed_on=late)
    published_again(500)
    whole = queries.composite_lag()
    assert whole is not None
    assert whole.state == "stale"
    assert score_forecasts(now=datetime(2028, 1, 1, tzinfo=UTC)) == []


def test_over_simulated_quarters_every_forecast_whose_day_has_come_is_scored_and_shown(db: None):
    benchmarks = [make_benchmark(slug) for slug in SLUGS]
    two_cohorts(*benchmarks)
    comparisons = (Comparison(),)
    began = datetime(2026, 8, 12, tzinfo=UTC)
    for night in range(7):  # one a quarter, as the nightly job does; the lag stays at half a year
        now = began + timedelta(days=91 * night)
        today = now.date()
        if night:
            for country, level_on in (("US", today), ("CN", today - timedelta(days=180))):
                value = 0.8 + 0.02 * (level_on - SEEN).days / 91
                model = make_model(
                    f"{country.lower()}-at-{night}",
                    developer=f"dev-{country.lower()}",
                    country=country,
                    released_on=today,
                )
                for place, benchmark in enumerate(benchmarks):
                    make_score(model, benchmark, value - 0.02 * place, n=2000, observed_on=today)
        publish_estimates(now=now, comparisons=comparisons)
        score_forecasts(now=now)
        make_forecasts(now=now)
    last = began + timedelta(days=91 * 6)
    due, waiting = (Forecast.objects.filter(**{f"due_on__{side}": last.date()}) for side in ("lte", "gt"))
    assert {row.horizon_months for row in due} == {3, 6, 12}
    assert not due.filter(outcome=None).exists()
    assert not waiting.exclude(outcome=None).exists()
    scores = queries.forecast_scores()
    assert scores.n == due.count() >= 20
    # Better than always saying 50%, and nearer than a month and a half to a lag that stays.
    assert scores.brier is not None
    assert scores.brier < 0.25
    assert scores.crps is not None
    assert scores.crps < 1.5
    text = read("/trend/")
    assert f"Mean CRPS of {scores.n_lags} forecasts of the lag: {scores.crps:.2f} months." in text
    assert f"Mean Brier score of {scores.n_matches} forecasts of a match: {scores.brier:.2f}." in text


def test_a_match_counts_by_the_day_of_the_forecast_and_not_by_the_day_of_the_data():
    points = {
        "leader": [{"model": "b", "date": "2026-01-01", "level": 1.0}],
        "follower": [{"model": "a", "date": "2026-05-01", "level": 1.2}],
    }
    assert was_matched(CompositeValues({"points": points}), "b", date(2026, 6, 1)) is True
    assert was_matched(CompositeValues({"points": points}), "b", date(2026, 4, 1)) is False
    assert was_matched(CompositeValues({"points": points}), "gone", date(2026, 4, 1)) is None


def test_a_month_later_is_the_same_day_or_the_last_of_a_shorter_month():
    assert months_later(date(2026, 11, 30), 3) == date(2027, 2, 28)
    assert months_later(date(2026, 8, 31), 12) == date(2027, 8, 31)
