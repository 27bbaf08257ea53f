"""Publish the lag: one immutable estimate for each comparison whose data have changed, and what moved it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day
from typing import Any

from django.db import transaction

from evals.queries import LagInput, benchmarks, facts_known_at, lag_input, record_version
from leaderboard.lag import METHOD_VERSION
from leaderboard.lag.cells import by_benchmark, cells
from leaderboard.lag.data import Benchmark, Dataset
from leaderboard.lag.report import LagReport, report
from leaderboard.lag.summary import Best, best_by_day, summarise
from leaderboard.models import Attribution, EstimateData, LagEstimate, Publication
from leaderboard.operations.changes import explain_change
from leaderboard.operations.estimate_values import (
    benchmark_values,
    composite_values,
    leader_best,
    reading_values,
)
from leaderboard.operations.lag_data import (
    OPENNESS_PAIR,
    Comparison,
    bounded_tests,
    content_of,
    data_dates,
    data_hash,
    dataset,
    is_comparable,
    leads_rest_on,
    only,
    represented,
)
from leaderboard.queries import last_publication

COMPARISONS = (
    Comparison(),
    Comparison(OPENNESS_PAIR),
    Comparison(attribution=Attribution.BASE_MODEL.value),
    Comparison(attribution=Attribution.HOST.value),
    Comparison(attribution=Attribution.ANNOUNCEMENT.value),
)
"""All are published over every benchmark; the two pairs by headquarters also on each benchmark and domain."""


@dataclass(frozen=True)
class Known:
    """The record as one publication sees it, and its dates and names."""

    found: LagInput
    dates: dict[str, date]
    names: dict[str, str]
    ids: dict[str, int]
    now: datetime

    @classmethod
    def of(cls, found: LagInput, now: datetime) -> Known:
        """Take what was found on record."""
        names = {model.slug: model.name for model in found.models}
        return cls(found, data_dates(found), names, {row.slug: row.pk for row in benchmarks()}, now)

    def as_of(self, data: Dataset) -> date | None:
        """Return the day to which the data of all their benchmarks go."""
        return max((self.dates[row.id] for row in data.benchmarks if row.id in self.dates), default=None)

    def since(self, data: Dataset, as_of: date) -> datetime:
        """Return since when an estimate could be known: its as-of day if all its facts were known then."""
        latest = facts_known_at(benchmarks=[row.id for row in data.benchmarks])
        begins = datetime.combine(as_of, time_of_day.min, UTC)
        known_then = latest is not None and latest < begins + timedelta(days=1)
        return max(begins, latest) if latest and known_then else self.now


def publish_estimates(
    *, now: datetime, comparisons: tuple[Comparison, ...] = COMPARISONS
) -> list[LagEstimate]:
    """Publish every comparison unless exactly it is published; how long that took is kept."""
    began, version = time.perf_counter(), record_version().version
    known = Known.of(lag_input(), now)
    published = [row for comparison in comparisons for row in publish_comparison(known, comparison)]
    Publication.objects.create(
        record_version=version,
        started_at=now,
        seconds=time.perf_counter() - began,
        n_published=len(published),
    )
    return published


def record_has_changed() -> bool:
    """Tell whether the record is another one than the publisher saw last."""
    last = last_publication()
    return last is None or last.record_version != record_version().version


def publish_comparison(known: Known, comparison: Comparison) -> list[LagEstimate]:
    """Publish one comparison: its composite and, by headquarters, each domain and benchmark."""
    data = dataset(known.found, comparison)
    published = publish_composite(known, comparison, data)
    if comparison.attribution != Attribution.HEADQUARTERS:
        return published
    for domain in sorted({row.domain for row in known.found.benchmarks} - {""}):
        published += publish_composite(known, comparison, data, domain)
    indices = {row.slug for row in known.found.benchmarks if row.kind == "index"}
    for benchmark in sorted(data.benchmarks, key=lambda row: row.id not in indices):
        published += publish_one(known, comparison, data, benchmark)
    return published


def publish_composite(
    known: Known, comparison: Comparison, data: Dataset, domain: str = ""
) -> list[LagEstimate]:
    """Publish the lag over all benchmarks or a domain's, with each reading; nothing where it is published."""
    data = bounded_tests(data, comparison.pair, domain)
    as_of = known.as_of(data)
    if as_of is None:
        return []
    key = _key(comparison, as_of, data_hash(data)) | {"benchmark": None, "domain": domain}
    if LagEstimate.objects.filter(**key, reading="").exists():
        return []
    former = None if domain else former_of(comparison, domain)
    made = report(data, comparison.pair, as_of)
    estimate = _kept(key, made, data, known)
    if estimate is None:
        return []
    if former is not None:
        explain_change(estimate=estimate, former=former, pair=comparison.pair, now=known.now)
    return [estimate]


