"""Forecasts of a match are probabilities that come true about as often as they say, and are scored right."""

from datetime import timedelta
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm
from scipy.stats import t as student

from leaderboard.lag.composite import draw_jointly
from leaderboard.lag.data import Pair
from leaderboard.lag.draws import build_frontier_draws
from leaderboard.lag.forecast import brier, crps_normal, crps_sample, forecast_lag, forecast_match
from leaderboard.lag.table import FOLLOWER, LEADER, build_table
from leaderboard.lag.trend import Trend, TrendState
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


DRAWS = 20_000
AGO = 300 / 30.4375


def joint_of(theta, own_day=900.0, follower_best=1.0):
    """Return draws in which the follower trails by 300 days; the leader's last model is at `theta`."""
    leader = build_frontier_draws(np.tile([0.0, 1.0, theta], (DRAWS, 1)), np.array([0.0, 400.0, own_day]))
    follower = build_frontier_draws(np.tile([0.0, follower_best], (DRAWS, 1)), np.array([0.0, 700.0]))
    models = [SimpleNamespace(id=name) for name in ("us0", "us1", "us2", "cn")]
    group = np.array([LEADER, LEADER, LEADER, FOLLOWER])
    table = SimpleNamespace(
        today=1000, days=np.array([0.0, 400.0, own_day, 700.0]), models=models, group=group
    )
    draws = SimpleNamespace(theta=np.tile([0.0, 1.0, theta, follower_best], (DRAWS, 1)))
    return SimpleNamespace(fit=SimpleNamespace(table=table), draws=draws, follower=follower, leader=leader)


def test_an_open_model_is_matched_by_the_share_of_lags_that_are_longer_than_its_age():
    forecast = forecast_match(joint_of(2.0), "us2", np.random.default_rng(1))
    age = 100 / 30.4375
    assert (forecast.model, forecast.already) == ("us2", 0.0)
    assert list(forecast.within) == [3, 6, 12]
    for months, chance in forecast.within.items():
        # The next lag is that of the past plus twice a t with 4 degrees of freedom.
        ends = [student.cdf((at - AGO) / 2, 4) for at in (age, age + months)]
        assert chance == pytest.approx((ends[1] - ends[0]) / (1 - ends[0]), abs=0.02)


@pytest.mark.parametrize(("theta", "already"), [(1.0 + 5e-10, 1.0), (1.0 + 2e-9, 0.0)])
def test_a_model_within_a_tie_of_the_followers_best_is_matched(theta, already):
    forecast = forecast_match(joint_of(theta), "us2", np.random.default_rng(1), (1,))
    assert forecast.already == already
    assert forecast.within[1] == 1.0 if already else forecast.within[1] < 0.2


def test_without_a_past_lag_only_what_is_matched_already_counts():
    nothing_caught = joint_of(2.0, follower_best=-1.0)
    forecast = forecast_match(nothing_caught, "us2", np.random.default_rng(1))
    assert (forecast.already, forecast.within) == (0.0, {3: 0.0, 6: 0.0, 12: 0.0})


def test_a_model_of_the_follower_is_refused():
    with pytest.raises(ValueError, match="'cn' is not a model of the leader"):
        forecast_match(joint_of(2.0), "cn", np.random.default_rng(1))


@pytest.mark.parametrize(("months", "slope", "sd"), [(6, -3.0, 1.5), (24, 1.0, 0.0), (12, None, None)])
def test_a_future_lag_is_the_present_one_with_the_slope_and_its_doubts(months, slope, sd):
    ends = (None, None) if sd is None else (slope - 1.96 * sd, slope + 1.96 * sd)
    trend = Trend(TrendState.OK, slope, *ends)
    quantiles = forecast_lag(joint_of(2.0), trend, months, np.random.default_rng(1))
    years = months / 12
    spread = np.sqrt(((sd or 0.0) * years) ** 2 + 4 * years**3 / 3)
    expected = norm.ppf((np.arange(100) + 0.5) / 100, AGO + (slope or 0.0) * years, spread)
    assert quantiles[5:95] == pytest.approx(expected[5:95], abs=0.06 * spread)


def test_levels_of_different_lags_add_a_quarter_of_their_variance():
    joint = joint_of(2.0)
    # Levels 0 to 1 in two steps of the follower: half of them after 300 days, half after 500.
    joint.follower = build_frontier_draws(np.tile([0.0, 0.5, 1.0], (DRAWS, 1)), np.array([0.0, 700.0, 900.0]))
    sd = 100 / 30.4375 / 2
    for months, years in ((6, 0.5), (24, 2.0)):
        quantiles = forecast_lag(joint, Trend(TrendState.OK), months, np.random.default_rng(1))
        spread = np.sqrt(4 * years**3 / 3 + (min(years, 1.0) * sd) ** 2)
        assert quantiles[84] - quantiles[15] == pytest.approx(2 * spread * norm.ppf(0.845), rel=0.04)
        assert np.median(quantiles) == pytest.approx(400 / 30.4375, abs=0.15)


def test_without_a_level_caught_up_with_there_is_no_future_lag():
    joint = joint_of(2.0, follower_best=-1.0)
    with pytest.raises(ValueError, match="no level was caught up with"):
        forecast_lag(joint, Trend(TrendState.OK), 6, np.random.default_rng(1))


def test_scores_of_samples_are_those_of_their_definition():
    draws, outcome = np.array([1.0, 4.0, 2.0, 9.0]), 3.0
    spread = np.abs(draws[:, None] - draws).mean()
    assert crps_sample(draws, outcome) == pytest.approx(np.abs(draws - outcome).mean() - spread / 2)
    assert crps_normal(2.0, 0.0, 1.5) == 0.5
    assert crps_normal(2.0, 3.0, 4.0) == pytest.approx(
        quad(lambda x: (norm.cdf(x, 2, 3) - (x >= 4)) ** 2, -40, 40, points=[4], limit=200)[0], abs=1e-6
    )
    assert brier(0.8, False) == pytest.approx(0.64)
