"""Why published figures differ on the same data, and what the lag would be without parts of it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from leaderboard.pages.page_cache import public
from leaderboard.presenters.dot_plot import Row, Switch, dots_of
from leaderboard.presenters.leave_one_out import removals
from leaderboard.presenters.reading_differences import (
    OURS,
    ROWS,
    TOLERANCES,
    USUAL_TOLERANCE,
    Column,
    differences,
)


@public
def why(request: HttpRequest) -> HttpResponse:
    """Tell the lag under every reading, on one choice of the data and beside all others."""
    tolerance = request.GET.get("tolerance", USUAL_TOLERANCE)
    tolerance = tolerance if tolerance in TOLERANCES else USUAL_TOLERANCE
    found = differences(today=timezone.now().date(), tolerance=tolerance)
    chosen = _chosen(found.columns, request.GET.get("on", ""))
    context = {
        "found": found,
        "chosen": chosen,
        "rows": [Row(name, found.claims.get(name, [])) for name in ROWS],
        "ours": OURS,
        "dots": dots_of(chosen) if chosen else None,
        "switches": [Switch(one.key, one is chosen) for one in found.columns],
        "tolerances": [Switch(one, one == tolerance) for one in TOLERANCES],
        "tolerance": tolerance,
    }
    return render(request, "pages/why.html", context)


def _chosen(columns: list[Column], key: str) -> Column | None:
    return next((one for one in columns if one.key == key), columns[0] if columns else None)


@public
def what_if(request: HttpRequest) -> HttpResponse:
    """Tell the lag without each model, benchmark and developer that it may hang on."""
    return render(request, "pages/what_if.html", {"found": removals()})
