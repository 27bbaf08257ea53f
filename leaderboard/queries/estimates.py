"""Reads of published estimates: the newest of each comparison, earlier ones, and their input data."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import F, OuterRef, Q, QuerySet, Subquery

from evals import queries as record
from leaderboard.comparisons import OPEN_AND_CLOSED, Comparison
from leaderboard.lag.data import Pair
from leaderboard.models import Attribution, EstimateData, LagEstimate, Publication

FOLLOWER, LEADER = "CN", "US"
PAIR = Pair(FOLLOWER, LEADER)
HEADQUARTERS = Attribution.HEADQUARTERS.value
HEADLINE_BENCHMARK = "epoch-capabilities-index"


def lag_estimates(
    *,
    follower: str = "",
    leader: str = "",
    benchmark: str = "",
    domain: str = "",
    reading: str = "",
    attribution: str = HEADQUARTERS,
    scope: str = "",
    as_of: date | None = None,
) -> QuerySet[LagEstimate]:
    """Return the newest estimate of each pair of cohorts and benchmark, up to a date if given.

    A composite has no benchmark; it may be restricted to a domain's benchmarks, and further by a scope.
    """
    kind = {"domain": domain, "scope": scope, "reading": reading, "attribution": attribution}
    exact = {"follower": follower, "leader": leader, "benchmark__slug": benchmark}
    return newest_estimates(as_of=as_of).filter(**kind, **record.without_empty_filters(exact))


def newest_estimates(*, as_of: date | None = None) -> QuerySet[LagEstimate]:
    """Return the newest estimate of every published comparison, up to a date if given."""
    names = ("follower", "leader", "domain", "scope", "reading", "attribution")
    same = LagEstimate.objects.filter(**{name: OuterRef(name) for name in names})
    if as_of:
        same = same.filter(as_of__lte=as_of)
    newest = same.order_by("-as_of", "-published_at", "-pk").values("pk")
    of_benchmark = Q(pk=Subquery(newest.filter(benchmark=OuterRef("benchmark"))[:1]))
    of_all = Q(benchmark__isnull=True, pk=Subquery(newest.filter(benchmark__isnull=True)[:1]))
    return LagEstimate.objects.select_related("benchmark").filter(of_benchmark | of_all)


def _of_published_pairs() -> Q:
    pairs = (Comparison().pair, OPEN_AND_CLOSED.pair)
    return Q(*(Q(follower=pair.follower, leader=pair.leader) for pair in pairs), _connector=Q.OR)


def current_estimates() -> list[LagEstimate]:
    """Return the current estimates that have charts: the headline first, the other pairs last."""
    estimates = newest_estimates().filter(
        _of_published_pairs(), attribution=HEADQUARTERS, reading="", domain=""
    )
    estimates = estimates.filter(scope="")
    first = {HEADLINE_BENCHMARK: 0}
    return sorted(
        estimates,
        key=lambda row: (
            row.follower != FOLLOWER,
            row.benchmark is not None,
            row.benchmark is not None and first.get(row.benchmark.slug, 1),
            row.pk,
        ),
    )


def estimates_of(comparison: Comparison) -> QuerySet[LagEstimate]:
    """Return every published estimate of a comparison, newest first."""
    estimates = LagEstimate.objects.select_related("benchmark", "requested").filter(**comparison.columns)
    return estimates.order_by("-as_of", "-published_at", "-pk")


def estimate_by_reading(estimate: LagEstimate, reading: str) -> LagEstimate | None:
    """Return an estimate by another reading of the same data, or None."""
    same = ("follower", "leader", "benchmark", "domain", "scope", "attribution")
    fixed = ("as_of", "method_version", "data_hash")
    columns = {name: getattr(estimate, name) for name in (*same, *fixed)}
    return LagEstimate.objects.filter(**columns, reading=reading).first()


def published_lags() -> list[LagEstimate]:
    """Return China's newest published lag behind the US on each benchmark, by the benchmark's name."""
    lags = lag_estimates(follower=FOLLOWER, leader=LEADER).filter(benchmark__isnull=False)
    return list(lags.order_by("benchmark__name"))


def lag_estimate(estimate_id: int) -> LagEstimate | None:
    """Return one published estimate, however old, or None."""
    return LagEstimate.objects.select_related("benchmark", "requested").filter(pk=estimate_id).first()


def newer_estimate(estimate: LagEstimate) -> LagEstimate | None:
    """Return the newest estimate of the same comparison if it is another one, or None."""
    kept = ("follower", "leader", "benchmark", "domain", "scope", "reading", "attribution")
    same = LagEstimate.objects.filter(**{name: getattr(estimate, name) for name in kept}).defer("values")
    newest = same.order_by("-as_of", "-published_at", "-pk").first()
    return newest if newest and newest.pk != estimate.pk else None


def other_readings(estimate: LagEstimate) -> list[LagEstimate]:
    """Return the estimates by other readings of the same data, the composite itself first."""
    kept = (
        "follower",
        "leader",
        "benchmark",
        "domain",
        "attribution",
        "as_of",
        "method_version",
        "data_hash",
    )
    same = LagEstimate.objects.filter(**{name: getattr(estimate, name) for name in kept}).defer("values")
    return list(same.exclude(pk=estimate.pk).order_by("reading"))


def published_lag(benchmark: str) -> LagEstimate | None:
    """Return China's newest published lag behind the US on one benchmark, or None."""
    return lag_estimates(follower=FOLLOWER, leader=LEADER, benchmark=benchmark).first()


def headline_facts() -> LagEstimate | None:
    """Return the headline estimate without its values, for dates and versions, or None."""
    whole, index = Q(benchmark=None), Q(benchmark__slug=HEADLINE_BENCHMARK)
    estimates = lag_estimates(follower=FOLLOWER, leader=LEADER).filter(whole | index).defer("values")
    return estimates.order_by(F("benchmark").asc(nulls_first=True)).first()


def estimate_data(data_hash: str) -> dict[str, Any] | None:
    """Return the stored input data of a composite, or None."""
    return EstimateData.objects.filter(data_hash=data_hash).values_list("content", flat=True).first()


def last_publication() -> Publication | None:
    """Return the publisher's last run, or None."""
    return Publication.objects.first()
