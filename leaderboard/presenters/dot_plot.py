"""A dot with its interval for each reading, on one scale of months."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from evals.models import Claim
from leaderboard.presenters.lags import MonthScale
from leaderboard.presenters.reading_differences import DataChoice

WIDTH = 260.0


@dataclass(frozen=True)
class ReadingRow:
    """One reading, and what others have claimed by a rule like it."""

    reading: str
    claims: list[Claim]


@dataclass(frozen=True)
class Option:
    """One choice of those that the address keeps."""

    key: str
    current: bool


@dataclass(frozen=True)
class DotPlot:
    """Where a column's figures lie, by reading: as text, for no drawing reads a reader's decimal sign."""

    zero: str
    drawn: Mapping[str, Mapping[str, str | None]]


def plot_dots(column: DataChoice) -> DotPlot:
    """Return the places of the figures of one column on one scale."""
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
