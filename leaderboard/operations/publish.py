"""Publish the lag: an immutable estimate for each comparison whose data have changed, with an explanation."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day
from typing import Any

from django.db import IntegrityError, transaction

from evals.queries import LagInput, benchmarks, facts_known_at, lag_input, record_version
from leaderboard.comparisons import OPEN_AND_CLOSED, Comparison
from leaderboard.estimate_values import BenchmarkValues, CompositeValues, ReadingValues
from leaderboard.lag import METHOD_VERSION
from leaderboard.lag.data import Benchmark, Dataset
from leaderboard.lag.report import compute_report
from leaderboard.lag.score_selection import by_benchmark, cells
from leaderboard.lag.summary import BestByDay, rank_best_by_day, summarise_lags
from leaderboard.models import Attribution, EstimateData, LagEstimate, Publication, RequestedEstimate
from leaderboard.operations.announcements import announce_publication
from leaderboard.operations.changes import Explanation, explain_change, store_change
from leaderboard.operations.lag_data import (
    benchmark_data,
    comparison_data,
    composite_data,
    data_dates,
    data_hash,
    dataset_to_json,
    is_comparable,
    lead_dependencies,
    select_representatives,
)
from leaderboard.queries import last_publication, page_comparisons

COMPARISONS = (
    Comparison(),
    OPEN_AND_CLOSED,
    Comparison(attribution=Attribution.BASE_MODEL.value),
    Comparison(attribution=Attribution.HOST.value),
    Comparison(attribution=Attribution.ANNOUNCEMENT.value),
)
DETAILED_COMPARISONS = tuple(row for row in COMPARISONS if row.attribution == Attribution.HEADQUARTERS)
"""All are published over every benchmark; the two by headquarters also for each benchmark and domain."""

YEARS_BACK = 2


def composite_only_comparisons(today: date) -> tuple[Comparison, ...]:
    """Return the headline comparison on other sets and dates, published as composites only."""
    sets = tuple(Comparison(visibility=visibility) for visibility in ("public", "private"))
    return sets + tuple(Comparison(on=date(today.year - n, 12, 31)) for n in range(1, YEARS_BACK + 1))


@dataclass(frozen=True)
class RecordSnapshot:
    """The record as read for one publication, with its dates and names."""

    lag_input: LagInput
    dates: dict[str, date]
    names: dict[str, str]
    ids: dict[str, int]
    now: datetime
    laid: dict[Comparison, Dataset] = field(default_factory=dict)
    chosen: dict[tuple[Comparison, date], Dataset] = field(default_factory=dict)
    best: dict[Comparison, list[tuple[int, str]]] = field(default_factory=dict)

    @classmethod
    def of(cls, lag_input: LagInput, now: datetime) -> RecordSnapshot:
        """Build the snapshot from the record."""
        names = {model.slug: model.name for model in lag_input.models}
        return cls(lag_input, data_dates(lag_input), names, {row.slug: row.pk for row in benchmarks()}, now)

    def data(self, comparison: Comparison) -> Dataset:
        """Return the data that a comparison covers. Cached."""
        comparison = replace(comparison, reading="")
        if comparison not in self.laid:
            self.laid[comparison] = comparison_data(self.lag_input, comparison)
        return self.laid[comparison]

    def represented(self, comparison: Comparison, as_of: date) -> Dataset:
        """Return the same data with one variant of each release, as known on a date. Cached."""
        if (comparison, as_of) not in self.chosen:
            self.chosen[comparison, as_of] = select_representatives(self.data(comparison), as_of)
        return self.chosen[comparison, as_of]

    def as_of(self, benchmarks: Iterable[Benchmark], comparison: Comparison) -> date | None:
        """Return the date of the data of some benchmarks, or the comparison's own date if that is earlier."""
        day = max((self.dates[row.id] for row in benchmarks if row.id in self.dates), default=None)
        return min(day, comparison.on) if day and comparison.on else day

    def since(self, data: Dataset, as_of: date) -> datetime:
        """Return when an estimate became knowable: on its as-of date if all its facts were known by then."""
        latest = facts_known_at(benchmarks=[row.id for row in data.benchmarks])
        begins = datetime.combine(as_of, time_of_day.min, UTC)
        known_then = latest is not None and latest < begins + timedelta(days=1)
        return max(begins, latest) if latest and known_then else self.now


