"""Estimate the same lags in simpler ways: the running best of raw means, and an index like Epoch's."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from leaderboard.lag.data import Pair
from leaderboard.lag.exact_lags import compute_catchup
from leaderboard.lag.table import Floats, Ints, ScoreTable
from tests.study.epoch_index import CLIP, LEAST_BENCHMARKS, LeastSquares

from .epoch_like import find_optimum
from .truth import frontier_by
from .worlds import TODAY, World


def compute_lag(world: World, values: dict[str, float], pair: Pair) -> float | None:
    """Return the exact catch-up lag of any values by model id."""
    mine, theirs = (frontier_by(world, values, cohort) for cohort in (pair.follower, pair.leader))
    return compute_catchup(mine, theirs, TODAY.toordinal()).lag_months


def average_scores(table: ScoreTable) -> dict[str, float]:
    """Return each model's plain mean share over the benchmarks it has."""
    m = len(table.models)
    means = np.bincount(table.row, table.y, m) / np.bincount(table.row, minlength=m)
    return dict(zip((model.id for model in table.models), means.tolist(), strict=True))


def fit_epoch_like(table: ScoreTable) -> dict[str, float]:
    """Return an index fitted as Epoch's is; models on fewer than four benchmarks are left out."""
    return _epoch(table, table.row, table.col, table.y)


def _epoch(table: ScoreTable, row: Ints, col: Ints, y: Floats) -> dict[str, float]:
    kept, problem = build_problem(row, col, y, len(table.models))
    if problem.n_models < 2 or problem.n_benchmarks < 2:
        return {}
    return dict(zip((table.models[at].id for at in kept), find_optimum(problem).c.tolist(), strict=True))


def build_problem(row: Ints, col: Ints, y: Floats, n_models: int) -> tuple[Ints, LeastSquares]:
    """Return which models have benchmarks enough for Epoch's index, and its problem of their cells."""
    keep = np.bincount(row, minlength=n_models) >= LEAST_BENCHMARKS
    cells = keep[row]
    tests, col = np.unique(col[cells], return_inverse=True)
    anchor = int(np.argmax(np.bincount(col, minlength=1)))
    place = (np.cumsum(keep) - 1)[row[cells]]
    y = np.maximum(y[cells], CLIP)
    return np.flatnonzero(keep), LeastSquares(place, col, y, int(keep.sum()), len(tests), anchor)


@dataclass(frozen=True)
class Bootstrapped:
    """The median of the catch-up lag over an index's bootstrap, in months, and its central 95%."""

    median: float
    lo: float
    hi: float


def bootstrap_epoch(world: World, table: ScoreTable, pair: Pair, times: int) -> Bootstrapped | None:
    """Refit the index on benchmarks drawn with replacement, and read the lag from each refit.

    None where fewer than half of the refits give a lag.
    """
    rng, n = np.random.default_rng(1), len(table.benchmarks)
    lags = []
    for _ in range(times):
        # A benchmark that was drawn twice counts as two benchmarks with the same scores.
        cells = [(np.flatnonzero(table.col == b), place) for place, b in enumerate(rng.integers(0, n, n))]
        at = np.concatenate([indices for indices, _ in cells])
        col = np.concatenate([np.full(len(indices), place) for indices, place in cells])
        lags.append(compute_lag(world, _epoch(table, table.row[at], col, table.y[at]), pair))
    known = np.array([lag for lag in lags if lag is not None])
    if len(known) < times / 2:
        return None
    lo, median, hi = np.quantile(known, [0.025, 0.5, 0.975]).tolist()
    return Bootstrapped(median, lo, hi)
