"""Reads of the lag over all benchmarks: its figures, without the frontiers that they were read from."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from leaderboard.comparisons import Comparison
from leaderboard.lag.data import Pair
from leaderboard.lag.intervals import IntervalState
from leaderboard.models import (
    LagEstimate,
)
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
    """One reading of a published composite, without its benchmarks' values; "" has our own figures."""

    pk: int
    attribution: str
    scope: str
    reading: str
    as_of: date
    composite: Any
    values: dict[str, Any]

    @property
    def comparison(self) -> Comparison:
        """Return what it answers."""
        told = f"follower={FOLLOWER}&leader={LEADER}&attribution={self.attribution}"
        return Comparison.from_text(f"{told}&{self.scope}" if self.scope else told)


def composite_readings(*, scopes: Iterable[str] = ()) -> list[CompositeReading]:
    """Return every reading of China's newest lag over all benchmarks: by each rule, and in some scopes."""
    columns = ("pk", "attribution", "scope", "reading", "as_of", "values__composite")
    parts = ("state", "months", "lo", "hi", "n", "at_least")
    found = newest_estimates().filter(follower=FOLLOWER, leader=LEADER, benchmark=None, domain="")
    found = found.filter(scope__in=["", *scopes]).order_by("pk")
    rows: Iterable[tuple[Any, ...]] = found.values_list(*columns, *(f"values__{part}" for part in parts))
    told = (dict(zip((*columns, *parts), row, strict=True)) for row in rows)
    return [
        CompositeReading(
            **{name: row[name] for name in columns[:-1]},
            composite=row[columns[-1]],
            values={part: row[part] for part in parts},
        )
        for row in told
    ]


@dataclass(frozen=True, slots=True)
class CompositeDiagnostics:
    """What the newest composite says of its parts, without its frontiers."""

    pk: int
    as_of: date
    diagnostics: dict[str, Any] | None
    fragility: dict[str, Any] | None


def composite_diagnostics() -> CompositeDiagnostics | None:
    """Return the diagnostics of China's newest lag over all benchmarks, or None."""
    found = lag_estimates(follower=FOLLOWER, leader=LEADER).filter(benchmark=None)
    row = found.values_list("pk", "as_of", "values__diagnostics", "values__fragility").first()
    return CompositeDiagnostics(*row) if row else None


@dataclass(frozen=True, slots=True)
class DomainLag:
    """A domain's newest composite: its figures, without the frontiers that they were read from."""

    estimate_id: int
    domain: str
    composite: dict[str, Any]


def domain_lags(*, pair: Pair = PAIR) -> list[DomainLag]:
    """Return the newest composite of each domain, those over most benchmarks first."""
    found = newest_estimates().filter(
        follower=pair.follower, leader=pair.leader, reading="", attribution=HEADQUARTERS, benchmark=None
    )
    found = found.filter(scope="")
    rows = found.exclude(domain="").values_list("pk", "domain", "values__composite")
    lags = [DomainLag(*row) for row in rows]
    return sorted(lags, key=lambda lag: (-lag.composite["n_benchmarks"], lag.domain))


def composite_lag(*, pair: Pair = PAIR) -> LagEstimate | None:
    """Return the newest published lag of a pair over all benchmarks, or None."""
    return lag_estimates(follower=pair.follower, leader=pair.leader).filter(benchmark=None).first()


def first_composite(*, on: date) -> LagEstimate | None:
    """Return the first lag of China behind the US over all benchmarks that is given and goes to a day."""
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
    """A published lag over all benchmarks: its figures, without what they were read from."""

    estimate_id: int
    as_of: date
    method_version: str
    composite: dict[str, Any]


def newest_composites(comparisons: Collection[Comparison]) -> dict[Comparison, PublishedComposite]:
    """Return the newest published composite of each of some comparisons that has one. One query."""
    wanted = {(one.pair.follower, one.pair.leader, one.scope): one for one in comparisons}
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
    found = {(follower, leader, scope): PublishedComposite(*rest) for follower, leader, scope, *rest in rows}
    return {one: found[key] for key, one in wanted.items() if key in found}
