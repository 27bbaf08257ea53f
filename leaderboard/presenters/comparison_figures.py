"""The lags of an estimate by each reading."""

from __future__ import annotations

from dataclasses import dataclass

from leaderboard import queries
from leaderboard.estimate_values import (
    SIDES,
    BenchmarkValues,
    CompositeFigures,
    CompositeValues,
    ReadingValues,
)
from leaderboard.lag.data import Benchmark
from leaderboard.lag.intervals import Interval
from leaderboard.lag.readings import READINGS, ReadingInput
from leaderboard.models import LagEstimate
from leaderboard.presenters.lags import Lag


@dataclass(frozen=True, slots=True)
class LagFigure:
    """One lag in months by a reading; without draws, the interval is the range of the `n` cases."""

    reading: str
    interval: Interval
    n: int | None = None
    at_least: bool = False


def lag_figures(estimate: LagEstimate, reading: str = "") -> list[LagFigure]:
    """Return the catch-up and the standing lag of an estimate, and that of one more reading."""
    figures = (
        _benchmark_figures(estimate)
        if estimate.benchmark
        else composite_figures(CompositeValues(estimate.values).figures)
    )
    if reading and reading not in {figure.reading for figure in figures}:
        figures.append(_read(estimate, reading))
    return figures


def composite_figures(figures: CompositeFigures) -> list[LagFigure]:
    """Return the two headline lags of a composite."""
    return [LagFigure("catchup", figures.catchup), LagFigure("standing", figures.standing)]


def _benchmark_figures(estimate: LagEstimate) -> list[LagFigure]:
    lag = Lag(estimate)
    standing = lag.standing
    state = standing.state if standing.months is None else "ok"
    return [
        LagFigure("catchup", lag.catchup.interval, lag.catchup.n_levels),
        LagFigure("standing", Interval(state, standing.months), at_least=standing.at_least),
    ]


def _read(estimate: LagEstimate, reading: str) -> LagFigure:
    if estimate.benchmark is None:
        row = queries.estimate_by_reading(estimate, reading)
        values = ReadingValues.parse(row.values) if row else ReadingValues(estimate.state)
        return reading_figure(reading, values)
    return read_frontiers(estimate, reading)


def read_frontiers(estimate: LagEstimate, reading: str, tolerance: float | None = None) -> LagFigure:
    """Apply a reading to the published frontiers of one benchmark; `tolerance` is in points."""
    mine, theirs = map(BenchmarkValues(estimate.values).frontier, SIDES)
    benchmark = estimate.benchmark
    assert benchmark is not None, "the readings of a composite are published"
    higher = benchmark.direction == "higher"
    chance, ceiling = (benchmark.chance or 0.0, benchmark.ceiling) if higher else (0.0, None)
    usual = 1.0 if ceiling is None else 0.01 * (ceiling - chance)
    point = usual if tolerance is None else tolerance
    scale = Benchmark(benchmark.slug, chance, ceiling)
    lag = READINGS[reading](ReadingInput(mine, theirs, estimate.as_of.toordinal(), scale, point))
    return LagFigure(reading, Interval(lag.state, lag.months, lag.lo, lag.hi), lag.n, lag.at_least)


def reading_figure(reading: str, values: ReadingValues) -> LagFigure:
    """Return the figure of a published reading."""
    interval = Interval(values.state, values.months, values.lo, values.hi)
    return LagFigure(reading, interval, values.n, bool(values.at_least))
