"""Arrange the cells that the capability index is fitted to as arrays (METHOD §4)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from leaderboard.lag.data import DAYS_PER_YEAR, Benchmark, Dataset, Model, Pair, Score
from leaderboard.lag.score_selection import Cell, cells, score_variance

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
LEAST_BENCHMARKS = 2
"""The fewest benchmarks of a model in the index."""
LEAST_SHARED = 3
"""The fewest benchmarks with scores of both cohorts; with fewer: `insufficient_overlap`."""
FOLLOWER, LEADER, OTHER = 0, 1, 2


@dataclass(frozen=True)
class ScoreTable:
    """N cells of M models on B benchmarks; models in order of release day, then id.

    `row`, `col` (N,) are indices of models and benchmarks. `y` (N,) is the score as a share of the way from
    chance to ceiling, `variance` (N,) its variance in that unit, `vendor` (N,) 1 for a vendor's own figure.
    `group` (M,) is FOLLOWER, LEADER or OTHER; `days`, `days_lo`, `days_hi` (M,) are day numbers.
    """

    models: tuple[Model, ...]
    benchmarks: tuple[Benchmark, ...]
    row: Ints
    col: Ints
    y: Floats
    variance: Floats
    vendor: Floats
    group: Ints
    days: Floats
    days_lo: Floats
    days_hi: Floats
    today: int

    @property
    def years(self) -> Floats:
        """Return the release dates (M,) in years relative to `today`, negative."""
        return (self.days - self.today) / DAYS_PER_YEAR

    def members(self, group: int) -> Ints:
        """Return the indices (n_members,) of a group's models, in order of release."""
        return np.flatnonzero(self.group == group)

    def shared(self) -> int:
        """Count the benchmarks with scores of both cohorts."""
        has = np.zeros((3, len(self.benchmarks)), bool)
        has[self.group[self.row], self.col] = True
        return int((has[FOLLOWER] & has[LEADER]).sum())


def ceiling_of(benchmark: Benchmark, values: Iterable[float]) -> float | None:
    """Return the ceiling of a benchmark: the stated one, else 1 if all scores are in [0, 1], else None."""
    if benchmark.ceiling is not None:
        return benchmark.ceiling
    return 1.0 if all(0.0 <= value <= 1.0 for value in values) else None


def build_table(data: Dataset, pair: Pair, as_of: date) -> ScoreTable:
    """Build the table of usable cells as of a day: benchmarks with a ceiling, models on two or more."""
    every = cells(data, as_of)
    used = _bounded(data.benchmarks, every)
    dense = _dense(cell for cell in every if cell.benchmark in used)
    models = sorted({cell.model.id: cell.model for cell in dense}.values(), key=lambda m: (m.day, m.id))
    names = sorted({cell.benchmark for cell in dense})
    return _layout(dense, models, [used[name] for name in names], pair, as_of)


def _bounded(benchmarks: Iterable[Benchmark], cells: Iterable[Cell]) -> dict[str, Benchmark]:
    values: dict[str, list[float]] = {}
    for cell in cells:
        values.setdefault(cell.benchmark, []).append(cell.value)
    ceilings = {b.id: ceiling_of(b, values.get(b.id, ())) for b in benchmarks}
    return {
        b.id: Benchmark(b.id, b.chance, ceilings[b.id], b.n, b.facts)
        for b in benchmarks
        if ceilings[b.id] is not None
    }


def _dense(cells: Iterable[Cell]) -> list[Cell]:
    # Dropping a model can leave a benchmark with a single one, which is of no use, and so on.
    kept = list(cells)
    while True:
        models = Counter(cell.model.id for cell in kept)
        benchmarks = Counter(cell.benchmark for cell in kept)
        fewer = [c for c in kept if models[c.model.id] >= LEAST_BENCHMARKS and benchmarks[c.benchmark] >= 2]
        if len(fewer) == len(kept):
            return kept
        kept = fewer


def _layout(
    cells: Sequence[Cell], models: Sequence[Model], benchmarks: Sequence[Benchmark], pair: Pair, as_of: date
) -> ScoreTable:
    place = {model.id: i for i, model in enumerate(models)}
    named = {benchmark.id: i for i, benchmark in enumerate(benchmarks)}
    groups = {pair.follower: FOLLOWER, pair.leader: LEADER}
    col = np.array([named[cell.benchmark] for cell in cells], np.int64)
    chance = np.array([b.chance for b in benchmarks])[col] if len(benchmarks) else np.zeros(0)
    width = np.array([(b.ceiling or 1.0) - b.chance for b in benchmarks])[col] if len(col) else np.ones(0)
    return ScoreTable(
        models=tuple(models),
        benchmarks=tuple(benchmarks),
        row=np.array([place[cell.model.id] for cell in cells], np.int64),
        col=col,
        y=(np.array([cell.value for cell in cells]) - chance) / width,
        variance=np.array([_variance(c, benchmarks[named[c.benchmark]]) for c in cells]) / width**2,
        vendor=np.array([float(cell.vendor) for cell in cells]),
        group=np.array([groups.get(model.cohort, OTHER) for model in models], np.int64),
        days=np.array([float(model.day) for model in models]),
        days_lo=np.array([float(model.day_lo) for model in models]),
        days_hi=np.array([float(min(model.day_hi, as_of.toordinal())) for model in models]),
        today=as_of.toordinal(),
    )


def _variance(cell: Cell, benchmark: Benchmark) -> float:
    if cell.variance is not None:
        return cell.variance
    # The ceiling is inferred, not stated: the binomial rule applies.
    return score_variance(Score(cell.model.id, benchmark.id, cell.value), benchmark) or 0.0
