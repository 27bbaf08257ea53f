"""Why published figures differ, and the lag without parts of the data."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from leaderboard.pages.forms import requested_choice
from leaderboard.pages.page_cache import public
from leaderboard.pages.query_parameters import query_parameters
from leaderboard.presenters.dot_plot import Option, ReadingRow, plot_dots
from leaderboard.presenters.leave_one_out import present_removals
from leaderboard.presenters.reading_differences import (
    OUR_READINGS,
    READING_ORDER,
    TOLERANCES,
    USUAL_TOLERANCE,
    compare_readings,
)


@query_parameters("on", "tolerance")
@public
def why_page(request: HttpRequest) -> HttpResponse:
    """Show the lag by every reading, on one choice of the data and on all."""
    tolerance = requested_choice(request, "tolerance", TOLERANCES, default=USUAL_TOLERANCE)
    differences = compare_readings(today=timezone.now().date(), tolerance=tolerance)
    choices = {choice.key: choice for choice in differences.columns}
    chosen = choices.get(requested_choice(request, "on", choices, default=next(iter(choices), "")))
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


@public
def what_if_page(request: HttpRequest) -> HttpResponse:
    """Show the lag without each model, benchmark and developer."""
    return render(request, "pages/what_if.html", {"removals": present_removals()})
