"""The input of the lag statistics: every dated model, benchmark and score on record."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.db.models import F, Max, Q
from django.db.models.functions import Coalesce

from evals.models import Benchmark, ListPrice
from evals.queries.published import published_models, published_scores
from evals.queries.question_forms import in_comparable_form
from evals.queries.scores import provenance_with_vendor


@dataclass(frozen=True, slots=True)
class LagModel:
    """A model with its release date, and the facts that define cohorts.

    `prices` are list prices from a date on, in USD per million tokens, blended 3 input : 1 output.
    """

    slug: str
    name: str
    developer: str
    country: str
    base_country: str
    host_country: str
    openness: str
    released_on: date
    precision: str
    announced_on: date | None
    variant_of: str | None
    effort: str
    parameters_b: float | None
    weights_opened_on: date | None
    prices: tuple[tuple[date, float], ...] = ()


@dataclass(frozen=True, slots=True)
class LagBenchmark:
    """A benchmark with the scale of its scores."""

    slug: str
    name: str
    kind: str
    domain: str
    language: str
    direction: str
    chance: float | None
    ceiling: float | None
    items: int | None
    visibility: str = ""


@dataclass(frozen=True, slots=True)
class LagScore:
    """A score on record; `provenance` is measured, imported, reported or vendor."""

    model: str
    benchmark: str
    value: float
    stderr: float | None
    n: int | None
    provenance: str
    observed_on: date | None


@dataclass(frozen=True, slots=True)
class LagInput:
    """Models, benchmarks and scores; the model and benchmark of every score are included."""

    models: tuple[LagModel, ...]
    benchmarks: tuple[LagBenchmark, ...]
    scores: tuple[LagScore, ...]


def lag_input(*, as_of: date | None = None, benchmarks: Iterable[str] | None = None) -> LagInput:
    """Return the models released and scored by a date; undated models are left out. Four queries."""
    models = _models(as_of)
    scales = Benchmark.objects.order_by("slug")
    if benchmarks is not None:
        scales = scales.filter(slug__in=list(benchmarks))
    fields = (
        *("slug", "name", "kind", "domain", "language", "direction", "chance", "ceiling", "items"),
        "visibility",
    )
    known_benchmarks = tuple(LagBenchmark(*row) for row in scales.values_list(*fields))
    known = {model.slug for model in models}, {benchmark.slug for benchmark in known_benchmarks}
    scores = tuple(
        row for row in recorded_scores(as_of=as_of) if row.model in known[0] and row.benchmark in known[1]
    )
    return LagInput(models=models, benchmarks=known_benchmarks, scores=scores)


def facts_known_at(*, benchmarks: Iterable[str]) -> datetime | None:
    """Return when the last fact became known that lags on these benchmarks depend on, or None."""
    times = (
        *("known_at", "model__known_at", "model__developer__known_at", "benchmark__known_at"),
        *("model__confirmed_at", "model__developer__confirmed_at"),
        "submission__endpoint__vouch_changes__changed_at",
    )
    latest = (
        published_scores()
        .filter(benchmark__slug__in=list(benchmarks))
        .aggregate(**{f"at_{number}": Max(time) for number, time in enumerate(times)})
    )
    return max((at for at in latest.values() if at), default=None)


def _models(as_of: date | None) -> tuple[LagModel, ...]:
    released = published_models().filter(released_on__isnull=False).order_by("slug")
    if as_of:
        released = released.filter(released_on__lte=as_of)
    rows = released.annotate(
        developer_slug=F("developer__slug"),
        country=F("developer__country"),
        base_country=Coalesce("base_model__developer__country", "developer__country"),
        base=F("variant_of__slug"),
    )
    columns = (
        *("slug", "name", "developer_slug", "country", "base_country", "host_country", "openness"),
        *("released_on", "release_precision", "announced_on", "base", "effort", "parameters_b"),
        "weights_opened_on",
    )
    prices = _prices()
    models = (LagModel(*row) for row in rows.values_list(*columns))
    return tuple(replace(model, prices=prices.get(model.slug, ())) for model in models)


def _prices() -> dict[str, tuple[tuple[date, float], ...]]:
    by_model: dict[str, list[tuple[date, float]]] = defaultdict(list)
    columns = ("model__slug", "in_force_on", "input_usd_per_mtok", "output_usd_per_mtok")
    for model, on, given, taken in ListPrice.objects.order_by("in_force_on", "id").values_list(*columns):
        by_model[model].append((on, float(3 * given + taken) / 4))
    return {model: tuple(prices) for model, prices in by_model.items()}


def recorded_scores(
    *, as_of: date | None = None, benchmarks: Iterable[str] | None = None, models: Iterable[str] | None = None
) -> list[LagScore]:
    """Return the published scores over whole benchmarks in the comparable form. One query."""
    whole = published_scores().filter(partial_of__isnull=True)
    scores = whole.order_by("benchmark__slug", "model__slug", "id")
    if as_of:
        scores = scores.filter(Q(observed_on__isnull=True) | Q(observed_on__lte=as_of))
    scores = in_comparable_form(scores)
    if benchmarks is not None:
        scores = scores.filter(benchmark__slug__in=list(benchmarks))
    if models is not None:
        scores = scores.filter(model__slug__in=list(models))
    columns = ("model__slug", "benchmark__slug", "value", "stderr", "n", "provenance", "reported_by")
    return [
        LagScore(model, benchmark, value, stderr, n, provenance_with_vendor(provenance, reported_by), day)
        for model, benchmark, value, stderr, n, provenance, reported_by, day in scores.values_list(
            *columns, "observed_on"
        )
    ]