def publish_estimates(
    *, now: datetime, comparisons: tuple[Comparison, ...] = COMPARISONS
) -> list[LagEstimate]:
    """Publish every changed comparison, by default with the composites of pages; record the duration."""
    began, version = time.perf_counter(), record_version().version
    known = RecordSnapshot.of(lag_input(), now)
    published = [row for comparison in comparisons for row in publish_comparison(known, comparison)]
    composites = (
        [*page_comparisons(), *composite_only_comparisons(now.date())] if comparisons is COMPARISONS else ()
    )
    for comparison in composites:
        published += publish_composite(known, comparison)
    with transaction.atomic():
        announce_publication(former=last_publication(), now=now)
        Publication.objects.create(
            record_version=version,
            started_at=now,
            seconds=time.perf_counter() - began,
            n_published=len(published),
        )
    return published


def record_has_changed() -> bool:
    """Tell whether the record has changed since the last publication."""
    last = last_publication()
    return last is None or last.record_version != record_version().version


def publish_comparison(known: RecordSnapshot, comparison: Comparison) -> list[LagEstimate]:
    """Publish a comparison: its composite and, by headquarters, each domain and benchmark."""
    published = publish_composite(known, comparison)
    if comparison not in DETAILED_COMPARISONS:
        return published
    for domain in sorted({row.domain for row in known.lag_input.benchmarks} - {""}):
        published += publish_composite(known, replace(comparison, domain=domain))
    indices = {row.slug for row in known.lag_input.benchmarks if row.kind == "index"}
    slugs = [row.id for row in known.data(comparison).benchmarks]
    for slug in sorted(slugs, key=lambda slug: slug not in indices):
        published += publish_benchmark(known, replace(comparison, benchmarks=(slug,)))
    return published


def publish_requested(
    known: RecordSnapshot, comparison: Comparison, *, requested_at: datetime | None = None
) -> LagEstimate | None:
    """Publish a requested comparison and return its estimate; None if no benchmark has scores of both.

    With `requested_at`, a new estimate is temporary, and one that is temporary is kept from then on.
    """
    case = estimate_input(known, comparison)
    if case is None:
        return None
    publish = publish_benchmark if comparison.benchmark else publish_composite
    publish(known, comparison, requested_at=requested_at)
    estimate = LagEstimate.objects.get(**case.key, reading="")
    RequestedEstimate.objects.filter(estimate=estimate, requested_at__lt=requested_at or known.now).update(
        requested_at=requested_at or known.now
    )
    return estimate


def estimate_input(known: RecordSnapshot, comparison: Comparison) -> EstimateInput | None:
    """Return the input of a comparison's estimate, or None if no benchmark has scores of both cohorts."""
    return (_benchmark_input if comparison.benchmark else _composite_input)(known, comparison)


@dataclass(frozen=True)
class EstimateInput:
    """The input of an estimate, and the columns that identify it."""

    data: Dataset
    as_of: date
    key: dict[str, Any]


def publish_composite(
    known: RecordSnapshot, comparison: Comparison, *, requested_at: datetime | None = None
) -> list[LagEstimate]:
    """Publish the lag over several benchmarks with its readings, unless it is published."""
    case = _composite_input(known, comparison)
    if case is None or LagEstimate.objects.filter(**case.key, reading="").exists():
        return []
    lag_report = compute_report(case.data, comparison.pair, case.as_of)
    why = None
    if comparison in COMPARISONS and (former := previous_composite(comparison)):
        fit = lag_report.joint_draws.fit if lag_report.joint_draws else None
        why = explain_change(
            former=former, after=case.data, pair=comparison.pair, as_of=case.as_of, whole=fit
        )
    fixed = {"seed": lag_report.composite.seed, "published_at": known.now}
    fixed |= {"known_at": known.since(case.data, case.as_of)}
    estimate = LagEstimate(
        **case.key,
        **fixed,
        state=lag_report.composite.status.value,
        values=CompositeValues.of(lag_report, known.names).json,
    )
    readings = [
        LagEstimate(**case.key, **fixed, reading=name, state=values["state"], values=values)
        for name, values in ReadingValues.serialise(lag_report).items()
    ]
    content = dataset_to_json(case.data) if comparison in COMPARISONS else None
    known.best.clear()
    return [estimate] if _store(estimate, readings, content, why, requested_at) else []


