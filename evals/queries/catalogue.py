"""Reads of the catalogue: developers, models, benchmarks, suites, endpoints, claims, prices, adoption."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from evals.models import (
    Adoption,
    Benchmark,
    Claim,
    Developer,
    Endpoint,
    ListPrice,
    Model,
    ModelProposal,
    Score,
    Submission,
    Suite,
)
from evals.queries.endpoints import listed_endpoints
from evals.queries.filters import without_empty_filters
from evals.queries.published import listed_developers, listed_models, published_models, published_scores


def _count(rows: QuerySet[Any], *, of: str, per: str) -> Coalesce:
    """Count the distinct values of `of` per outer row in a subquery, without a join."""
    counted = rows.filter(**{per: OuterRef("pk")}).order_by().values(per)
    counted = counted.annotate(counted=Count(of, distinct=True)).values("counted")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def developers(*, country: str = "") -> QuerySet[Developer]:
    """Return developers with their number of models."""
    rows = listed_developers().annotate(n_models=_count(listed_models(), of="pk", per="developer"))
    return rows.filter(country=country) if country else rows


def models(
    *,
    country: str = "",
    openness: str = "",
    developer: str = "",
    benchmark: str = "",
    search: str = "",
    released_from: date | None = None,
    released_to: date | None = None,
) -> QuerySet[Model]:
    """Return models, newest first, with developer, base model and number of scored benchmarks."""
    rows = _with_benchmarks(listed_models())
    rows = rows.order_by(F("released_on").desc(nulls_last=True), "slug")
    exact = {"developer__country": country, "openness": openness, "developer__slug": developer}
    rows = rows.filter(**without_empty_filters(exact))
    if benchmark:
        rows = rows.filter(pk__in=Score.objects.filter(benchmark__slug=benchmark).values("model"))
    if search:
        rows = rows.filter(Q(name__icontains=search) | Q(slug__icontains=search))
    if released_from:
        rows = rows.filter(released_on__gte=released_from)
    if released_to:
        rows = rows.filter(released_on__lte=released_to)
    return rows


def _with_benchmarks(rows: QuerySet[Model]) -> QuerySet[Model]:
    rows = rows.select_related("developer", "base_model__developer", "variant_of")
    return rows.annotate(n_benchmarks=_count(Score.objects.all(), of="benchmark", per="model"))


def benchmarks(*, kind: str = "", domain: str = "", language: str = "") -> QuerySet[Benchmark]:
    """Return benchmarks with their number of scored models."""
    exact = {"kind": kind, "domain": domain, "language": language}
    rows = Benchmark.objects.annotate(n_models=_count(published_scores(), of="model", per="benchmark"))
    return rows.filter(**without_empty_filters(exact))


def benchmark(slug: str) -> Benchmark | None:
    """Return a benchmark by slug, or None."""
    return benchmarks().filter(slug=slug).first()


@dataclass(frozen=True, slots=True)
class Names:
    """Names of models and benchmarks by slug."""

    models: dict[str, str]
    benchmarks: dict[str, str]


def names(*, models: Collection[str], benchmarks: Collection[str]) -> Names:
    """Return the names of models and benchmarks; unknown slugs are left out. One query."""
    kinds: dict[str, tuple[type[Model | Benchmark], Collection[str]]] = {
        "models": (Model, models),
        "benchmarks": (Benchmark, benchmarks),
    }
    by_kind: dict[str, dict[str, str]] = {kind: {} for kind in kinds}
    rows = [
        table.objects.filter(slug__in=slugs).order_by().values_list(Value(kind), "slug", "name")
        for kind, (table, slugs) in kinds.items()
    ]
    for kind, slug, name in rows[0].union(rows[1], all=True):
        by_kind[kind][slug] = name
    return Names(**by_kind)


def suites(*, current: bool = True) -> QuerySet[Suite]:
    """Return suites with their tasks in order; with `current`, the newest version of each only."""
    rows = Suite.objects.select_related("benchmark").prefetch_related("suitetask_set__task__benchmark")
    return rows.filter(current=True) if current else rows


def endpoints(*, model: str = "", enabled: bool | None = None) -> QuerySet[Endpoint]:
    """Return the endpoints that public lists name, with their models and owners."""
    rows = listed_endpoints(Endpoint.objects.select_related("model__developer", "owner"))
    if model:
        rows = rows.filter(model__slug=model)
    return rows if enabled is None else rows.filter(enabled=enabled)


def claims(*, leader: str = "", follower: str = "") -> QuerySet[Claim]:
    """Return published claims of the lag, newest first."""
    exact = {"leader": leader, "follower": follower}
    return Claim.objects.filter(**without_empty_filters(exact))


def list_prices(
    *, model: str = "", provider: str = "", in_force_on: date | None = None
) -> QuerySet[ListPrice]:
    """Return list prices, oldest first; with a date, those in force on it."""
    rows = ListPrice.objects.select_related("model__developer").order_by("model", "provider", "in_force_on")
    exact = {"model__slug": model, "provider": provider}
    rows = rows.filter(**without_empty_filters(exact))
    return rows if in_force_on is None else rows.filter(in_force_on__lte=in_force_on)


def adoption(*, subject: str = "", measure: str = "") -> QuerySet[Adoption]:
    """Return published adoption figures, oldest first."""
    exact = {"subject": subject, "measure": measure}
    rows = Adoption.objects.order_by("subject", "measure", "observed_on")
    return rows.filter(**without_empty_filters(exact))


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """The content of a model's page; a score has `is_published`, a variant `n_submissions` and `counts`."""

    model: Model
    proposal: ModelProposal | None
    scores: list[Score]
    variants_run: list[Model]
    variants: list[Model]
    derivatives: list[Model]
    endpoints: list[Endpoint]
    submissions: list[Submission]
    prices: list[ListPrice]
    adoption: list[Adoption]


