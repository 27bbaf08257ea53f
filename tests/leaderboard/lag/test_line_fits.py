"""A line through a saw, some of whose months are only bounded, and its variance by teeth."""

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.stats import norm

from leaderboard.lag.line_fits import _within, fit_lines

from .test_trend import saw


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
    fits = fit_lines(value[None], value[None], years)
    assert fits.teeth[0] == tooth[-1] + 1
    assert np.allclose(fits.within[0], expected)


def test_the_variance_of_a_line_is_right_on_average_where_months_are_independent():
    path = saw(-2.0, draws=1, every=6)
    years = -path.months[::-1] / 12
    tooth = teeth_of(path.low[0, ::-1])
    x = np.stack([np.ones(36), years], 1)
    bread = np.linalg.inv(x.T @ x)
    value = np.random.default_rng(1).standard_normal((20_000, 36))
    beta = value @ x @ bread
    fits = _within(value, x, bread, beta, np.broadcast_to(tooth, value.shape))
    assert np.allclose(fits.mean(0), bread, rtol=0.03)


def test_one_tooth_that_holds_the_whole_slope_leaves_its_variance_unknown():
    x = np.stack([np.ones(4), np.array([0.0, 0.0, 1.0, 2.0])], 1)
    bread = np.linalg.inv(x.T @ x)
    value = np.array([[1.0, 2.0, 3.0, 5.0]])
    assert np.isnan(_within(value, x, bread, value @ x @ bread, np.array([[0, 0, 1, 1]]))).all()


def test_bounded_months_count_by_the_likelihood_of_being_beyond_their_bound():
    rng = np.random.default_rng(2)
    years = -np.arange(36.0)[::-1] / 12
    value = 5 - 4 * years + rng.standard_normal(36)
    bound = np.minimum(value, 13.0)
    over = value > 13.0
    assert over.sum() == 11

    def cost(at):
        line, sd = at[0] + at[1] * years, np.exp(at[2])
        return -np.where(over, norm.logsf(bound, line, sd), norm.logpdf(bound, line, sd)).sum()

    best = minimize(cost, [5.0, -4.0, 0.0], method="Nelder-Mead", options={"xatol": 1e-6, "fatol": 1e-9})
    fits = fit_lines(bound[None], np.where(over, np.inf, bound)[None], years)
    assert (fits.level[0], fits.slope[0]) == pytest.approx(best.x[:2], abs=0.02)


def test_a_bound_of_a_lead_is_that_of_the_same_lag_turned_round():
    path = saw(-6.0)
    low = np.minimum(path.low, 17.0)[:, ::-1]
    high = np.where(path.low > 17, np.inf, path.low)[:, ::-1]
    years = -path.months[::-1] / 12
    behind, ahead = fit_lines(low, high, years), fit_lines(-high, -low, years)
    assert ahead.slope == pytest.approx(-behind.slope)
    assert ahead.level == pytest.approx(-behind.level)
    assert (ahead.teeth == behind.teeth).all()
