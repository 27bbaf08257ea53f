"""Suites: their tasks, versions and runs."""

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
    """Show a suite's tasks, versions and runs."""
    versions = record.suite_versions(slug)
    if not versions:
        raise slug_not_found("suite", slug, record.suites())
    version = request.GET.get("version", versions[0].version)
    suite = next((row for row in versions if row.version == version), versions[0])
    tasks = [place.task for place in suite.suitetask_set.all()]
    context = {
        "suite": suite,
        "versions": versions,
        "tasks": tasks,
        "items": record.item_counts(tasks=[task.pk for task in tasks]),
        "page": Paginator(
            record.finished_submissions(suites=[row.pk for row in versions]), SUBMISSIONS_A_PAGE
        ).get_page(requested_page(request)),
        "editions": record.fresh_editions() if slug == FRESH else (),
    }
    return render(request, "pages/suite.html", context)
