"""Forecasts of a match are probabilities that come true about as often as they say, and are scored right."""

from datetime import timedelta

import numpy as np
import pytest

from leaderboard.lag.composite import draw_jointly
from leaderboard.lag.data import Pair
from leaderboard.lag.forecast import brier, crps_normal, crps_sample, forecast_match
from leaderboard.lag.table import LEADER, build_table
from tests.study.worlds import BASE, KINDS, TODAY, simulate_world

WIDENING = next(kind for kind in KINDS if kind.name == "widening")


def forecasts(seed, kind=BASE):
    """Forecast, half a year ago, the match of the models that held the leader's frontier; and what came."""
    simulated, past = simulate_world(kind, seed), TODAY - timedelta(days=183)
    forecast = draw_jointly(build_table(simulated.data, Pair(), past), draws=300)
    laid = forecast.fit.table
    members = laid.members(LEADER)
    holder = laid.models[members[int(np.argmax(forecast.fit.theta[members]))]].id
    best = max(simulated.theta[m.id] for m in simulated.data.models if m.cohort == "China")
    return forecast_match(forecast, holder, np.random.default_rng(1)), best >= simulated.theta[holder]


def test_probabilities_rise_with_the_horizon_and_stay_probabilities():
    forecast, _ = forecasts(1)
    values = [forecast.already, *forecast.within.values()]
    assert values == sorted(values)
    assert min(values) >= 0
    assert max(values) <= 1


def test_forecasts_of_half_a_year_are_better_than_a_coin_whether_the_lag_shrinks_or_grows():
    simulated = [forecasts(seed, kind) for kind in (BASE, WIDENING) for seed in range(8)]
    assert {came for _, came in simulated} == {True, False}
    assert np.mean([brier(forecast.within[6], came) for forecast, came in simulated]) < 0.23


def test_a_model_that_is_not_the_leaders_is_refused():
    forecast = draw_jointly(build_table(simulate_world(BASE, 1).data, Pair(), TODAY), draws=100)
    with pytest.raises(ValueError, match="'nobody' is not a model of the leader"):
        forecast_match(forecast, "nobody", np.random.default_rng(1))


def test_scores_are_those_of_their_definitions():
    assert brier(0.8, True) == pytest.approx(0.04)
    # Gneiting and Raftery: at the mean of a standard normal, (sqrt 2 - 1) / sqrt pi.
    assert crps_normal(0, 1, 0) == pytest.approx((np.sqrt(2) - 1) / np.sqrt(np.pi))
    assert crps_normal(3, 0, 5) == 2
    draws = np.random.default_rng(1).normal(2, 3, 40_000)
    assert crps_sample(draws, 4.0) == pytest.approx(crps_normal(2, 3, 4.0), rel=0.02)
