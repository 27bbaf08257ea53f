"""A small coverage study: on worlds with a known lag, the intervals hold it about as often as claimed."""

from dataclasses import replace

import numpy as np
import pytest

from . import markdown
from .study import Held, Trial, figure, held, plain, row, trial
from .worlds import BASE, KINDS, true_slope, world

FEW = [k for k in KINDS if k.name in ("small", "lead")]


@pytest.mark.parametrize("kind", [BASE, *FEW], ids=lambda kind: kind.name)
def test_the_intervals_hold_the_true_lag_and_the_medians_are_near_it(kind):
    found = row(kind, [trial(kind, seed, draws=300) for seed in range(12)])
    # Of 12 worlds at 95%, fewer than 10 are seen twice in 100 studies; the seeds are fixed.
    assert found.catchup.coverage >= 10 / 12
    assert found.standing.coverage >= 10 / 12
    assert found.trend.coverage >= 10 / 12
    assert abs(found.catchup.bias) < 1.5
    assert found.catchup.rmse < found.epoch_rmse_months
    assert found.catchup.rmse < found.naive_rmse_months / 2


def test_a_reach_is_the_factor_by_which_an_interval_would_end_at_the_truth():
    assert held(5.0, 3.0, 9.0, 7.0) == Held(-2.0, True, 6.0, 0.5)
    assert held(5.0, 3.0, 9.0, 1.0) == Held(4.0, False, 6.0, 2.0)
    assert held(5.0, 3.0, None, 7.0) == Held(-2.0, True, np.inf, 0.0)
    assert held(5.0, 5.0, 9.0, 3.0) == Held(2.0, False, 4.0, np.inf)
    assert held(None, 5.0, None, 7.0) == Held(None, True, np.inf, 0.0)


def test_intervals_half_as_wide_again_as_they_must_be_have_a_ratio_of_one_and_a_half():
    truths = np.random.default_rng(1).standard_normal(20_000)
    found = figure([held(0.0, -1.5 * 1.96, 1.5 * 1.96, true) for true in truths])
    assert found.width_ratio == pytest.approx(1.5, rel=0.02)
    assert found.coverage == pytest.approx(0.9967, abs=0.002)
    assert found.coverage_lo < 0.9967 < found.coverage_hi


def test_a_study_is_told_in_tables_without_a_hole():
    one = Trial(
        held(5.0, 3.0, 9.0, 7.0),
        held(5.0, 3.0, 9.0, 1.0),
        held(0.0, -2.0, 2.0, 1.0),
        2.0,
        8.0,
        3.0,
        True,
        1.0,
    )
    told = plain(row(BASE, [one, one]))
    cells = markdown.held(told)
    assert cells[2:8] == ["2", "100% (34 – 100)", "-2.00", "2.00", "6.0", "2.00"]
    assert cells[8] == "0% (0 – 66)"
    assert len(cells) == len(markdown.HELD)
    assert markdown.rivals(told) == ["`base`", "2.00", "2.00", "3.00", "1.00", "8.0", "0.25"]


def test_a_world_is_the_same_for_the_same_seed_and_differs_for_another():
    assert world(BASE, 1).data == world(BASE, 1).data
    assert world(BASE, 1).data != world(BASE, 2).data


def test_the_slope_of_a_straight_path_is_its_own():
    assert true_slope(next(k for k in KINDS if k.name == "constant")) == pytest.approx(0)
    assert true_slope(replace(BASE, lag=lambda t: 10 * t)) == pytest.approx(2)
