"""The data of the frontier chart: two sides with their records, bands of levels, brackets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class Mark:
    """A model at its release date and value."""

    model: str
    name: str
    on: date
    value: float


@dataclass(frozen=True, slots=True)
class Band:
    """Levels (low, high] that one cohort reached on `start` and the other on `end`."""

    low: float
    high: float
    start: date
    end: date


@dataclass(frozen=True, slots=True)
class Bracket:
    """A lag drawn at a level, from one day to another; its months are written to the right of it."""

    level: float
    start: date
    end: date
    text: str


@dataclass(frozen=True, slots=True)
class Side:
    """One cohort in the chart: its name, its records in order, and its other models."""

    name: str
    records: Sequence[Mark]
    others: Sequence[Mark] = ()


@dataclass(frozen=True, slots=True)
class Frontiers:
    """The data of the chart; `bands` are the levels that the catch-up lag, `mean`, averages.

    `standing` is the bracket at the level of the cohort behind, up to `as_of`. With `percent` the values are
    fractions; with `turned` they are negated, since lower is better.
    """

    follower: Side
    leader: Side
    as_of: date
    value_title: str
    percent: bool = False
    turned: bool = False
    bands: Sequence[Band] = ()
    mean: Bracket | None = None
    standing: Bracket | None = None
    titles: dict[str, str] = field(default_factory=lambda: {"model": "Model", "date": "Released"})

    def sides(self) -> tuple[tuple[str, Side], tuple[str, Side]]:
        """Return both roles and sides in drawing order."""
        return ("leader", self.leader), ("follower", self.follower)

    def upper(self) -> str:
        """Return the role of the better cohort, the leader in a tie."""
        last = [
            (side.records[-1].value, role == "leader", role) for role, side in self.sides() if side.records
        ]
        return max(last)[2]
