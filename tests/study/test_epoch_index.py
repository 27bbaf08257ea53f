"""Epoch's index is refitted to the published values, and does what its formula says on small data."""

import csv
import time
from pathlib import Path

import numpy as np
import pytest

from tests.study.epoch_index import AnchorMissingError, fit_epoch_index

FOLDER = Path(__file__).parents[3] / "shared/data/epoch"


def make_scores(theta, difficulty):
    cells = [(m, b) for m in theta for b in difficulty]
    shares = [1 / (1 + np.exp(-(theta[m] - difficulty[b]))) for m, b in cells]
    return [m for m, _ in cells], [b for _, b in cells], shares


THETA = {"low": -1.0, "a": 0.0, "b": 0.5, "high": 1.0}
DIFFICULTY = {"w": 0.0, "x": -1.0, "y": 1.0, "z": 0.5}
ANCHORS = (("low", 100.0), ("high", 120.0))


def test_the_anchors_set_the_scale_and_the_order_is_kept():
    index = fit_epoch_index(
        *make_scores(THETA, DIFFICULTY), anchor_benchmark="w", anchor_models=ANCHORS
    ).by_model()
    assert (index["low"], index["high"]) == (pytest.approx(100), pytest.approx(120))
    assert index["low"] < index["a"] < index["b"] < index["high"]


def test_the_best_of_a_repeated_cell_counts_and_the_order_of_rows_does_not():
    models, benchmarks, shares = make_scores(THETA, DIFFICULTY)
    first = fit_epoch_index(models, benchmarks, shares, anchor_benchmark="w", anchor_models=ANCHORS)
    again = fit_epoch_index(
        [*models[::-1], "a"],
        [*benchmarks[::-1], "x"],
        [*shares[::-1], 0.0],
        anchor_benchmark="w",
        anchor_models=ANCHORS,
    )
    assert np.array_equal(first.values, again.values)


def test_a_model_on_fewer_than_four_benchmarks_is_left_out_and_a_lost_anchor_is_named():
    models, benchmarks, shares = make_scores(THETA, DIFFICULTY)
    with pytest.raises(AnchorMissingError, match="no scores of the anchor 'low'"):
        fit_epoch_index(models[1:], benchmarks[1:], shares[1:], anchor_benchmark="w", anchor_models=ANCHORS)


def test_all_222_published_values_are_matched_within_a_hundredth_and_in_a_second():
    if not FOLDER.exists():
        pytest.skip("data folder absent")
    with (FOLDER / "eci_benchmarks_2026-08-11.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    with (FOLDER / "eci_scores_2026-08-11.csv").open(encoding="utf-8") as file:
        published = {row["Model"]: float(row["eci"]) for row in csv.DictReader(file)}
    began = time.process_time()
    index = fit_epoch_index(
        [row["model"] for row in rows],
        [row["benchmark"] for row in rows],
        [float(row["performance"]) for row in rows],
    ).by_model()
    assert time.process_time() - began < 1
    assert len(published) == 222
    assert max(abs(index[model] - value) for model, value in published.items()) < 0.01
