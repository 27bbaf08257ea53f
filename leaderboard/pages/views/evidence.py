"""The evidence of a published estimate, and the corrections of the record."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from evals import queries as record
from leaderboard import queries
from leaderboard.operations.evidence import estimate_evidence
from leaderboard.pages.forms import requested_page
from leaderboard.pages.page_cache import leave_uncached, public
from leaderboard.pages.query_parameters import query_parameters
from leaderboard.presenters.charts import chart_files
from leaderboard.presenters.estimates import estimate_figures
from leaderboard.presenters.labels import CHART_TITLES

CORRECTIONS_A_PAGE = 50


@query_parameters("benchmark")
@public
def estimate_detail(request: HttpRequest, estimate_id: int) -> HttpResponse:
    """Show an estimate: its figures, and its evidence down to each score."""
    estimate = queries.lag_estimate(estimate_id)
    if estimate is None:
        raise Http404(_("No estimate %(id)s was published.") % {"id": estimate_id})
    slug = estimate.benchmark.slug if estimate.benchmark else request.GET.get("benchmark", "")
    evidence = estimate_evidence(estimate=estimate, benchmark=slug)
    scored = next((row for row in evidence.benchmarks if row.slug == slug), None)
    if scored is None and "benchmark" in request.GET:
        leave_uncached(request)
    context = {
        "estimate": estimate,
        "figures": estimate_figures(estimate),
        "evidence": evidence,
        "scored": scored,
        "benchmark": record.benchmark(slug) if evidence.scores else None,
        "drawn": [(CHART_TITLES[name], figure) for name, figure in chart_files(estimate.pk).items()],
        "readings": queries.other_readings(estimate),
        "kept_until": queries.kept_until(estimate),
        "newer": queries.newer_estimate(estimate),
    }
    return render(request, "pages/lag.html", context)


@query_parameters("subject", "page")
@public
def correction_list(request: HttpRequest) -> HttpResponse:
    """List the corrections of the record, newest first, with the reasons."""
    subject = request.GET.get("subject", "")
    corrections = requested_page(request, record.corrections(subject=subject), CORRECTIONS_A_PAGE)
    if subject and not corrections:
        leave_uncached(request)
    return render(request, "pages/corrections.html", {"corrections": corrections, "subject": subject})
