"""Any comparison, as a page with a form, a picture and an embed."""

from __future__ import annotations

from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from csp.decorators import csp_replace
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers, patch_cache_control
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_http_methods, require_safe

from evals.operations.quotas import QuotaExceeded
from leaderboard import queries
from leaderboard.charts.draw import render_png
from leaderboard.charts.placeholder import render_placeholder
from leaderboard.comparisons import Comparison, InvalidComparison
from leaderboard.comparisons.comparison import FIELDS
from leaderboard.operations.client_id import request_source
from leaderboard.operations.comparison_retention import create_permanent_link
from leaderboard.operations.requested_comparisons import (
    RequestedComparison,
    find_comparison,
    refuse_unknown,
    request_comparison,
)
from leaderboard.pages.event_streams import stream_page
from leaderboard.pages.forms import COMPARISON_PARAMETERS, ComparisonForm, comparison_fields, is_canonical
from leaderboard.pages.page_cache import mark_public
from leaderboard.pages.query_parameters import query_parameters
from leaderboard.presenters.charts import chart_files
from leaderboard.presenters.citation import cite_estimate
from leaderboard.presenters.comparison_figures import lag_figures
from leaderboard.presenters.composite import present_composite
from leaderboard.server_sent_events import StreamState

PLACEHOLDER_SECONDS = 60
STATE = "pages/parts/explored_state.html"
reads_comparison = query_parameters(*COMPARISON_PARAMETERS, repeatable=FIELDS)


@reads_comparison
@require_http_methods(["GET", "HEAD", "POST"])
def explore_page(request: HttpRequest) -> HttpResponse:
    """Show a comparison, its progress, or its error; a POST requests its computation."""
    try:
        comparison = _comparison(request)
    except InvalidComparison as refusal:
        context = {"form": ComparisonForm(Comparison()), "unclear": refusal}
        return _uncached(render(request, "pages/explore.html", context, status=400))
    if request.method == "POST":
        return _uncached(_request_computation(request, comparison))
    if not is_canonical(request.GET, comparison):
        return _uncached(HttpResponseRedirect(_address("pages:explore", comparison, request)))
    result = _find(request, comparison)
    response = _explored(request, result, status=202 if result.is_waiting else 200)
    return mark_public(response) if result.is_settled else _uncached(response)


def _request_computation(request: HttpRequest, comparison: Comparison) -> HttpResponse:
    """Queue the computation and redirect to its progress; if a quota is used up, say so on the page."""
    try:
        request_comparison(
            comparison, source=request_source(request), language=get_language() or "en", now=timezone.now()
        )
    except QuotaExceeded as refusal:
        response = _explored(request, _find(request, comparison), refusal, status=429)
        response["Retry-After"] = str(refusal.retry_after_s)
        return response
    return HttpResponseRedirect(_address("pages:explore", comparison, request), status=303)


def _explored(
    request: HttpRequest, result: RequestedComparison, refusal: QuotaExceeded | None = None, *, status: int
) -> HttpResponse:
    context = _context(result) | {"form": ComparisonForm(result.comparison), "refusal": refusal}
    return render(request, "pages/explore.html", context, status=status)


def _uncached(response: HttpResponse) -> HttpResponse:
    add_never_cache_headers(response)
    return response


@reads_comparison
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def explore_link(request: HttpRequest) -> HttpResponse:
    """Show the permanent link of a comparison's estimate; a POST creates it."""
    try:
        comparison = _comparison(request)
    except InvalidComparison as refusal:
        return render(request, "pages/explore_link.html", {"unclear": refusal}, status=400)
    result = _find(request, comparison)
    if result.estimate is None:
        raise Http404(_("This comparison has not been computed yet."))
    context = _context(result)
    if request.method != "POST":
        return render(request, "pages/explore_link.html", context)
    try:
        create_permanent_link(estimate=result.estimate, source=request_source(request), now=timezone.now())
    except QuotaExceeded as refusal:
        response = render(request, "pages/explore_link.html", context | {"refusal": refusal}, status=429)
        response["Retry-After"] = str(refusal.retry_after_s)
        return response
    return HttpResponseRedirect(_address("pages:explore-link", comparison, request), status=303)


def _comparison(request: HttpRequest) -> Comparison:
    comparison = Comparison.from_query(comparison_fields(request.GET))
    refuse_unknown(comparison, today=timezone.now().date())
    return comparison


def _find(request: HttpRequest, comparison: Comparison) -> RequestedComparison:
    return find_comparison(comparison, now=timezone.now(), past=hasattr(request, "as_of"))


