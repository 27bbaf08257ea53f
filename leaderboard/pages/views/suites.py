"""Suites: their tasks, versions and runs."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from evals import queries as record
from leaderboard.pages.forms import requested_choice, requested_page
from leaderboard.pages.not_found import slug_not_found
from leaderboard.pages.page_cache import public
from leaderboard.pages.query_parameters import query_parameters

FRESH = "lagline-fresh"
SUBMISSIONS_A_PAGE = 40


@public
def suite_list(request: HttpRequest) -> HttpResponse:
    """List the suites."""
    return render(request, "pages/suites.html", {"suites": record.suites()})


@query_parameters("version", "page")
@public
def suite_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a suite's tasks, versions and runs."""
    versions = record.suite_versions(slug)
    if not versions:
        raise slug_not_found("suite", slug, record.suites())
    by_version = {row.version: row for row in reversed(versions)}
    suite = by_version[requested_choice(request, "version", by_version, default=versions[0].version)]
    tasks = [place.task for place in suite.suitetask_set.all()]
    context = {
        "suite": suite,
        "versions": versions,
        "tasks": tasks,
        "items": record.item_counts(tasks=[task.pk for task in tasks]),
        "page": requested_page(
            request, record.finished_submissions(suites=[row.pk for row in versions]), SUBMISSIONS_A_PAGE
        ),
        "editions": record.fresh_editions() if slug == FRESH else (),
    }
    return render(request, "pages/suite.html", context)
