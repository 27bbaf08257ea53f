"""The published composite: the lag over all benchmarks, with its interval, trend and records."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from leaderboard.estimate_values import SIDES, CompositeValues, StoredTrend
from leaderboard.lag.intervals import DatedLag, Interval
from leaderboard.models import LagEstimate
from leaderboard.presenters.labels import DOMAINS, StrOrPromise
from leaderboard.queries import DomainLag


@dataclass(frozen=True)
class CompositeLag:
    """One published composite."""

    estimate: LagEstimate
    catchup: Interval
    standing: Interval
    trend: StoredTrend | None
    n_models: tuple[int, int]
    n_benchmarks: int
    n_scores: int
    too_little_data: bool


def present_composite(estimate: LagEstimate | None) -> CompositeLag | None:
    """Return the composite, or None if there is none."""
    if estimate is None:
        return None
    values = CompositeValues(estimate.values)
    figures = values.figures
    return CompositeLag(
        estimate=estimate,
        catchup=figures.catchup,
        standing=figures.standing,
        trend=values.trend,
        n_models=figures.n_models,
        n_benchmarks=figures.n_benchmarks,
        n_scores=figures.n_scores,
        too_little_data=figures.too_little_data,
    )


@dataclass(frozen=True)
class DomainRow:
    """The catch-up lag over one domain's benchmarks."""

    name: StrOrPromise
    catchup: Interval
    n_benchmarks: int
    n_models: int
    estimate_id: int


def present_domains(lags: Iterable[DomainLag]) -> list[DomainRow]:
    """Return the rows of the table of domains."""
    return [
        DomainRow(
            name=DOMAINS.get(lag.domain, lag.domain),
            catchup=lag.figures.catchup,
            n_benchmarks=lag.figures.n_benchmarks,
            n_models=sum(lag.figures.n_models),
            estimate_id=lag.estimate_id,
        )
        for lag in lags
    ]


@dataclass(frozen=True)
class FrontierRecord:
    """A model that set its cohort's frontier in the composite, at the index's mode."""

    slug: str
    name: str
    country: str
    on: date
    level: float
    share: float | None


def frontier_records(estimate: LagEstimate) -> list[FrontierRecord]:
    """Return the records of both cohorts, newest first, each with the probability of being one."""
    values = CompositeValues(estimate.values)
    shares = values.frontier_shares
    rows = [
        FrontierRecord(
            slug=record.model,
            name=values.name(record.model),
            country=getattr(estimate, side),
            on=record.on,
            level=record.level,
            share=shares.get(record.model),
        )
        for side in SIDES
        for record in values.records(side)
    ]
    return sorted(rows, key=lambda row: (row.on, row.level), reverse=True)


def standing_path(estimate: LagEstimate) -> list[DatedLag]:
    """Return the standing lag month by month, newest first."""
    return CompositeValues(estimate.values).path[::-1]
