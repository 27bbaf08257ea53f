"""Models and their developers."""

from __future__ import annotations

from typing import Any, cast

from django.core.paginator import Page
from django.db.models import F, QuerySet
from django.db.models.functions import Lower
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from evals import queries as record
from evals.models import Benchmark, Model
from leaderboard import queries
from leaderboard.pages.forms import MODEL_SORTS, ModelFilterForm, requested_page, requested_sort
from leaderboard.pages.not_found import slug_not_found
from leaderboard.pages.page_cache import leave_uncached, public
from leaderboard.pages.query_parameters import query_parameters
from leaderboard.pages.requests import PageRequest, drop_empty_parameters
from leaderboard.presenters.lags import Lag, events_matched_by, events_of_model, leader_records_of_model

PAGE_SIZE = 50
COLUMNS: dict[str, Any] = {
    "name": Lower("name"),
    "developer": Lower("developer__name"),
    "country": F("developer__country"),
    "openness": F("openness"),
    "released": F("released_on"),
    "benchmarks": F("n_benchmarks"),
}


@query_parameters(*ModelFilterForm.base_fields, "sort", "page")
@public
@drop_empty_parameters
def model_list(request: PageRequest) -> HttpResponse:
    """List models, filtered and sorted."""
    form = ModelFilterForm(request.GET)
    filters, sort = form.filters(), requested_sort(request, MODEL_SORTS, default="-score")
    shown = filters.get("benchmark", queries.HEADLINE_BENCHMARK)
    benchmark = next((row for row in form.benchmarks if row.slug == shown), None)
    page = _sorted_page(record.models(**filters), sort, benchmark, request)
    if filters and not page:
        leave_uncached(request)
    context = _table(page, benchmark) | {
        "form": form,
        "filtered": bool(filters),
        "sort": sort,
        "sort_target": "#models",
    }
    template = "pages/parts/models.html" if request.htmx else "pages/models.html"
    return render(request, template, context, status=200 if form.is_valid() else 400)


def _sorted_page(
    models: QuerySet[Model], sort: str, benchmark: Benchmark | None, request: HttpRequest
) -> Page[Any]:
    name, falls = sort.removeprefix("-"), sort.startswith("-")
    if name == "score":
        return _page_by_score(models, falls, benchmark, request)
    column = COLUMNS[name]
    order = column.desc(nulls_last=True) if falls else column.asc(nulls_last=True)
    return requested_page(request, models.order_by(order, "slug"), PAGE_SIZE)


def _page_by_score(
    models: QuerySet[Model], falls: bool, benchmark: Benchmark | None, request: HttpRequest
) -> Page[Any]:
    cells = queries.selected_scores(benchmarks=[benchmark.slug] if benchmark else [])
    values = {model: cell.value for (model, _), cell in cells.items()}
    slugs = list(models.order_by("slug").values_list("slug", flat=True))
    scored = sorted((slug for slug in slugs if slug in values), key=lambda slug: values[slug], reverse=falls)
    page = requested_page(request, [*scored, *(slug for slug in slugs if slug not in values)], PAGE_SIZE)
    by_slug = {model.slug: model for model in models.filter(slug__in=list(page.object_list))}
    cast("Any", page).object_list = [by_slug[slug] for slug in page.object_list]
    return page


def _table(page: Page[Any], benchmark: Benchmark | None) -> dict[str, Any]:
    rows = list(page.object_list)
    known = [benchmark.slug] if benchmark else []
    cells = queries.selected_scores(benchmarks=known, models=[model.slug for model in rows])
    by_model = {model: cell for (model, _), cell in cells.items()}
    return {
        "page": page,
        "rows": [(model, by_model.get(model.slug)) for model in rows],
        "benchmark": benchmark,
    }


@public
def model_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a model."""
    facts = record.model_facts(slug)
    if facts is None:
        raise slug_not_found("model", slug, record.models())
    lags = [Lag(estimate) for estimate in queries.published_lags()]
    context = {
        "facts": facts,
        "model": facts.model,
        "proposal": facts.proposal,
        "records": events_of_model(lags, slug),
        "reached": events_matched_by(lags, slug),
        "leader_records": leader_records_of_model(lags, slug),
        "claims": record.claims_naming(facts.model),
        "disputes": record.disputes_about([facts.model, *facts.scores]),
    }
    return render(request, "pages/model.html", context)


@public
def developer_list(request: HttpRequest) -> HttpResponse:
    """List the developers."""
    return render(request, "pages/developers.html", {"developers": record.developers()})


@query_parameters("sort", "page")
@public
def developer_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a developer and its models."""
    developer = record.developers().filter(slug=slug).first()
    if developer is None:
        raise slug_not_found("developer", slug, record.developers())
    sort = requested_sort(request, MODEL_SORTS, default="-score")
    benchmark = record.benchmark(queries.HEADLINE_BENCHMARK)
    page = _sorted_page(record.models(developer=slug), sort, benchmark, request)
    disputes = record.disputes_about([developer])
    context = _table(page, benchmark) | {"developer": developer, "sort": sort, "disputes": disputes}
    return render(request, "pages/developer.html", context)
