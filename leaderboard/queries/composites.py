"""Read composites, the lags over several benchmarks, without their frontiers."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from leaderboard.comparisons import Comparison
from leaderboard.estimate_values import CompositeFigures, ReadingValues, RemovalValues
from leaderboard.lag.data import Pair
from leaderboard.lag.intervals import IntervalState
from leaderboard.models import LagEstimate
from leaderboard.queries.estimates import (
    FOLLOWER,
    HEADQUARTERS,
    LEADER,
    PAIR,
    lag_estimates,
    newest_estimates,
)


@dataclass(frozen=True, slots=True)
class CompositeReading:
    """One reading of a published composite: `figures` if the reading is "", otherwise `lag`."""

    pk: int
    attribution: str
    scope: str
    reading: str
    as_of: date
    figures: CompositeFigures
    lag: ReadingValues

    @property
    def comparison(self) -> Comparison:
        """Return the comparison that the reading answers."""
        text = f"follower={FOLLOWER}&leader={LEADER}&attribution={self.attribution}"
        return Comparison.from_text(f"{text}&{self.scope}" if self.scope else text)


def composite_readings(*, scopes: Iterable[str] = ()) -> list[CompositeReading]:
    """Return the readings of China's newest composite, by each rule, and in some scopes."""
    columns = ("pk", "attribution", "scope", "reading", "as_of", "values__composite")
    estimates = newest_estimates().filter(follower=FOLLOWER, leader=LEADER, benchmark=None, domain="")
    estimates = estimates.filter(scope__in=["", *scopes]).order_by("pk")
    rows: Iterable[tuple[Any, ...]]
    rows = estimates.values_list(*columns, *(f"values__{part.name}" for part in fields(ReadingValues)))
    return [
        CompositeReading(pk, rule, scope, reading, as_of, CompositeFigures(composite), ReadingValues(*lag))
        for pk, rule, scope, reading, as_of, composite, *lag in rows
    ]


@dataclass(frozen=True, slots=True)
class CompositeRemovals:
    """The lag of a published composite without parts of the data."""

    pk: int
    as_of: date
    values: RemovalValues


def composite_removals() -> CompositeRemovals | None:
    """Return the removals of China's newest composite, or None if they are not computed."""
    estimates = lag_estimates(follower=FOLLOWER, leader=LEADER).filter(benchmark=None)
    row = estimates.values_list("pk", "as_of", "values__diagnostics", "values__fragility").first()
    return CompositeRemovals(*row[:2], RemovalValues.parse(*row[2:])) if row and row[2] else None


@dataclass(frozen=True, slots=True)
class DomainLag:
    """The newest composite of a domain, without its frontiers."""

    estimate_id: int
    domain: str
    figures: CompositeFigures


def domain_lags(*, pair: Pair = PAIR) -> list[DomainLag]:
    """Return the newest composite of each domain, by falling number of benchmarks."""
    estimates = newest_estimates().filter(
        follower=pair.follower, leader=pair.leader, reading="", attribution=HEADQUARTERS, benchmark=None
    )
    rows = estimates.filter(scope="").exclude(domain="").values_list("pk", "domain", "values__composite")
    lags = [DomainLag(pk, domain, CompositeFigures(composite)) for pk, domain, composite in rows]
    return sorted(lags, key=lambda lag: (-lag.figures.n_benchmarks, lag.domain))


def composite_lag(*, pair: Pair = PAIR) -> LagEstimate | None:
    """Return the newest published lag of a pair over all benchmarks, or None."""
    return lag_estimates(follower=pair.follower, leader=pair.leader).filter(benchmark=None).first()


def first_composite(*, on: date) -> LagEstimate | None:
    """Return the first defined composite of China behind the US whose data reach a date, or None."""
    return (
        LagEstimate.objects.filter(
            follower=FOLLOWER, leader=LEADER, benchmark=None, domain="", reading="", as_of__gte=on
        )
        .filter(attribution=HEADQUARTERS, scope="", state=IntervalState.OK)
        .order_by("as_of", "published_at", "pk")
        .first()
    )


@dataclass(frozen=True, slots=True)
class PublishedComposite:
    """A published composite without its frontiers."""

    estimate_id: int
    as_of: date
    method_version: str
    figures: CompositeFigures


def newest_composites(comparisons: Collection[Comparison]) -> dict[Comparison, PublishedComposite]:
    """Return the newest published composite of each comparison that has one. One query."""
    wanted = {(row.pair.follower, row.pair.leader, row.scope): row for row in comparisons}
    rows = (
        LagEstimate.objects.filter(benchmark=None, domain="", reading="", attribution=HEADQUARTERS)
        .filter(
            follower__in={key[0] for key in wanted},
            leader__in={key[1] for key in wanted},
            scope__in={key[2] for key in wanted},
        )
        .order_by("as_of", "published_at", "pk")
        .values_list("follower", "leader", "scope", "pk", "as_of", "method_version", "values__composite")
    )
    newest = {row[:3]: PublishedComposite(*row[3:-1], CompositeFigures(row[-1])) for row in rows}
    return {comparison: newest[key] for key, comparison in wanted.items() if key in newest}
