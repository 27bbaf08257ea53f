"""The lags of an estimate by each reading."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from leaderboard import queries
from leaderboard.lag.data import Benchmark
from leaderboard.lag.frontier import Frontier, Point, build_frontier
from leaderboard.lag.intervals import Interval
from leaderboard.lag.readings import READINGS, ReadingInput
from leaderboard.models import LagEstimate
from leaderboard.presenters.composite import read_interval
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
        else composite_figures(estimate.values["composite"])
    )
    if reading and reading not in {figure.reading for figure in figures}:
        figures.append(_read(estimate, reading))
    return figures


def composite_figures(composite: dict[str, Any]) -> list[LagFigure]:
    """Return the two headline lags of a composite."""
    return [LagFigure(name, read_interval(composite[name])) for name in ("catchup", "standing")]


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
        return reading_figure(reading, row.values if row else {"state": estimate.state})
    return read_frontiers(estimate, reading)


def read_frontiers(estimate: LagEstimate, reading: str, tolerance: float | None = None) -> LagFigure:
    """Apply a reading to the published frontiers of one benchmark; `tolerance` is in points."""
    mine, theirs = (_frontier(estimate.values, side) for side in ("follower", "leader"))
    benchmark = estimate.benchmark
    assert benchmark is not None, "the readings of a composite are published"
    higher = benchmark.direction == "higher"
    chance, ceiling = (benchmark.chance or 0.0, benchmark.ceiling) if higher else (0.0, None)
    usual = 1.0 if ceiling is None else 0.01 * (ceiling - chance)
    point = usual if tolerance is None else tolerance
    scale = Benchmark(benchmark.slug, chance, ceiling)
    lag = READINGS[reading](ReadingInput(mine, theirs, estimate.as_of.toordinal(), scale, point))
    return LagFigure(reading, Interval(lag.state, lag.months, lag.lo, lag.hi), lag.n, lag.at_least)


def reading_figure(reading: str, values: dict[str, Any]) -> LagFigure:
    """Return the figure of a published reading."""
    months, low, high = (values.get(name) for name in ("months", "lo", "hi"))
    interval = Interval(values.get("state", "not_published"), months, low, high)
    return LagFigure(reading, interval, values.get("n"), bool(values.get("at_least")))


def _frontier(values: dict[str, Any], side: str) -> Frontier:
    rows = (values.get("points") or values.get("frontiers") or {}).get(side, ())
    days = [(date.fromisoformat(row["date"]).toordinal(), row) for row in rows]
    return build_frontier(Point(row["model"], on, row["level"], on, on) for on, row in days)
