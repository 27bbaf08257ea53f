"""Builders of rows for page tests: a catalogue, published lags with charts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings

from evals import queries as record
from evals.models import Benchmark, Developer, Model, Score
from evals.operations.catalogue.registration import load_catalogue
from leaderboard.comparisons import Comparison
from leaderboard.models import LagEstimate
from leaderboard.operations.charts import draw_estimate_charts
from leaderboard.operations.publish import RecordSnapshot, publish_benchmark
from leaderboard.operations.publish import publish_composite as publish_composite_of
from tests.support.record import NOW

AS_OF = date(2026, 8, 11)


def load_real_catalogue() -> None:
    """Load the catalogue of the project."""
    load_catalogue(folder=Path(settings.BASE_DIR) / "evals" / "catalogue", now=NOW)


def publish_values(benchmark: Benchmark | None, **parts: Any) -> LagEstimate:
    """Publish an estimate with the given values; by default China is behind."""
    segment = {
        "low": 1.0,
        "high": 2.0,
        "date": "2026-07-16",
        "lag_months": 5.0,
        "follower": "a",
        "leader": "b",
    }
    values: dict[str, Any] = {
        "catchup": {"status": "ok", "lag_months": 5.0, "width": 1.0, "n_events": 1, "segments": [segment]},
        "standing": {"state": "behind", "signed_months": 4.0, "gap": 3.0, "match": "b", "at_least": False},
        "event_lags": [event()],
        "events": {
            "n_events": 1,
            "n_behind": 1,
            "n_ahead": 0,
            "n_at_least": 0,
            "mean_months": 5.0,
            "median_months": 5.0,
            "last_months": 5.0,
        },
        "frontiers": {
            "follower": [{"model": "a", "date": "2026-07-16", "level": 2.0}],
            "leader": [{"model": "b", "date": "2026-02-16", "level": 5.0}],
        },
        "names": {"a": "Alpha", "b": "Beta"},
    }
    return LagEstimate.objects.create(
        follower="CN",
        leader="US",
        benchmark=benchmark,
        as_of=AS_OF,
        method_version="1",
        data_hash="5" * 64,
        values=values | parts,
        published_at=NOW,
    )


def event(**fields: Any) -> dict[str, Any]:
    """Return one record of China, by default five months behind."""
    return {
        "model": "a",
        "date": "2026-07-16",
        "level": 2.0,
        "status": "behind",
        "match": "b",
        "lag_months": 5.0,
        "lag_lo": 5.0,
        "lag_hi": 5.0,
        "at_least": False,
        "verified": None,
        "saturated": False,
    } | fields


def publish(*slugs: str, languages: Sequence[str] = ("en",)) -> None:
    """Publish the lag on some benchmarks of the record, with its charts, as the worker does."""
    known, comparison = RecordSnapshot.of(record.lag_input(), NOW), Comparison()
    for benchmark in known.lag_input.benchmarks:
        if benchmark.slug in slugs:
            for estimate in publish_benchmark(known, replace(comparison, benchmarks=(benchmark.slug,))):
                draw(estimate, languages)


def publish_composite(*domains: str, languages: Sequence[str] = ("en",)) -> LagEstimate:
    """Publish the lag over all benchmarks, and over some domains', with its charts, as the worker does."""
    known, comparison = RecordSnapshot.of(record.lag_input(), NOW), Comparison()
    (estimate,) = publish_composite_of(known, comparison)
    for domain in domains:
        publish_composite_of(known, replace(comparison, domain=domain))
    draw(estimate, languages)
    return estimate


def draw(estimate: LagEstimate, languages: Sequence[str]) -> None:
    """Draw the charts of an estimate in some languages."""
    for language in languages:
        draw_estimate_charts(estimate=estimate, language=language)


def make_models(count: int) -> Benchmark:
    """Make models of two countries, each with a score on the index; return the index."""
    benchmark = Benchmark.objects.create(
        slug="epoch-capabilities-index",
        name="Epoch Capabilities Index",
        kind="index",
        unit="points",
        domain="index",
    )
    sides = [
        Developer.objects.create(slug=f"dev-{code.lower()}", name=f"Developer {code}", country=code)
        for code in ("CN", "US")
    ]
    for i in range(count):
        model = Model.objects.create(
            slug=f"model-{i:03}",
            name=f"Model {i:03}",
            developer=sides[i % 2],
            openness="open" if i % 3 else "closed",
            released_on=AS_OF - timedelta(days=5 * (count - i)),
        )
        Score.objects.create(
            model=model,
            benchmark=benchmark,
            value=100 + i + 3 * (i % 2),
            provenance="reported",
            reported_by="independent",
            source="A report, https://example.org/report",
            observed_on=AS_OF,
            recorded_at=NOW,
        )
    return benchmark
