"""A dot plot of the readings: each a dot with its interval, on one scale of months."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from evals.models import Claim
from leaderboard.presenters.lags import MonthScale
from leaderboard.presenters.reading_differences import DataChoice

WIDTH = 260.0


@dataclass(frozen=True)
class ReadingRow:
    """One reading, and the claims that use a similar rule."""

    reading: str
    claims: list[Claim]


@dataclass(frozen=True)
class Option:
    """One option that the address selects."""

    key: str
    current: bool


@dataclass(frozen=True)
class DotPlot:
    """The positions of the figures by reading, as text: SVG needs a point as the decimal sign."""

    zero: str
    drawn: Mapping[str, Mapping[str, str | None]]


def plot_dots(column: DataChoice) -> DotPlot:
    """Return the positions of the figures of one choice of data on one scale."""
    ends = [0.0, 1.0]
    for figure in column.figures.values():
        interval = figure.interval
        ends += [end for end in (interval.median, interval.lo, interval.hi) if end is not None]
    scale = MonthScale(low=min(ends), high=max(ends), width=WIDTH)

    def place(months: float | None) -> str | None:
        return None if months is None else str(scale.x(months))

    drawn = {
        name: {
            "months": place(figure.interval.median),
            "low": place(figure.interval.lo),
            "high": place(figure.interval.hi),
        }
        for name, figure in column.figures.items()
    }
    return DotPlot(str(scale.x(0.0)), drawn)
