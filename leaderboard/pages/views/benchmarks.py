"""Benchmarks, the lag on each, and its scores."""

from __future__ import annotations

from typing import Any

from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from evals import queries as record
from evals.models import Benchmark
from leaderboard import queries
from leaderboard.pages.forms import requested_page, requested_sort
from leaderboard.pages.not_found import slug_not_found
from leaderboard.pages.page_cache import public
from leaderboard.pages.query_parameters import query_parameters
from leaderboard.presenters.charts import chart_files
from leaderboard.presenters.lags import Lag

PAGE_SIZE = 60
LIST_SORTS = ("name", "domain", "models", "items", "catchup", "standing")
SCORE_SORTS: dict[str, str] = {"value": "value", "model": "model__name", "released": "model__released_on"}


@query_parameters("sort")
@public
def benchmark_list(request: HttpRequest) -> HttpResponse:
    """List benchmarks with the lag on each."""
    sort = requested_sort(request, LIST_SORTS, default="domain")
    lags = {estimate.benchmark_id: Lag(estimate) for estimate in queries.published_lags()}
    rows = [(benchmark, lags.get(benchmark.pk)) for benchmark in record.benchmarks()]
    context = {"rows": _ordered(rows, sort), "sort": sort, "sort_target": "#benchmarks"}
    return render(request, "pages/benchmarks.html", context)


def _ordered(rows: list[tuple[Any, Lag | None]], sort: str) -> list[tuple[Any, Lag | None]]:
    name, falls = sort.removeprefix("-"), sort.startswith("-")
    keyed = [(_key(benchmark, lag, name), (benchmark, lag)) for benchmark, lag in rows]
    known = sorted((pair for pair in keyed if pair[0] is not None), key=lambda pair: pair[0], reverse=falls)
    return [row for _, row in known] + [row for key, row in keyed if key is None]


def _key(benchmark: Any, lag: Lag | None, name: str) -> Any:
    keys: dict[str, Any] = {
        "name": benchmark.name.lower(),
        "domain": (benchmark.kind, benchmark.domain, benchmark.name.lower()),
        "models": benchmark.n_models,
        "items": benchmark.items,
        "catchup": lag.catchup.interval.median if lag else None,
        "standing": lag.standing.months if lag else None,
    }
    return keys[name]


@query_parameters("sort", "page")
@public
def benchmark_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a benchmark, the lag on it, and its scores."""
    benchmark = record.benchmark(slug)
    if benchmark is None:
        raise slug_not_found("benchmark", slug, record.benchmarks())
    estimate = queries.published_lag(slug)
    sort = requested_sort(request, SCORE_SORTS, default=_best_first(benchmark))
    column = F(SCORE_SORTS[sort.removeprefix("-")])
    order = column.desc(nulls_last=True) if sort.startswith("-") else column.asc(nulls_last=True)
    scores = record.scores(benchmark=slug).order_by(order, "pk")
    context = {
        "benchmark": benchmark,
        "lag": Lag(estimate) if estimate else None,
        "figures": chart_files(estimate.pk if estimate else None),
        "page": requested_page(request, scores, PAGE_SIZE),
        "sort": sort,
        "sort_target": "#scores",
        "suites": record.suites_on_benchmark(benchmark),
        "disputes": record.disputes_about([benchmark]),
    }
    return render(request, "pages/benchmark.html", context)


def _best_first(benchmark: Benchmark) -> str:
    return "value" if benchmark.direction == Benchmark.Direction.LOWER else "-value"
