"""The published composite: the lag over all benchmarks, with its interval, trend and records."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from leaderboard.lag.intervals import DatedLag, Interval
from leaderboard.lag.trend import MONTHS
from leaderboard.models import LagEstimate
from leaderboard.presenters.labels import DOMAINS, StrOrPromise
from leaderboard.queries import DomainLag


@dataclass(frozen=True)
class LagTrend:
    """The change of the lag in months a year with its 95% interval, and the day of parity."""

    months: int
    slope: float
    low: float
    high: float
    p_shrinking: float
    parity_on: str | None

    @property
    def is_open(self) -> bool:
        """Tell whether the interval includes both a shrinking and a growing lag."""
        return self.low < 0 < self.high


@dataclass(frozen=True)
class CompositeLag:
    """One published composite."""

    estimate: LagEstimate
    catchup: Interval
    standing: Interval
    trend: LagTrend | None
    n_models: tuple[int, int]
    n_benchmarks: int
    n_scores: int
    too_little_data: bool


def present_composite(estimate: LagEstimate | None) -> CompositeLag | None:
    """Return the composite, or None where there is none."""
    if estimate is None:
        return None
    whole = estimate.values["composite"]
    follower, leader = whole["n_models"]
    return CompositeLag(
        estimate=estimate,
        catchup=read_interval(whole["catchup"]),
        standing=read_interval(whole["standing"]),
        trend=_trend(estimate.values["trend"]),
        n_models=(follower, leader),
        n_benchmarks=whole["n_benchmarks"],
        n_scores=whole["n_scores"],
        too_little_data=whole["too_little_data"],
    )


def read_interval(row: dict[str, Any]) -> Interval:
    """Read a published figure."""
    return Interval(row.get("status", "ok"), row["median"], row["lo"], row["hi"])


def _trend(values: dict[str, Any]) -> LagTrend | None:
    if values["slope_months_per_year"] is None:
        return None
    return LagTrend(
        months=values.get("months", MONTHS),  # absent in method 1
        slope=values["slope_months_per_year"],
        low=values["lo"],
        high=values["hi"],
        p_shrinking=values["p_shrinking"],
        parity_on=values["parity"]["median"],
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
            catchup=read_interval(lag.composite["catchup"]),
            n_benchmarks=lag.composite["n_benchmarks"],
            n_models=sum(lag.composite["n_models"]),
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
    """Return the records of both cohorts, newest first, each with the probability that it was one."""
    values = estimate.values
    shares = {row["model"]: row["set_frontier"] for row in values.get("records", ())}
    cohorts = {"follower": estimate.follower, "leader": estimate.leader}
    rows = [
        FrontierRecord(
            slug=row["model"],
            name=values["names"].get(row["model"], row["model"]),
            country=cohorts[side],
            on=date.fromisoformat(row["date"]),
            level=row["level"],
            share=shares.get(row["model"]),
        )
        for side, frontier in values.get("frontiers", {}).items()
        for row in frontier
    ]
    return sorted(rows, key=lambda row: (row.on, row.level), reverse=True)


def standing_path(estimate: LagEstimate) -> list[DatedLag]:
    """Return the standing lag month by month, newest first."""
    path = estimate.values.get("path", ())
    return [DatedLag(date.fromisoformat(row["date"]), read_interval(row)) for row in reversed(path)]
