"""Suites: what each asks, in which version, and who was run on it."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from evals import queries as record
from leaderboard.pages.forms import requested_page
from leaderboard.pages.not_found import slug_not_found
from leaderboard.pages.page_cache import public

FRESH = "lagline-fresh"
SUBMISSIONS_A_PAGE = 40


@public
def suite_list(request: HttpRequest) -> HttpResponse:
    """List the suites."""
    return render(request, "pages/suites.html", {"suites": record.suites()})


@public
def suite_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """Tell a suite's tasks, its versions, and the runs on it."""
    versions = record.suite_versions(slug)
    if not versions:
        raise slug_not_found("suite", slug, record.suites())
    asked = request.GET.get("version", versions[0].version)
    shown = next((one for one in versions if one.version == asked), versions[0])
    tasks = [place.task for place in shown.suitetask_set.all()]
    context = {
        "suite": shown,
        "versions": versions,
        "tasks": tasks,
        "items": record.item_counts(tasks=[task.pk for task in tasks]),
        "page": Paginator(
            record.finished_submissions(suites=[one.pk for one in versions]), SUBMISSIONS_A_PAGE
        ).get_page(requested_page(request)),
        "editions": record.fresh_editions() if slug == FRESH else (),
    }
    return render(request, "pages/suite.html", context)
