"""The pages of open and closed weights, price, and adoption."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from leaderboard import queries
from leaderboard.comparisons import OPEN_AND_CLOSED
from leaderboard.pages.page_cache import public
from leaderboard.presenters.adoption import present_adoption
from leaderboard.presenters.charts import chart_files
from leaderboard.presenters.composite import (
    frontier_records,
    present_composite,
    present_domains,
    standing_path,
)
from leaderboard.presenters.prices import present_prices


@public
def open_closed_page(request: HttpRequest) -> HttpResponse:
    """Show the lag of open behind closed weights."""
    pair = OPEN_AND_CLOSED.pair
    estimate = queries.composite_lag(pair=pair)
    context = {
        "composite": present_composite(estimate),
        "figures": chart_files(estimate.pk if estimate else None),
        "records": frontier_records(estimate) if estimate else [],
        "path": standing_path(estimate) if estimate else [],
        "domains": present_domains(queries.domain_lags(pair=pair)) if estimate else [],
    }
    return render(request, "pages/open_closed.html", context)


@public
def price_page(request: HttpRequest) -> HttpResponse:
    """Show the lag at equal price, the best at each price, and the price of a level over time."""
    prices = present_prices()
    lags = [
        (row, {"catchup": row.published.figures.catchup, "standing": row.published.figures.standing})
        if row.published
        else (row, None)
        for row in prices.lags
    ]
    estimate = prices.estimate
    context = {
        "prices": prices,
        "lags": lags,
        "figure": chart_files(estimate.pk if estimate else None).get("prices"),
        "composite": present_composite(estimate),
    }
    return render(request, "pages/price.html", context)


@public
def adoption_page(request: HttpRequest) -> HttpResponse:
    """Show the figures of adoption and the diffusion lag."""
    return render(request, "pages/adoption.html", {"adoption": present_adoption()})
