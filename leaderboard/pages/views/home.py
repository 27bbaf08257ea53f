"""The home page: the headline lag, the frontiers, the lag by benchmark, claims."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from evals import queries as record
from leaderboard import queries
from leaderboard.pages.forms import requested_sort
from leaderboard.pages.page_cache import public
from leaderboard.pages.query_parameters import query_parameters
from leaderboard.presenters.charts import chart_files
from leaderboard.presenters.composite import (
    frontier_records,
    present_composite,
    present_domains,
    standing_path,
)
from leaderboard.presenters.lags import SORTS, Lag, common_scale, sort_lags
from leaderboard.presenters.monthly_changes import changed_names, summarise_month

RECORDS_SHOWN = 100  # newest first: the page stays light however long the frontiers grow
CLAIMS_SHOWN = 6  # the newest; the page of the claims has all
CLAIMS_ABOUT = {"leader": "US", "follower": "China"}


@query_parameters("sort")
@public
def home_page(request: HttpRequest) -> HttpResponse:
    """Show the headline lag."""
    sort = requested_sort(request, SORTS, default="-levels")
    lags = [Lag(estimate) for estimate in queries.published_lags()]
    main = next((lag for lag in lags if lag.benchmark.slug == queries.HEADLINE_BENCHMARK), None)
    others = sort_lags((lag for lag in lags if lag is not main), sort)
    current = [lag for lag in others if lag.is_current]
    estimate = queries.composite_lag()
    shown = estimate or (main.estimate if main else None)
    records = frontier_records(estimate) if estimate else []
    change = queries.last_change() if estimate else None
    context = {
        "main": main,
        "composite": present_composite(estimate),
        "figures": chart_files(shown.pk if shown else None),
        "records": records[:RECORDS_SHOWN],
        "n_records": len(records),
        "path": standing_path(estimate) if estimate else [],
        "domains": present_domains(queries.domain_lags()) if estimate else [],
        "month": summarise_month(estimate, records) if estimate else None,
        "change": change,
        "names": changed_names([change] if change else []),
        "lags": current,
        "scale": common_scale(current),
        "silent": [lag for lag in others if not lag.is_current],
        "claims": list(record.claims(**CLAIMS_ABOUT)[:CLAIMS_SHOWN]),
        "sort": sort,
        "sort_target": "#benchmarks",
    }
    return render(request, "pages/home.html", context)
