"""Build the frontier of a cohort: its running best by release date, and its records (METHOD §2)."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate

from leaderboard.lag.data import TIE
from leaderboard.lag.score_selection import Cell


@dataclass(frozen=True, slots=True)
class Point:
    """A model's value on its release day; `day_lo` and `day_hi` are the limits of the date's precision."""

    model: str
    day: int
    value: float
    day_lo: int
    day_hi: int

    @classmethod
    def of(cls, cell: Cell) -> Point:
        """Return the point of a cell."""
        model = cell.model
        return cls(model.id, model.day, cell.value, model.day_lo, model.day_hi)


@dataclass(frozen=True, slots=True)
class Frontier:
    """The running best of a cohort: a right-continuous step function of the day, with no interpolation.

    `points` are all values of the cohort by day. `records` are those strictly above every earlier one: of
    one day only the best, of equals the smallest id. Both are empty for a cohort without a value.
    """

    points: tuple[Point, ...]
    records: tuple[Point, ...]

    def value_at(self, day: int) -> float | None:
        """Return the frontier's value on a day, None before the first model."""
        at = bisect_right(self.records, day, key=lambda record: record.day)
        return self.records[at - 1].value if at else None

    def first_at_level(self, level: float) -> Point | None:
        """Return the first record at or above a level (a tie counts), None where there is none."""
        at = bisect_left(self.records, level - TIE, key=lambda record: record.value)
        return self.records[at] if at < len(self.records) else None

    def days_at_level(self, level: float) -> tuple[int, int]:
        """Return the limits of the first day at a level; raise ValueError where no point reaches it."""
        able = [point for point in self.points if point.value >= level - TIE]
        return min(point.day_lo for point in able), min(point.day_hi for point in able)

    def interpolated_day(self, level: float) -> float | None:
        """Return the day on which lines between records cross a level, for sensitivity; None if never."""
        hit = self.first_at_level(level)
        if hit is None:
            return None
        at = self.records.index(hit)
        if at == 0:
            return float(hit.day)
        before = self.records[at - 1]
        share = (level - before.value) / (hit.value - before.value)
        return before.day + min(max(share, 0.0), 1.0) * (hit.day - before.day)

    def until(self, day: int) -> Frontier:
        """Return the frontier as it was known on a day."""
        return build_frontier(point for point in self.points if point.day <= day)

    @property
    def first(self) -> Point:
        """Return the first record; raise IndexError without one."""
        return self.records[0]

    @property
    def best(self) -> Point:
        """Return the last record, which holds the frontier; raise IndexError without one."""
        return self.records[-1]

    @property
    def last_day(self) -> int | None:
        """Return the day of the newest model, record or not; None without a model."""
        return max((point.day for point in self.points), default=None)


def build_frontier(points: Iterable[Point]) -> Frontier:
    """Build the frontier of points in any order."""
    ordered = sorted(points, key=lambda point: (point.day, -point.value, point.model))
    best = accumulate((point.value for point in ordered), max, initial=float("-inf"))
    records = tuple(p for p, before in zip(ordered, best, strict=False) if p.value > before + TIE)
    return Frontier(points=tuple(ordered), records=records)


def build_cohort_frontier(cells: Iterable[Cell], cohort: str) -> Frontier:
    """Build the frontier of one cohort from the cells of one benchmark."""
    return build_frontier(Point.of(cell) for cell in cells if cell.model.cohort == cohort)
