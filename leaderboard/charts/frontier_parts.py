"""What the chart of the frontiers shows: two sides with their records, the levels, the brackets."""

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
    """All that the chart shows: `bands` are the levels that the catch-up lag, `mean`, is the mean over.

    `standing` is the bracket at the level of the cohort that is behind; it ends at `as_of`. With `percent`
    the values are fractions; `turned` ones are the negative of what is shown, for lower is better.
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
        """Return both sides with their roles, in the order in which they are drawn."""
        return ("leader", self.leader), ("follower", self.follower)

    def upper(self) -> str:
        """Return the role of the better cohort; of two equals it is the leader."""
        last = [
            (side.records[-1].value, role == "leader", role) for role, side in self.sides() if side.records
        ]
        return max(last)[2]
