"""Models side by side, and two runs on the same items."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from evals import queries as record
from evals.operations.refusals import nearest_names
from evals.operations.submissions.access import may_see_scores
from leaderboard.pages.forms import requested_page
from leaderboard.pages.not_found import run_not_found
from leaderboard.pages.page_cache import leave_uncached, public
from leaderboard.pages.query_parameters import query_parameters
from leaderboard.presenters.messages import embargo_message
from leaderboard.presenters.model_comparison import MAX_MODELS, MIN_MODELS, compare_models, parse_slugs
from leaderboard.presenters.run_diff import ItemFilter, compare_runs

ITEMS_SHOWN = 20


@query_parameters("models", repeatable=["model"])
@public
def compare_models_page(request: HttpRequest) -> HttpResponse:
    """Compare the models in the address, with a form to choose others."""
    if chosen := [slug.strip() for slug in request.GET.getlist("model") if slug.strip()]:
        return HttpResponseRedirect(f"{request.path}?models={','.join(dict.fromkeys(chosen))}")
    slugs = parse_slugs(request.GET.get("models", ""))
    if request.GET.get("models", "") != ",".join(slugs):
        leave_uncached(request)
    names = dict(record.models().order_by("name").values_list("slug", "name"))
    strange = [slug for slug in slugs if slug not in names]
    sound = MIN_MODELS <= len(slugs) <= MAX_MODELS and not strange
    context = {
        "names": names,
        "places": [*slugs, *[""] * MAX_MODELS][:MAX_MODELS],
        "slugs": ",".join(slugs),
        "unknown": [(slug, nearest_names(slug, names)[:3]) for slug in strange],
        "too_few": 0 < len(slugs) < MIN_MODELS,
        "too_many": len(slugs) > MAX_MODELS,
        "most": MAX_MODELS,
        "comparison": compare_models(slugs, on=timezone.now().date()) if sound else None,
    }
    refused = bool(strange) or len(slugs) > MAX_MODELS
    return render(request, "pages/compare.html", context, status=400 if refused else 200)


@query_parameters("show", "page")
@require_safe
def run_diff_page(request: HttpRequest, run_id: int, other_id: int) -> HttpResponse:
    """Show two runs of a task on the items that both answered."""
    first, second = record.run(run_id), record.run(other_id)
    if first is None or second is None:
        raise run_not_found(run_id if first is None else other_id)
    for submission in (first.submission, second.submission):
        if not may_see_scores(request.user, submission, now=timezone.now()):
            raise PermissionDenied(embargo_message(submission))
    show = request.GET.get("show", "")
    diff = compare_runs(first, second, shown=ItemFilter(show) if show in set(ItemFilter) else ItemFilter.ALL)
    page = requested_page(request, diff.chosen, ITEMS_SHOWN)
    items = list(page.object_list)
    samples = record.samples_by_id(ids=[pk for item in items for pk in (item.first_id, item.second_id)])
    rows = [(samples[item.first_id], samples[item.second_id]) for item in items]
    context = {
        "diff": diff,
        "page": page,
        "rows": rows,
        "metrics": [f"{run.task.metric},{run.task.filter}" for run in (first, second)],
        "kinds": ItemFilter,
        "sealed_month": record.sealed_month(first.task) or record.sealed_month(second.task),
    }
    return render(request, "pages/diff.html", context)
