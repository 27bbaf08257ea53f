"""The trend with its forecasts, and what moved each estimate."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from leaderboard import queries
from leaderboard.pages.forms import requested_page
from leaderboard.pages.query_parameters import query_parameters
from leaderboard.presenters.charts import chart_files
from leaderboard.presenters.composite import present_composite, standing_path
from leaderboard.presenters.monthly_changes import changed_names

FORECASTS_A_PAGE, CHANGES_A_PAGE = 60, 20


@query_parameters("page")
@require_safe
def trend_page(request: HttpRequest) -> HttpResponse:
    """Show the trend, the forecasts, and the scores of earlier forecasts."""
    estimate = queries.composite_lag()
    drawn = chart_files(estimate.pk if estimate else None)
    context = {
        "composite": present_composite(estimate),
        "path": standing_path(estimate) if estimate else [],
        "figure": drawn.get("forecast") or drawn.get("lags"),
        "forecasts": requested_page(request, queries.forecasts(), FORECASTS_A_PAGE),
        "scored": queries.forecast_scores(),
    }
    return render(request, "pages/trend.html", context)


@query_parameters("page")
@require_safe
def change_list(request: HttpRequest) -> HttpResponse:
    """List the changes of each estimate over all benchmarks."""
    changes = requested_page(request, queries.estimate_changes(), CHANGES_A_PAGE)
    return render(request, "pages/changes.html", {"changes": changes, "names": changed_names(changes)})
