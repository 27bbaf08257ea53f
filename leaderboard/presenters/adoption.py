"""Published figures of adoption as series, and the diffusion lag from capability to use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from evals import queries as record
from evals.models import Adoption
from leaderboard import queries
from leaderboard.comparisons import Comparison
from leaderboard.estimate_values import SIDES, CompositeValues
from leaderboard.lag.data import DAYS_PER_MONTH, TIE
from leaderboard.models import LagEstimate
from leaderboard.queries import FOLLOWER, LEADER, OPEN_WEIGHTS

HALF = 0.5
"""The share of all use that means parity with all others together."""


class UseParity(StrEnum):
    """Whether the follower is used as much as the leader."""

    REACHED = "reached"
    REACHED_BY = "reached_by"  # already at the first figure, or earlier
    NOT_YET = "not_yet"
    ONE_SIDE = "one_side"


@dataclass(frozen=True, slots=True)
class Series:
    """Every figure of one measure, oldest first, each with its source."""

    measure: str
    unit: str
    figures: Sequence[Adoption]


@dataclass(frozen=True, slots=True)
class Diffusion:
    """The months from parity of capability to parity of use, by one measure.

    `capable_on` is the day on which the follower's frontier, once below, reached the leader's at the index's
    mode, among the models that the measure counts; None: not yet. `used_on` is the day of the first figure
    of parity.
    `months` is used_on - capable_on, an upper limit where the first figures already show parity.
    """

    measure: str
    open_weights: bool
    estimate_id: int | None
    capable_on: date | None
    parity: UseParity
    used_on: date | None
    follower_value: float
    leader_value: float | None

    @property
    def months(self) -> float | None:
        """Return the diffusion lag; None if one of the two parities is not reached."""
        if self.used_on is None or self.capable_on is None:
            return None
        return (self.used_on - self.capable_on).days / DAYS_PER_MONTH


@dataclass(frozen=True, slots=True)
class AdoptionPage:
    """The content of the page."""

    series: Sequence[Series]
    diffusion: Sequence[Diffusion]


def present_adoption() -> AdoptionPage:
    """Return the content of the page. Three queries."""
    grouped: dict[tuple[str, str], list[Adoption]] = {}
    for row in record.adoption():
        grouped.setdefault((row.measure, row.unit), []).append(row)
    series = [
        Series(measure, unit, sorted(rows, key=lambda row: (row.observed_on, -row.value)))
        for (measure, unit), rows in grouped.items()
    ]
    series.sort(key=lambda measured: (-len(measured.figures), measured.measure))
    estimates = {True: _newest(OPEN_WEIGHTS), False: queries.composite_lag()}
    diffusion = [lag for measured in series if (lag := _diffusion(measured, estimates))]
    return AdoptionPage(series, diffusion)


def _newest(comparison: Comparison) -> LagEstimate | None:
    return queries.estimates_of(comparison).first()


def counts_open_weights(measure: str) -> bool:
    """Tell whether a measure counts open weights only: downloads and derivatives need the weights."""
    return "Hugging Face" in measure


def _diffusion(series: Series, estimates: dict[bool, LagEstimate | None]) -> Diffusion | None:
    """Return the diffusion lag by a measure; None if the measure has no figure of the follower's models."""
    mine = [row for row in series.figures if row.country == FOLLOWER]
    theirs = [row for row in series.figures if row.country == LEADER]
    whole = series.unit == "fraction" and series.measure.startswith("share of use")
    if not mine or (series.unit == "fraction" and not whole):
        return None
    open_weights = counts_open_weights(series.measure)
    estimate = estimates[open_weights]
    best, other = max(row.value for row in mine), max((row.value for row in theirs), default=None)
    bound = HALF if whole and other is None else other
    used_on = None
    if bound is not None:
        days = _days([*mine, *theirs])
        used_on = next((on for on in days if _best(mine, on) >= _limit(theirs, on, bound)), None)
    first = max(min(row.observed_on for row in rows) for rows in (mine, theirs) if rows)
    parity = UseParity.ONE_SIDE if bound is None else UseParity.NOT_YET
    if used_on:
        parity = UseParity.REACHED_BY if used_on == first else UseParity.REACHED
    return Diffusion(
        measure=series.measure,
        open_weights=open_weights,
        estimate_id=estimate.pk if estimate else None,
        capable_on=_capable_on(estimate),
        parity=parity,
        used_on=used_on,
        follower_value=best,
        leader_value=other,
    )


def _days(rows: Sequence[Adoption]) -> list[date]:
    return sorted({row.observed_on for row in rows})


def _best(rows: Sequence[Adoption], on: date) -> float:
    return max((row.value for row in rows if row.observed_on <= on), default=0.0)


def _limit(theirs: Sequence[Adoption], on: date, otherwise: float) -> float:
    """Return the leader's value on a day; before its first figure, `otherwise`."""
    return max((row.value for row in theirs if row.observed_on <= on), default=otherwise)


def _capable_on(estimate: LagEstimate | None) -> date | None:
    """Return the day on which the follower's frontier, once below, first reached the leader's."""
    if estimate is None:
        return None
    values = CompositeValues(estimate.values)
    steps = sorted(
        (record.on, side == "follower", record.level) for side in SIDES for record in values.records(side)
    )
    levels: dict[bool, float] = {}
    together: date | None = None
    was_below = False
    for at, (on, mine, level) in enumerate(steps):
        levels[mine] = level
        if len(levels) < len(SIDES) or (at + 1 < len(steps) and steps[at + 1][0] == on):
            continue
        level_now = levels[True] >= levels[False] - TIE
        if level_now and was_below:
            return on
        together = together or (on if level_now else None)
        was_below = was_below or not level_now
    return None if was_below else together
