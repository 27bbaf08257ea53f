"""Why published figures differ, and the lag without parts of the data."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from leaderboard.pages.page_cache import public
from leaderboard.presenters.dot_plot import Option, ReadingRow, plot_dots
from leaderboard.presenters.leave_one_out import present_removals
from leaderboard.presenters.reading_differences import (
    OUR_READINGS,
    READING_ORDER,
    TOLERANCES,
    USUAL_TOLERANCE,
    DataChoice,
    compare_readings,
)


@public
def why_page(request: HttpRequest) -> HttpResponse:
    """Show the lag by every reading, on one choice of the data and on all."""
    tolerance = request.GET.get("tolerance", USUAL_TOLERANCE)
    tolerance = tolerance if tolerance in TOLERANCES else USUAL_TOLERANCE
    differences = compare_readings(today=timezone.now().date(), tolerance=tolerance)
    chosen = _chosen(differences.columns, request.GET.get("on", ""))
    context = {
        "differences": differences,
        "chosen": chosen,
        "rows": [ReadingRow(name, differences.claims.get(name, [])) for name in READING_ORDER],
        "ours": OUR_READINGS,
        "dots": plot_dots(chosen) if chosen else None,
        "switches": [Option(choice.key, choice is chosen) for choice in differences.columns],
        "tolerances": [Option(value, value == tolerance) for value in TOLERANCES],
        "tolerance": tolerance,
    }
    return render(request, "pages/why.html", context)


def _chosen(columns: list[DataChoice], key: str) -> DataChoice | None:
    return next((choice for choice in columns if choice.key == key), columns[0] if columns else None)


@public
def what_if_page(request: HttpRequest) -> HttpResponse:
    """Show the lag without each model, benchmark and developer."""
    return render(request, "pages/what_if.html", {"removals": present_removals()})
