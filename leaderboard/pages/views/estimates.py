"""The trend with its forecasts, and what moved each estimate."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from leaderboard import queries
from leaderboard.pages.forms import page_of
from leaderboard.presenters.charts import figures
from leaderboard.presenters.composite import composite_of, path_of
from leaderboard.presenters.monthly_changes import names_in

FORECASTS_A_PAGE, CHANGES_A_PAGE = 60, 20


@require_safe
def trend(request: HttpRequest) -> HttpResponse:
    """Tell whether the lag shrinks, what is forecast, and how earlier forecasts did."""
    estimate = queries.composite_lag()
    drawn = figures(estimate.pk if estimate else None)
    context = {
        "composite": composite_of(estimate),
        "path": path_of(estimate) if estimate else [],
        "figure": drawn.get("forecast") or drawn.get("lags"),
        "forecasts": Paginator(queries.forecasts(), FORECASTS_A_PAGE).get_page(page_of(request)),
        "scored": queries.forecast_scores(),
    }
    return render(request, "pages/trend.html", context)


@require_safe
def changes(request: HttpRequest) -> HttpResponse:
    """Tell what moved each estimate over all benchmarks."""
    found = Paginator(queries.estimate_changes(), CHANGES_A_PAGE).get_page(page_of(request))
    return render(request, "pages/changes.html", {"changes": found, "names": names_in(found)})