def former_of(comparison: Comparison, domain: str) -> LagEstimate | None:
    """Return the composite of this kind that was published last."""
    return (
        LagEstimate.objects.filter(
            follower=comparison.pair.follower,
            leader=comparison.pair.leader,
            benchmark=None,
            domain=domain,
            reading="",
            attribution=comparison.attribution,
        )
        .order_by("-published_at", "-pk")
        .first()
    )


@transaction.atomic
def _kept(key: dict[str, Any], made: LagReport, data: Dataset, known: Known) -> LagEstimate | None:
    fixed = {"seed": made.composite.seed, "published_at": known.now}
    fixed |= {"known_at": known.since(data, key["as_of"])}
    values = composite_values(made, known.names)
    estimate, created = LagEstimate.objects.get_or_create(
        **key, reading="", defaults=fixed | {"values": values, "state": made.composite.status.value}
    )
    if not created:
        return None
    LagEstimate.objects.bulk_create(
        LagEstimate(**key, **fixed, reading=name, state=found["state"], values=found)
        for name, found in reading_values(made).items()
    )
    if not key["domain"]:
        EstimateData.objects.get_or_create(
            data_hash=key["data_hash"], defaults={"content": content_of(data), "kept_at": known.now}
        )
    return estimate


def publish_one(
    known: Known, comparison: Comparison, data: Dataset, benchmark: Benchmark
) -> list[LagEstimate]:
    """Publish one benchmark's estimate; nothing where exactly what it depends on is published already."""
    as_of = known.dates.get(benchmark.id)
    if as_of is None or not is_comparable(data, benchmark, comparison.pair):
        return []
    own = only(represented(data, as_of), benchmark)
    if not is_comparable(own, benchmark, comparison.pair):
        return []
    best = best_of(comparison, data, as_of)
    rests_on = leads_rest_on(own, best, comparison.pair, as_of)
    key = _key(comparison, as_of, data_hash(own, rests_on)) | {"benchmark_id": known.ids[benchmark.id]}
    if LagEstimate.objects.filter(**key, reading="").exists():
        return []
    lag = summarise(own, comparison.pair, as_of, benchmark.id, best).benchmarks[benchmark.id]
    estimate, created = LagEstimate.objects.get_or_create(
        **key,
        reading="",
        defaults={
            "values": benchmark_values(lag, known.names),
            "state": lag.catchup.status.value,
            "published_at": known.now,
            "known_at": known.since(own, as_of),
        },
    )
    return [estimate] if created else []


def best_of(comparison: Comparison, data: Dataset, as_of: date) -> Best:
    """Return what names the leader's best model of a day: by the newest composite, else by its records."""
    composite = former_of(comparison, "")
    steps = leader_best(composite.values) if composite else None
    if steps:
        return lambda day: next((model for on, model in reversed(steps) if on <= day), None)
    return best_by_day(by_benchmark(cells(data, as_of)), comparison.pair.leader)


def _key(comparison: Comparison, as_of: date, digest: str) -> dict[str, Any]:
    return {
        "follower": comparison.pair.follower,
        "leader": comparison.pair.leader,
        "attribution": comparison.attribution,
        "as_of": as_of,
        "method_version": METHOD_VERSION,
        "data_hash": digest,
    }