def model_facts(slug: str) -> ModelFacts | None:
    """Return a model, also a rejected one, with its scores and all that is related; None if unknown."""
    rows = _with_benchmarks(Model.objects.select_related("proposal", "proposed_by"))
    model = rows.filter(slug=slug).first()
    if model is None:
        return None
    scores = model.scores.select_related("benchmark", "submission__endpoint__owner", "run__task")
    scores = scores.annotate(is_published=Exists(published_scores().filter(pk=OuterRef("pk"))))
    scores = scores.order_by("benchmark__name", "-is_published", "-value")
    family, release = list(_family(model)), model.variant_of_id or model.pk
    kin = [relative for relative in family if relative.pk != model.pk]
    submissions = Submission.objects.filter(endpoint__model=model).select_related(
        "endpoint", "suite", "submitter", "owner"
    )
    return ModelFacts(
        model=model,
        proposal=getattr(model, "proposal", None),
        scores=list(scores),
        variants_run=[
            row
            for row in family
            if row.n_submissions and release in (row.pk, row.variant_of_id)  # type: ignore[attr-defined]
        ],
        variants=[relative for relative in kin if relative.base_model_id != model.pk],
        derivatives=[relative for relative in kin if relative.base_model_id == model.pk],
        endpoints=list(listed_endpoints(model.endpoints.select_related("owner"))),
        submissions=list(submissions[:20]),
        prices=list(model.list_prices.order_by("-in_force_on", "provider")),
        adoption=list(Adoption.objects.filter(subject__in=_called(model)).order_by("-observed_on")),
    )


def _called(model: Model) -> list[str]:
    """Return the names that adoption figures may use for a confirmed model: its own or its family's."""
    return [] if not model.is_confirmed else [name for name in (model.name, model.family) if name]


def _family(model: Model) -> QuerySet[Model]:
    """Return all models of the same release, and those derived from this one."""
    release = model.variant_of_id or model.pk
    rows = listed_models().filter(Q(variant_of=release) | Q(pk=release) | Q(base_model=model))
    return (
        rows.annotate(
            n_submissions=_count(Submission.objects.all(), of="pk", per="endpoint__model"),
            counts=Exists(published_models().filter(pk=OuterRef("pk"))),
        )
        .select_related("developer", "proposed_by")
        .order_by("name")
    )