def _context(result: RequestedComparison) -> dict[str, Any]:
    """Return the template context of a requested comparison."""
    context: dict[str, Any] = {
        "answer": result,
        "comparison": result.comparison,
        "pair": result.comparison.pair,
        "links": _links(result),
    }
    estimate = result.estimate
    if estimate is None:
        return context
    lags = lag_figures(estimate, result.comparison.reading)
    return context | {
        "estimate": estimate,
        "catchup": lags[0],
        "standing": lags[1],
        "read": next((lag for lag in lags if lag.reading == result.comparison.reading), None),
        "composite": None if estimate.benchmark else present_composite(estimate),
        "figures": chart_files(estimate.pk),
        "citation": cite_estimate(estimate, result.comparison),
        "kept_until": queries.kept_until(estimate),
    }


def _links(result: RequestedComparison) -> dict[str, str]:
    text = str(result.comparison)
    api = f"{reverse('api:explore')}?{text}"
    return {
        "json": api,
        "csv": f"{api}&format=csv",
        "embed": f"{reverse('pages:embed')}?{text}",
        "events": f"{reverse('pages:explore-events')}?{text}",
        "here": f"{reverse('pages:explore')}?{text}",
        "link": f"{reverse('pages:explore-link')}?{text}",
        "svg": f"{reverse('pages:explore-picture', args=['frontiers', 'svg'])}?{text}",
        "png": f"{reverse('pages:explore-picture', args=['frontiers', 'png'])}?{text}",
    }


def _address(name: str, comparison: Comparison, request: HttpRequest) -> str:
    past = f"&as_of={request.GET['as_of']}" if "as_of" in request.GET else ""
    return f"{reverse(name)}?{comparison}{past}"


@reads_comparison
@never_cache
@require_safe
def explore_events(request: HttpRequest) -> HttpResponseBase:
    """Stream the state of a comparison until its computation ends."""
    try:
        comparison = _comparison(request)
    except InvalidComparison as refusal:
        return HttpResponse(refusal.message, status=400, content_type="text/plain; charset=utf-8")
    language = get_language() or "en"

    def see() -> StreamState | None:
        result = find_comparison(comparison, now=timezone.now())
        with override(language):
            part = render_to_string(STATE, {"answer": result})
        return StreamState({"part": part, "moved": result.state}, ended=not result.is_waiting)

    return stream_page(request, f"explore:{language}:{comparison}", see)


@reads_comparison
@require_safe
def explore_picture(request: HttpRequest, name: str, form: str) -> HttpResponse:
    """Redirect to the newest drawing of a comparison, or answer with an image that says there is none."""
    try:
        result = _find(request, _comparison(request))
    except InvalidComparison as refusal:
        raise Http404(refusal.message) from None
    if result.estimate is None and (result.is_waiting or result.state == "not_computed"):
        return _placeholder(form, get_language() or "en", is_waiting=result.is_waiting)
    drawn = chart_files(result.estimate.pk).get(name) if result.estimate else None
    if drawn is None:
        raise Http404(_("This comparison has no such chart."))
    address = drawn.light_png if form == "png" else drawn.light_wide
    return HttpResponseRedirect(address, headers={"Cache-Control": "public, max-age=300"})


def _placeholder(form: str, language: str, *, is_waiting: bool) -> HttpResponse:
    content, content_type = _placeholder_image(form, language, is_waiting)
    response = HttpResponse(content, content_type=content_type)
    patch_cache_control(response, public=True, max_age=PLACEHOLDER_SECONDS)
    return response


@lru_cache
def _placeholder_image(form: str, language: str, is_waiting: bool) -> tuple[bytes, str]:
    with override(language):
        title = _("This comparison has not been computed yet.")
        note = _("It can be computed on its page, %(site)s/explore/.")
        if is_waiting:
            title = _("This comparison is being computed.")
            note = _("The chart is here in a minute or so. %(site)s")
        drawing = render_placeholder(title, note % {"site": urlsplit(settings.PUBLIC_URL).netloc})
    return (
        (render_png(drawing, scale=1), "image/png") if form == "png" else (drawing.encode(), "image/svg+xml")
    )


@reads_comparison
@xframe_options_exempt
@csp_replace({"frame-ancestors": ["*"]})  # type: ignore[untyped-decorator]
@require_safe
def embed_page(request: HttpRequest) -> HttpResponse:
    """Show the sentence and the chart only, for a frame in another site."""
    try:
        result = _find(request, _comparison(request))
    except InvalidComparison as refusal:
        return render(request, "pages/embed.html", {"unclear": refusal}, status=400)
    return render(request, "pages/embed.html", _context(result))
