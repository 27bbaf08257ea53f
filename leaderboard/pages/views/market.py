"""Open against closed weights, price, and adoption."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from leaderboard import queries
from leaderboard.comparisons import OPEN_AND_CLOSED
from leaderboard.pages.page_cache import public
from leaderboard.presenters.adoption import adoption as all_adoption
from leaderboard.presenters.charts import figures
from leaderboard.presenters.composite import composite_of, domains_of, path_of, records_of, span_of
from leaderboard.presenters.prices import prices


@public
def open_closed(request: HttpRequest) -> HttpResponse:
    """Tell how far open weights are behind closed ones."""
    pair = OPEN_AND_CLOSED.pair
    estimate = queries.composite_lag(pair=pair)
    context = {
        "composite": composite_of(estimate),
        "figures": figures(estimate.pk if estimate else None),
        "records": records_of(estimate) if estimate else [],
        "path": path_of(estimate) if estimate else [],
        "domains": domains_of(queries.domain_lags(pair=pair)) if estimate else [],
    }
    return render(request, "pages/open_closed.html", context)


@public
def price(request: HttpRequest) -> HttpResponse:
    """Tell the lag at equal price, the best at each price, and what a level cost when."""
    found = prices()
    lags = [
        (one, {name: span_of(one.published.composite[name]) for name in ("catchup", "standing")})
        if one.published
        else (one, None)
        for one in found.lags
    ]
    estimate = found.estimate
    context = {
        "found": found,
        "lags": lags,
        "figure": figures(estimate.pk if estimate else None).get("prices"),
        "composite": composite_of(estimate),
    }
    return render(request, "pages/price.html", context)


@public
def adoption(request: HttpRequest) -> HttpResponse:
    """Tell how far models are used, and how long after parity of capability parity of use came."""
    return render(request, "pages/adoption.html", {"found": all_adoption()})
