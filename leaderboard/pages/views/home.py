"""The first page: the lag in a sentence, the two frontiers, the lag by benchmark, what others said."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from evals import queries as record
from leaderboard import queries
from leaderboard.pages.forms import sort_of
from leaderboard.pages.page_cache import public
from leaderboard.presenters.charts import figures
from leaderboard.presenters.composite import composite_of, domains_of, path_of, records_of
from leaderboard.presenters.lags import SORTS, Lag, ordered, scale_of
from leaderboard.presenters.monthly_changes import month_of, names_in

RECORDS_SHOWN = 100  # of the newest: a page stays as fast and as light however long the frontiers grow
CLAIMS_SHOWN = 6  # the newest; the page of the claims has all
CLAIMS_ABOUT = {"leader": "US", "follower": "China"}


@public
def home(request: HttpRequest) -> HttpResponse:
    """Tell the lag."""
    sort = sort_of(request, SORTS, default="-levels")
    lags = [Lag(estimate) for estimate in queries.published_lags()]
    main = next((lag for lag in lags if lag.benchmark.slug == queries.HEADLINE_BENCHMARK), None)
    others = ordered((lag for lag in lags if lag is not main), sort)
    current = [lag for lag in others if lag.current]
    estimate = queries.composite_lag()
    shown = estimate or (main.estimate if main else None)
    records = records_of(estimate) if estimate else []
    change = queries.last_change() if estimate else None
    context = {
        "main": main,
        "composite": composite_of(estimate),
        "figures": figures(shown.pk if shown else None),
        "records": records[:RECORDS_SHOWN],
        "n_records": len(records),
        "path": path_of(estimate) if estimate else [],
        "domains": domains_of(queries.domain_lags()) if estimate else [],
        "month": month_of(estimate, records) if estimate else None,
        "change": change,
        "names": names_in([change] if change else []),
        "lags": current,
        "scale": scale_of(current),
        "silent": [lag for lag in others if not lag.current],
        "claims": list(record.claims(**CLAIMS_ABOUT)[:CLAIMS_SHOWN]),
        "sort": sort,
        "sort_target": "#benchmarks",
    }
    return render(request, "pages/home.html", context)
