"""The time left is an interval that comes from the spread of the rate, checked against a simulation."""

from __future__ import annotations

import random

import pytest
from scipy import stats

from evals.queries.throughput import BIN_S, BINS, T_95, pace


def test_the_quantiles_are_student_s() -> None:
    assert pytest.approx([stats.t.ppf(0.975, df) for df in range(2, BINS)], abs=6e-4) == list(T_95)


def test_a_rate_needs_an_answer_and_a_time_left_needs_a_plan() -> None:
    nothing = pace([0] * BINS, seen_s=60, left=10)
    assert (nothing.responses_per_s, nothing.eta_s) == (0, None)
    unplanned = pace([3] * BINS, seen_s=60, left=None)
    assert (unplanned.responses_per_s, unplanned.eta_s) == (1, None)


def test_too_early_there_is_an_estimate_without_an_interval() -> None:
    early = pace([4, 2], seen_s=6, left=60)
    assert (early.responses_per_s, early.eta_s, early.eta_low_s, early.eta_high_s) == (1, 60, None, None)


def test_an_uneven_rate_widens_the_interval() -> None:
    even = pace([10] * BINS, seen_s=60, left=1000)
    uneven = pace([20, 0] * (BINS // 2), seen_s=60, left=1000)
    assert even.eta_s == uneven.eta_s == 300
    assert even.eta_low_s
    assert even.eta_high_s
    assert uneven.eta_low_s
    assert uneven.eta_high_s
    assert uneven.eta_low_s < even.eta_low_s < 300 < even.eta_high_s < uneven.eta_high_s


@pytest.mark.parametrize("batch", [1, 8])
def test_the_interval_holds_the_time_that_is_taken_in_nineteen_of_twenty_trials(batch: int) -> None:
    chance, trials, held = random.Random(20261122), 300, 0
    for _ in range(trials):
        # Answers come in batches at random moments, on average 2 a second.
        moments, at = [], 0.0
        while at < 500:
            at += chance.expovariate(2 / batch)
            moments += [at] * batch
        seen = [moment for moment in moments if moment < BIN_S * BINS]
        rest = moments[len(seen) :]
        counts = [0] * BINS
        for moment in seen:
            counts[BINS - 1 - int(moment // BIN_S)] += 1
        measured = pace(counts, seen_s=BIN_S * BINS, left=400)
        assert measured.eta_low_s is not None
        assert measured.eta_high_s is not None
        held += measured.eta_low_s <= rest[399] - BIN_S * BINS <= measured.eta_high_s
    assert 0.92 <= held / trials <= 0.99
