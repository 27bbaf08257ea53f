"""The trend of a saw is the slope of its teeth's middle, and few teeth give none."""

import numpy as np
import pytest

from leaderboard.lag.draws import PathDraws
from leaderboard.lag.trend import _lines, _within, parity, trend


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
    found = trend(saw(slope))
    assert found.status == "ok"
    assert found.teeth == 10
    assert found.slope_months_per_year == pytest.approx(slope, abs=0.5)
    assert found.lo < slope < found.hi


def test_a_shrinking_lag_is_said_to_shrink_and_a_growing_one_not():
    assert trend(saw(-3.0)).p_shrinking > 0.95
    assert trend(saw(3.0)).p_shrinking < 0.05


def test_the_saw_of_a_lead_has_the_teeth_of_the_same_lag_turned_round():
    behind = saw(-3.0, noise=0.2)
    ahead = trend(PathDraws(behind.months, -behind.high, -behind.low))
    behind = trend(behind)
    assert ahead.teeth == behind.teeth == 10
    assert (ahead.lo, ahead.hi) == pytest.approx((-behind.hi, -behind.lo))


def test_fewer_than_four_teeth_give_no_trend():
    found = trend(saw(-3.0, every=18))
    assert (found.status, found.slope_months_per_year, found.teeth) == ("too_few_records", None, 3)


def teeth_of(value):
    return np.concatenate([[0], np.cumsum(np.abs(np.diff(value) - 1) > 1e-6)])


def test_the_variance_of_a_line_is_that_of_residuals_scaled_tooth_by_tooth():
    path = saw(-2.0, draws=1, every=5)
    years = -path.months[::-1] / 12
    value = path.low[0, ::-1]
    tooth = teeth_of(value)
    value = value + 0.3 * np.sin(3 * tooth)
    x = np.stack([np.ones(36), years], 1)
    bread = np.linalg.inv(x.T @ x)
    left = value - x @ bread @ x.T @ value
    expected = np.zeros((2, 2))
    for t in range(tooth[-1] + 1):
        c = tooth == t
        root, turn = np.linalg.eigh(np.eye(c.sum()) - x[c] @ bread @ x[c].T)
        score = bread @ x[c].T @ (turn / np.sqrt(root)) @ turn.T @ left[c]
        expected += np.outer(score, score)
    found = _lines(value[None], years)
    assert found.teeth[0] == tooth[-1] + 1
    assert np.allclose(found.within[0], expected)


def test_the_variance_of_a_line_is_right_on_average_where_months_are_independent():
    path = saw(-2.0, draws=1, every=6)
    years = -path.months[::-1] / 12
    tooth = teeth_of(path.low[0, ::-1])
    x = np.stack([np.ones(36), years], 1)
    bread = np.linalg.inv(x.T @ x)
    value = np.random.default_rng(1).standard_normal((20_000, 36))
    beta = value @ x @ bread
    found = _within(value, x, bread, beta, np.broadcast_to(tooth, value.shape))
    assert np.allclose(found.mean(0), bread, rtol=0.03)


def test_one_tooth_that_holds_the_whole_slope_leaves_its_variance_unknown():
    x = np.stack([np.ones(4), np.array([0.0, 0.0, 1.0, 2.0])], 1)
    bread = np.linalg.inv(x.T @ x)
    value = np.array([[1.0, 2.0, 3.0, 5.0]])
    assert np.isnan(_within(value, x, bread, value @ x @ bread, np.array([[0, 0, 1, 1]]))).all()


def test_a_line_says_how_far_back_it_goes():
    path = saw(-1.0)
    assert trend(path).months == 36
    open_early = np.where(path.months >= 30, np.inf, path.high)
    assert trend(PathDraws(path.months, path.low, open_early)).months == 30


def test_undefined_months_give_no_trend():
    path = saw(-3.0)
    path.low[:, 10] = path.high[:, 10] = np.nan
    assert trend(path).status == "too_few_records"


def test_parity_comes_when_the_line_reaches_zero():
    sure = np.diag([0.01, 0.01])
    found = parity(3.0, -3.0, sure, 8)
    assert found.state == "ok"
    assert 10 <= found.median <= 13
    assert found.lo < found.median


def test_no_date_of_parity_is_given_for_a_lag_that_grows():
    found = parity(8.0, 1.0, np.diag([0.25, 0.25]), 8)
    assert (found.state, found.median, found.hi) == ("no_date", None, None)


def test_a_cohort_that_leads_has_reached_parity():
    assert parity(-5.0, 0.0, np.diag([0.1, 0.1]), 8).median == 0
