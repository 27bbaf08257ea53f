"""Scores that the index has not seen lie where it says, on a world whose truth is known."""

import numpy as np

from .real import compare_halves, measure_coverage, predict_held_out
from .worlds import BASE, TODAY, simulate_world


def test_scores_held_out_lie_within_their_intervals():
    places = predict_held_out(simulate_world(BASE, 11).data, TODAY, 2, np.random.default_rng(0))
    assert len(places) > 800
    assert 0.92 < measure_coverage(places, 0.95) < 0.98
    assert 0.42 < measure_coverage(places, 0.5) < 0.58


def test_halves_of_the_benchmarks_differ_by_what_their_intervals_say():
    assert 0.2 < compare_halves(simulate_world(BASE, 11).data, TODAY, 3, np.random.default_rng(0)) < 2
