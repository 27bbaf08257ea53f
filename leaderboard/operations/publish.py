"""Publish the lag: one immutable estimate for each benchmark whose data have changed, with its charts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Any

from django.db import transaction

from evals import models as record
from evals.queries import benchmarks, facts_known_at, lag_input
from leaderboard.charts import frontiers, lag_over_time
from leaderboard.charts.draw import svg
from leaderboard.charts.lag_events import over_time
from leaderboard.charts.lag_frontiers import frontiers_of
from leaderboard.charts.palette import LIGHT, SIZES, THEMES, recoloured
from leaderboard.lag import METHOD_VERSION
from leaderboard.lag.data import Benchmark, Dataset
from leaderboard.lag.report import report
from leaderboard.lag.summary import BenchmarkLag, LagSummary, summarise
from leaderboard.models import Chart, LagEstimate
from leaderboard.operations.lag_data import (
    PAIR,
    bounded_tests,
    data_dates,
    data_hash,
    dataset,
    is_comparable,
    only,
)

COHORT_NAMES = {"CN": "China", "US": "US"}
OVER_TIME_TITLE = "Months that China is behind the US"


def publish_estimates(*, now: datetime) -> list[LagEstimate]:
    """Publish the composite and each benchmark that both cohorts have, unless exactly it is published."""
    found = lag_input()
    data = dataset(found)
    dates = data_dates(found)
    scales = {row.slug: row for row in benchmarks()}
    names = {model.slug: model.name for model in found.models}
    published = [publish_composite(bounded_tests(data), dates, names, now)]
    for benchmark in sorted(data.benchmarks, key=lambda row: scales[row.id].kind != "index"):
        if (as_of := dates.get(benchmark.id)) and is_comparable(data, benchmark):
            published.append(publish_one(data, benchmark, scales[benchmark.id], as_of, names, now))
    return [estimate for estimate in published if estimate]


def publish_composite(
    data: Dataset, dates: dict[str, date], names: dict[str, str], now: datetime
) -> LagEstimate | None:
    """Publish the lag over all benchmarks; None where it is published, or there is nothing to compare."""
    as_of = max((dates[row.id] for row in data.benchmarks if row.id in dates), default=None)
    if as_of is None:
        return None
    key = key_of(None, as_of, data)
    if LagEstimate.objects.filter(**key).exists():
        return None
    told = {"published_at": now, "known_at": known_at(data, as_of, now)}
    estimate, created = LagEstimate.objects.get_or_create(
        **key, defaults={"values": composite_values(data, as_of, names), **told}
    )
    return estimate if created else None


def publish_one(
    data: Dataset,
    benchmark: Benchmark,
    row: record.Benchmark,
    as_of: date,
    names: dict[str, str],
    now: datetime,
) -> LagEstimate | None:
    """Publish one benchmark's estimate; None where exactly these data are published already."""
    key = key_of(row, as_of, only(data, benchmark))
    if LagEstimate.objects.filter(**key).exists():
        return None
    summary = summarise(data, PAIR, as_of, benchmark.id)
    lag = summary.benchmarks[benchmark.id]
    charts = list(drawn(lag, as_of, names, row))
    told = {"published_at": now, "known_at": known_at(only(data, benchmark), as_of, now)}
    with transaction.atomic():
        estimate, created = LagEstimate.objects.get_or_create(
            **key, defaults={"values": values_of(summary, lag, names), **told}
        )
        if created:
            Chart.objects.bulk_create(Chart(estimate=estimate, **chart) for chart in charts)
    return estimate if created else None


def key_of(benchmark: record.Benchmark | None, as_of: date, data: Dataset) -> dict[str, Any]:
    """Return what tells an estimate from every other one."""
    return {
        "follower": PAIR.follower,
        "leader": PAIR.leader,
        "benchmark": benchmark,
        "as_of": as_of,
        "method_version": METHOD_VERSION,
        "data_hash": data_hash(data),
    }


def known_at(data: Dataset, as_of: date, now: datetime) -> datetime:
    """Return since when an estimate could be known: its as-of day if all its facts were known on that day."""
    latest = facts_known_at(benchmarks=[row.id for row in data.benchmarks])
    begins = datetime.combine(as_of, time.min, UTC)
    known_then = latest is not None and latest < begins + timedelta(days=1)
    return max(begins, latest) if latest and known_then else now


def composite_values(data: Dataset, as_of: date, names: dict[str, str]) -> dict[str, Any]:
    """Return what is published of the lag over all benchmarks."""
    values = report(data, PAIR, as_of).plain()
    del values["benchmarks"]
    values["names"] = {row["model"]: names[row["model"]] for row in values["records"]}
    return values


def values_of(summary: LagSummary, lag: BenchmarkLag, names: dict[str, str]) -> dict[str, Any]:
    """Return what is published: the exact lags, and the names of the models in them."""
    plain: dict[str, Any] = summary.plain()["benchmarks"][lag.benchmark]
    shown = {row["model"] for row in plain["event_lags"]} | {row["match"] for row in plain["event_lags"]}
    shown |= {lag.standing.match, lag.standing.mirror_match}
    shown |= {model for segment in lag.catchup.segments for model in (segment.follower, segment.leader)}
    points = {"follower": lag.follower_frontier, "leader": lag.leader_frontier}
    frontiers = {
        side: [
            {"model": point.model, "date": date.fromordinal(point.day).isoformat(), "level": point.value}
            for point in frontier.records
        ]
        for side, frontier in points.items()
    }
    counts = {side: len(frontier.points) for side, frontier in points.items()}
    shown |= {point.model for frontier in points.values() for point in frontier.records}
    return plain | {
        "events": asdict(lag.events),
        "frontiers": frontiers,
        "n_models": counts,
        "names": {slug: names[slug] for slug in sorted(slug for slug in shown if slug)},
    }


def drawn(
    lag: BenchmarkLag, as_of: date, names: dict[str, str], benchmark: record.Benchmark
) -> Iterator[dict[str, Any]]:
    """Draw the charts of an estimate: the frontiers, and the lag over time where any lag has a value."""
    shown = frontiers_of(
        lag,
        as_of,
        names,
        follower=COHORT_NAMES[PAIR.follower],
        leader=COHORT_NAMES[PAIR.leader],
        title=benchmark.name,
        percent=benchmark.unit == "fraction",
    )
    yield from _themes("frontiers", partial(frontiers.spec, shown))
    lags = over_time(lag, as_of, names, OVER_TIME_TITLE)
    if lags.events or lags.pieces:
        yield from _themes("lags", partial(lag_over_time.spec, lags))


def _themes(name: str, spec: Callable[..., dict[str, Any]]) -> Iterator[dict[str, Any]]:
    # Each size is drawn once: the other theme is the same drawing in other colours.
    for size in SIZES.values():
        light = svg(spec(size=size, palette=LIGHT))
        for theme, palette in THEMES.items():
            yield {
                "name": name,
                "theme": f"{theme}-{size.name}",
                "spec": spec(size=size, palette=palette),
                "svg": recoloured(light, palette),
            }
