"""The trend of a saw is the slope of its teeth's middle, and few teeth give none."""

import numpy as np
import pytest
from scipy.stats import t as student

from leaderboard.lag.draws import PathDraws
from leaderboard.lag.trend import Parity, ParityState, Trend, TrendState, fit_trend, forecast_parity


def saw(slope_per_year, every=4, draws=50, level=6.0, noise=0.0):
    """Make a lag that grows a month a month and is cut back every few months to a straight line."""
    back = np.arange(36.0)
    start = -back - (-back % every)
    value = level + slope_per_year * start / 12 + (-back - start)
    shift = noise * np.random.default_rng(0).standard_normal((draws, 1))
    values = np.tile(value, (draws, 1)) + shift
    return PathDraws(back, values, values)


@pytest.mark.parametrize("slope", [-3.0, 0.0, 2.0])
def test_the_slope_of_a_saw_lies_within_its_interval(slope):
    trend = fit_trend(saw(slope))
    assert trend.status == "ok"
    assert trend.teeth == 10
    assert trend.slope_months_per_year == pytest.approx(slope, abs=0.5)
    assert trend.lo < slope < trend.hi


def test_a_shrinking_lag_is_said_to_shrink_and_a_growing_one_not():
    assert fit_trend(saw(-3.0)).p_shrinking > 0.95
    assert fit_trend(saw(3.0)).p_shrinking < 0.05


def test_the_interval_reaches_as_many_standard_errors_as_the_table_of_t_says():
    trend = fit_trend(saw(-1.0))
    se = -trend.slope_months_per_year / student.ppf(trend.p_shrinking, 9)
    # 2.262 is the 97.5% point of a t with 9 degrees of freedom, for 10 teeth.
    assert (trend.hi - trend.lo) / 2 / se == pytest.approx(2.262, abs=0.001)


def test_the_saw_of_a_lead_has_the_teeth_of_the_same_lag_turned_round():
    behind = saw(-3.0, noise=0.2)
    ahead = fit_trend(PathDraws(behind.months, -behind.high, -behind.low))
    behind = fit_trend(behind)
    assert ahead.teeth == behind.teeth == 10
    assert (ahead.lo, ahead.hi) == pytest.approx((-behind.hi, -behind.lo))


def test_fewer_than_four_teeth_give_no_trend():
    trend = fit_trend(saw(-3.0, every=18))
    assert (trend.status, trend.slope_months_per_year, trend.teeth) == ("too_few_records", None, 3)


def test_a_line_goes_back_to_where_both_cohorts_have_a_model():
    path = saw(-1.0)
    assert fit_trend(path).months == 36
    before = np.where(path.months >= 30, np.nan, path.low)
    assert fit_trend(PathDraws(path.months, before, before)).months == 30


def test_months_whose_lag_is_only_bounded_do_not_flatten_the_line():
    path = saw(-6.0)
    cut = np.minimum(path.low, 17.0)
    trend = fit_trend(PathDraws(path.months, cut, np.where(path.low > 17, np.inf, cut)))
    assert trend.months == 36
    assert trend.slope_months_per_year == pytest.approx(-6.0, abs=0.5)


def test_a_lag_that_is_bounded_in_most_months_has_no_trend():
    path = saw(-3.0)
    assert fit_trend(
        PathDraws(path.months, path.low, np.where(path.months > 16, np.inf, path.low))
    ).status == ("too_few_records")


def test_undefined_months_give_no_trend():
    path = saw(-3.0)
    path.low[:, 10] = path.high[:, 10] = np.nan
    assert fit_trend(path).status == "too_few_records"


def test_parity_comes_when_the_line_reaches_zero():
    sure = np.diag([0.01, 0.01])
    trend = forecast_parity(3.0, -3.0, sure, 8)
    assert trend.state == "ok"
    assert 10 <= trend.median <= 13
    assert trend.lo < trend.median


def test_no_date_of_parity_is_given_for_a_lag_that_grows():
    trend = forecast_parity(8.0, 1.0, np.diag([0.25, 0.25]), 8)
    assert (trend.state, trend.median, trend.hi) == ("no_date", None, None)


def test_a_cohort_that_leads_has_reached_parity():
    assert forecast_parity(-5.0, 0.0, np.diag([0.1, 0.1]), 8).median == 0


def test_an_undefined_trend_counts_nothing_and_has_no_date():
    trend = Trend(TrendState.TOO_FEW_RECORDS)
    assert (trend.teeth, trend.months, trend.parity) == (0, 0, Parity(ParityState.NO_DATE))
    assert (trend.lo, trend.hi, trend.p_shrinking) == (None, None, None)


@pytest.mark.parametrize(("censored", "status"), [(18, "ok"), (19, "too_few_records")])
def test_a_draw_counts_with_18_uncensored_months(censored, status):
    path = saw(-3.0)
    high = np.where(path.months >= 36 - censored, np.inf, path.low)
    assert fit_trend(PathDraws(path.months, path.low, high)).status == status


@pytest.mark.parametrize(("bad", "status"), [(25, "ok"), (26, "too_few_records")])
def test_half_of_the_draws_are_enough(bad, status):
    path = saw(-3.0, draws=50)
    high = path.low.copy()
    high[:bad] = np.inf
    assert fit_trend(PathDraws(path.months, path.low, high)).status == status


def test_four_teeth_are_a_trend():
    trend = fit_trend(saw(-3.0, every=12))
    assert (trend.status, trend.teeth) == ("ok", 4)


def test_the_larger_of_the_variances_within_and_between_draws_counts():
    path = saw(-2.0, draws=400)
    plain = fit_trend(path)
    tilt = 3.0 * np.random.default_rng(1).standard_normal((400, 1)) * path.months / 12
    tilted = fit_trend(PathDraws(path.months, path.low - tilt, path.high - tilt))
    assert (tilted.hi - tilted.lo) / 2 == pytest.approx(student.ppf(0.975, tilted.teeth - 1) * 3.0, rel=0.1)
    assert plain.hi - plain.lo < (tilted.hi - tilted.lo) / 2


@pytest.mark.parametrize("slope", [-2.0, 0.5])
def test_parity_is_the_first_month_in_which_its_chance_passes_each_share(slope):
    level, cov, df = 1.5, np.array([[0.3, 0.1], [0.1, 0.2]]), 7
    chance = []
    for month in range(61):
        h = month / 12
        var = cov[0, 0] + 2 * h * cov[0, 1] + h * h * cov[1, 1] + 4 * h**3 / 3
        chance.append(student.cdf(-(level + slope * h) / np.sqrt(var), df))
    expected = [next((m for m, p in enumerate(chance) if p >= q), None) for q in (0.1, 0.5, 0.9)]
    parity = forecast_parity(level, slope, cov, df)
    assert [parity.lo, parity.median, parity.hi] == expected
    assert parity.state == ("ok" if expected[1] is not None else "no_date")


def test_a_line_without_any_doubt_is_at_parity_when_it_is_at_zero():
    nothing = np.zeros((2, 2))
    assert forecast_parity(0.0, -12.0, nothing, 5).median == 0
    assert forecast_parity(1e-3, 0.0, nothing, 5).lo is not None
    assert forecast_parity(500.0, 0.0, nothing, 5) == Parity(ParityState.NO_DATE)
