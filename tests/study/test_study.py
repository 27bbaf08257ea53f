"""A small coverage study: on worlds with a known lag, the intervals hold it about as often as claimed."""

from dataclasses import replace

import numpy as np
import pytest

from . import markdown
from .study import (
    CheckedInterval,
    Trial,
    check_interval,
    run_trial,
    summarise_coverage,
    summarise_trials,
    to_json,
)
from .worlds import BASE, KINDS, simulate_world, true_slope

FEW = [k for k in KINDS if k.name in ("small", "lead")]


@pytest.mark.parametrize("kind", [BASE, *FEW], ids=lambda kind: kind.name)
def test_the_intervals_hold_the_true_lag_and_the_medians_are_near_it(kind):
    result = summarise_trials(kind, [run_trial(kind, seed, draws=300) for seed in range(12)])
    # Of 12 worlds at 95%, fewer than 10 are seen twice in 100 studies; the seeds are fixed.
    assert result.catchup.coverage >= 10 / 12
    assert result.standing.coverage >= 10 / 12
    assert result.trend.coverage >= 10 / 12
    assert abs(result.catchup.bias) < 1.5
    assert result.catchup.rmse < result.epoch_rmse_months
    assert result.catchup.rmse < result.naive_rmse_months / 2


def test_a_reach_is_the_factor_by_which_an_interval_would_end_at_the_truth():
    assert check_interval(5.0, 3.0, 9.0, 7.0) == CheckedInterval(-2.0, True, 6.0, 0.5)
    assert check_interval(5.0, 3.0, 9.0, 1.0) == CheckedInterval(4.0, False, 6.0, 2.0)
    assert check_interval(5.0, 3.0, None, 7.0) == CheckedInterval(-2.0, True, np.inf, 0.0)
    assert check_interval(5.0, 5.0, 9.0, 3.0) == CheckedInterval(2.0, False, 4.0, np.inf)
    assert check_interval(None, 5.0, None, 7.0) == CheckedInterval(None, True, np.inf, 0.0)


def test_intervals_half_as_wide_again_as_they_must_be_have_a_ratio_of_one_and_a_half():
    truths = np.random.default_rng(1).standard_normal(20_000)
    summary = summarise_coverage([check_interval(0.0, -1.5 * 1.96, 1.5 * 1.96, true) for true in truths])
    assert summary.width_ratio == pytest.approx(1.5, rel=0.02)
    assert summary.coverage == pytest.approx(0.9967, abs=0.002)
    assert summary.coverage_lo < 0.9967 < summary.coverage_hi


def test_a_study_is_told_in_tables_without_a_hole():
    trial_of_world = Trial(
        check_interval(5.0, 3.0, 9.0, 7.0),
        check_interval(5.0, 3.0, 9.0, 1.0),
        check_interval(0.0, -2.0, 2.0, 1.0),
        2.0,
        8.0,
        3.0,
        True,
        1.0,
    )
    tables = to_json(summarise_trials(BASE, [trial_of_world, trial_of_world]))
    cells = markdown.format_coverage(tables)
    assert cells[2:8] == ["2", "100% (34 – 100)", "-2.00", "2.00", "6.0", "2.00"]
    assert cells[8] == "0% (0 – 66)"
    assert len(cells) == len(markdown.COVERAGE_HEAD)
    assert markdown.format_errors(tables) == ["`base`", "2.00", "8.0", "0.25", "2.00", "3.00", "1.00"]


def test_a_world_is_the_same_for_the_same_seed_and_differs_for_another():
    assert simulate_world(BASE, 1).data == simulate_world(BASE, 1).data
    assert simulate_world(BASE, 1).data != simulate_world(BASE, 2).data


def test_the_slope_of_a_straight_path_is_its_own():
    assert true_slope(next(k for k in KINDS if k.name == "constant")) == pytest.approx(0)
    assert true_slope(replace(BASE, lag=lambda t: 10 * t)) == pytest.approx(2)
