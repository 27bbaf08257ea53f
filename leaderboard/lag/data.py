"""The input of a lag: models with release dates, benchmarks, scores, and named cohorts."""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

DAYS_PER_MONTH = 365.25 / 12
"""Length of a month in days, the only one that the method uses."""
DAYS_PER_YEAR = 365.25
TIE = 1e-9
"""Values this close count as equal, so a tie counts as reached."""

EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
"""Reasoning efforts in ascending order; an unstated effort ranks below all of them."""


class Precision(StrEnum):
    """How exactly a release date is known."""

    DAY = "day"
    MONTH = "month"


class Provenance(StrEnum):
    """Where a score comes from; `vendor` means that the model's own developer published it."""

    MEASURED = "measured"
    IMPORTED = "imported"
    REPORTED = "reported"
    VENDOR = "vendor"

    @property
    def rank(self) -> int:
        """Return the precedence in a cell, 0 the highest (METHOD §1.4)."""
        return {"measured": 0, "imported": 0, "reported": 1, "vendor": 2}[self.value]


def middle_of_month(year: int, month: int) -> date:
    """Return the middle day of a month: the 15th, or the 16th of a month of 31 days."""
    return date(year, month, 16 if calendar.monthrange(year, month)[1] == 31 else 15)


@dataclass(frozen=True, slots=True)
class Model:
    """A released model, or one variant of a release.

    `released_on` is the point date; with month precision it must be the month's middle (`middle_of_month`).
    Variants of one release share `base`. `price` is the price at release in USD per million tokens, blended
    3 input : 1 output; `price_cuts` are later prices with their first day.
    `facts` are what cohorts are filtered by: country, openness, developer, size, domain, language.
    """

    id: str
    cohort: str
    released_on: date
    precision: Precision = Precision.DAY
    base: str | None = None
    effort: str | None = None
    price: float | None = None
    price_cuts: tuple[tuple[date, float], ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def day(self) -> int:
        """Return the point date as a proleptic day number."""
        return self.released_on.toordinal()

    @property
    def day_lo(self) -> int:
        """Return the earliest day number that the date's precision allows."""
        if self.precision is Precision.MONTH:
            return self.released_on.replace(day=1).toordinal()
        return self.day

    @property
    def day_hi(self) -> int:
        """Return the latest day number that the date's precision allows."""
        if self.precision is Precision.MONTH:
            last = calendar.monthrange(self.released_on.year, self.released_on.month)[1]
            return self.released_on.replace(day=last).toordinal()
        return self.day

    @property
    def release(self) -> str:
        """Return the id that all variants of this release share."""
        return self.base or self.id

    @property
    def effort_rank(self) -> int:
        """Return the index of the effort in EFFORTS, -1 where it is not stated."""
        return EFFORTS.index(self.effort) if self.effort is not None else -1


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A benchmark with scores in [chance, ceiling]; a `ceiling` of None is an unbounded scale."""

    id: str
    chance: float = 0.0
    ceiling: float | None = None
    n: int | None = None
    facts: Mapping[str, str] = field(default_factory=dict, hash=False)

    def saturates(self, value: float) -> bool:
        """Tell whether a level is too near chance or ceiling to separate models (METHOD §1.6)."""
        if self.ceiling is None:
            return False
        place = (value - self.chance) / (self.ceiling - self.chance)
        return place > 0.95 or place < 0.05


@dataclass(frozen=True, slots=True)
class Score:
    """A score of a model on a benchmark; `se` is its standard error, `n` its number of items."""

    model: str
    benchmark: str
    value: float
    se: float | None = None
    n: int | None = None
    provenance: Provenance = Provenance.REPORTED


@dataclass(frozen=True, slots=True)
class Dataset:
    """The input of one estimate; the order of rows does not matter."""

    models: tuple[Model, ...]
    benchmarks: tuple[Benchmark, ...]
    scores: tuple[Score, ...]

    def cohorts(self) -> tuple[str, ...]:
        """Return the sorted names of the cohorts that have a model, without the unstated one ("")."""
        return tuple(sorted({model.cohort for model in self.models if model.cohort}))

    def latest_release(self) -> date | None:
        """Return the latest point date of any model, None without models."""
        return max((model.released_on for model in self.models), default=None)


@dataclass(frozen=True, slots=True)
class Pair:
    """The two cohorts compared; a positive lag means that the follower is behind the leader."""

    follower: str = "China"
    leader: str = "US"


def days_to_months(days: float) -> float:
    """Convert days to months of 30.4375 days."""
    return days / DAYS_PER_MONTH


def index_models(models: Iterable[Model]) -> dict[str, Model]:
    """Index models by id."""
    return {model.id: model for model in models}
