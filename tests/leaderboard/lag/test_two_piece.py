"""The two-piece normal's moments agree with integration by hand."""

import numpy as np
import pytest
from scipy.integrate import quad

from leaderboard.lag.two_piece import compute_moments, estimate_spreads

CASES = [(0.3, 4.0, 0.3, 1.2), (-0.8, 2.0, 0.25, 1.0), (1.5, 9.0, 0.3, 1.0), (0.2, 1.0, 1.5, 0.4)]


def integrals(centre, precision, up, down):
    def weight(x):
        return np.exp(-0.5 * precision * (x - centre) ** 2 - 0.5 * (x / (up if x > 0 else down)) ** 2)

    pieces = [[quad(lambda x, k=k: x**k * weight(x), *e)[0] for k in (0, 1, 2)] for e in ((-9, 0), (0, 9))]
    total = pieces[0][0] + pieces[1][0]
    return [[value / total for value in piece] for piece in pieces]


@pytest.mark.parametrize("case", CASES)
def test_moments_are_those_of_numerical_integration(case):
    below, above = integrals(*case)
    moments = compute_moments(np.array([case[0]]), np.array([case[1]]), case[2], case[3])
    assert moments.above[0] == pytest.approx(above[0], rel=1e-6)
    assert moments.square_up[0] == pytest.approx(above[2], rel=1e-5)
    assert moments.square_down[0] == pytest.approx(below[2], rel=1e-5)


def test_the_spreads_of_a_large_sample_are_found_again():
    rng = np.random.default_rng(3)
    side = rng.random(40_000) < 0.2 / (0.2 + 1.0)
    x = np.where(side, 1, -1) * np.abs(rng.standard_normal(40_000)) * np.where(side, 0.2, 1.0)
    up, down = estimate_spreads(compute_moments(x, np.full(x.shape, 1e8), 0.5, 0.5))
    assert (up, down) == (pytest.approx(0.2, rel=0.03), pytest.approx(1.0, rel=0.03))
