"""Turnbull's estimate gives the published one, and the plain median where nothing is censored."""

import numpy as np
import pytest

from leaderboard.lag.turnbull import estimate_turnbull

INF = float("inf")
# Months to cosmetic deterioration after radiotherapy alone: Finkelstein and Wolfe (1985), Biometrics 41.
CLOSED = (
    "6-10 0-7 7-16 7-14 37-44 0-8 4-11 11-15 25-37 26-40 27-34 36-44 36-48 17-25 11-18 5-12 0-5 5-11 19-35 "
    "17-25 19-26"
)
OPEN = "45 46 46 17 15 22 46 46 46 46 46 37 40 46 38 37 18 24 36 24 32 33 37 34 36"
COSMESIS = [tuple(float(x) for x in pair.split("-")) for pair in CLOSED.split()]
COSMESIS += [(float(x), INF) for x in OPEN.split()]


def test_the_cosmesis_data_give_the_published_masses():
    assert len(COSMESIS) == 46
    estimate = estimate_turnbull(COSMESIS)
    masses = {
        (a, b): m for a, b, m in zip(estimate.left, estimate.right, estimate.mass, strict=True) if m > 1e-3
    }
    assert masses == {
        (4, 5): pytest.approx(0.0463, abs=1e-4),
        (6, 7): pytest.approx(0.0334, abs=1e-4),
        (7, 8): pytest.approx(0.0887, abs=1e-4),
        (11, 12): pytest.approx(0.0708, abs=1e-4),
        (24, 25): pytest.approx(0.0926, abs=1e-4),
        (33, 34): pytest.approx(0.0818, abs=1e-4),
        (38, 40): pytest.approx(0.1209, abs=1e-4),
        (46, 48): pytest.approx(0.4656, abs=1e-4),
    }
    assert estimate.median() == (38, 40)


def test_exact_values_give_their_median():
    assert estimate_turnbull([(3, 3), (1, 1), (2, 2)]).median() == (2, 2)


def test_a_half_below_every_value_leaves_the_median_open():
    assert estimate_turnbull([(-INF, 0), (-INF, 0), (5, 5)]).median()[0] == -INF


def test_an_open_lower_end_does_not_hold_the_value_at_it():
    estimate = estimate_turnbull([(2, 2), (2, INF)])
    assert np.allclose(estimate.mass, [0.5, 0.5])


def test_nothing_and_reversed_ends_are_refused():
    for wrong in ([], [(2, 1)]):
        with pytest.raises(ValueError, match="at least one interval"):
            estimate_turnbull(wrong)


def test_the_masses_are_those_of_another_program():
    # lifelines 0.30.3, npmle(left, right, tol=1e-9): it takes [a, b] for our (a, b]: no two ends are equal.
    left = [3, 0.5, 5, 2, 4.5, 7, 1, 6, 8.5, 2.2, 5.5, 8]
    right = [3, 4.2, 9, 2, INF, 7, 6.5, 6, INF, 5.2, 12, INF]
    estimate = estimate_turnbull(zip(left, right, strict=True))
    assert list(zip(estimate.left, estimate.right, strict=True)) == [
        (2, 2),
        (3, 3),
        (5, 5.2),
        (6, 6),
        (7, 7),
        (8.5, 9),
    ]
    assert np.allclose(estimate.mass, [0.12988, 0.25977, 0.0, 0.1869, 0.14115, 0.2823], atol=2e-5)
    assert estimate.median() == (6, 6)