@transaction.atomic
def _store(
    estimate: LagEstimate,
    readings: list[LagEstimate],
    content: dict[str, Any] | None,
    why: Explanation | None,
    requested_at: datetime | None,
) -> bool:
    """Store an estimate with its readings, data and explanation; return False if another worker has done so.

    Nothing is computed in this transaction: on SQLite it keeps every run from writing.
    """
    try:
        with transaction.atomic():
            estimate.save(force_insert=True)
    except IntegrityError:
        return False
    if requested_at:
        RequestedEstimate.objects.create(estimate=estimate, requested_at=requested_at)
    LagEstimate.objects.bulk_create(readings)
    if content is not None:
        EstimateData.objects.get_or_create(
            data_hash=estimate.data_hash, defaults={"content": content, "kept_at": estimate.published_at}
        )
    if why is not None:
        store_change(why, estimate=estimate, now=estimate.published_at)
    return True


def _composite_input(known: RecordSnapshot, comparison: Comparison) -> EstimateInput | None:
    data = composite_data(known.data(comparison), comparison.pair)
    as_of = known.as_of(data.benchmarks, comparison)
    if as_of is None:
        return None
    return EstimateInput(data, as_of, _key(comparison, as_of, data_hash(data)) | {"benchmark": None})


def previous_composite(comparison: Comparison) -> LagEstimate | None:
    """Return the last published composite with the same identity."""
    whole = replace(comparison, domain="", benchmarks=(), reading="")
    return LagEstimate.objects.filter(**whole.columns).order_by("-published_at", "-pk").first()


def publish_benchmark(
    known: RecordSnapshot, comparison: Comparison, *, requested_at: datetime | None = None
) -> list[LagEstimate]:
    """Publish the estimate of one benchmark, unless one of the same inputs is published."""
    case = _benchmark_input(known, comparison)
    if case is None or LagEstimate.objects.filter(**case.key, reading="").exists():
        return []
    best = leader_best_lookup(known, comparison, case.as_of)
    lag = summarise_lags(case.data, comparison.pair, case.as_of, comparison.benchmark, best).benchmarks[
        comparison.benchmark
    ]
    estimate = LagEstimate(
        **case.key,
        values=BenchmarkValues.of(lag, known.names).json,
        state=lag.catchup.status.value,
        published_at=known.now,
        known_at=known.since(case.data, case.as_of),
    )
    return [estimate] if _store(estimate, [], None, None, requested_at) else []


def _benchmark_input(known: RecordSnapshot, comparison: Comparison) -> EstimateInput | None:
    whole, pair = replace(comparison, benchmarks=()), comparison.pair
    data = known.data(whole)
    benchmark = next((row for row in data.benchmarks if row.id == comparison.benchmark), None)
    as_of = known.as_of([benchmark], comparison) if benchmark else None
    if benchmark is None or as_of is None or not is_comparable(data, benchmark, pair):
        return None
    own = benchmark_data(known.represented(whole, as_of), benchmark)
    if not is_comparable(own, benchmark, pair):
        return None
    rests_on = lead_dependencies(own, leader_best_lookup(known, comparison, as_of), pair, as_of)
    key = _key(comparison, as_of, data_hash(own, rests_on)) | {"benchmark_id": known.ids[benchmark.id]}
    return EstimateInput(own, as_of, key)


def leader_best_lookup(known: RecordSnapshot, comparison: Comparison, as_of: date) -> BestByDay:
    """Return a lookup of the leader's best model by day: by the newest composite, else by its records."""
    whole = replace(comparison, domain="", benchmarks=(), reading="")
    if whole not in known.best:
        composite = previous_composite(whole)
        records = CompositeValues(composite.values).records("leader") if composite else []
        known.best[whole] = [(record.on.toordinal(), record.model) for record in records]
    steps = known.best[whole]
    if steps:
        return lambda day: next((model for on, model in reversed(steps) if on <= day), None)
    return rank_best_by_day(by_benchmark(cells(known.data(whole), as_of)), comparison.pair.leader)


def _key(comparison: Comparison, as_of: date, digest: str) -> dict[str, Any]:
    return {
        "follower": comparison.pair.follower,
        "leader": comparison.pair.leader,
        "attribution": comparison.attribution,
        "domain": comparison.domain,
        "scope": comparison.scope,
        "as_of": as_of,
        "method_version": METHOD_VERSION,
        "data_hash": digest,
    }
