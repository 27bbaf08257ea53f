"""Any comparison, as a page with a form, a picture and an embed."""

from __future__ import annotations

from typing import Any

from csp.decorators import csp_replace
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe

from leaderboard.comparisons import Comparison, InvalidComparison
from leaderboard.comparisons.comparison import FIELDS
from leaderboard.operations.client_id import client_id
from leaderboard.operations.requested_comparisons import (
    RequestedComparison,
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
from leaderboard.server_sent_events import RETRY_AFTER_S, StreamState

STATE = "pages/parts/explored_state.html"
reads_comparison = query_parameters(*COMPARISON_PARAMETERS, repeatable=FIELDS)


@reads_comparison
@require_safe
def explore_page(request: HttpRequest) -> HttpResponse:
    """Show a comparison, its progress, or its error; only a settled answer is cached."""
    response = _explored(request)
    if not hasattr(response, "public"):
        add_never_cache_headers(response)
    return response


def _explored(request: HttpRequest) -> HttpResponse:
    try:
        comparison = _comparison(request)
    except InvalidComparison as refusal:
        context = {"form": ComparisonForm(Comparison()), "unclear": refusal}
        return render(request, "pages/explore.html", context, status=400)
    if not is_canonical(request.GET, comparison):
        return HttpResponseRedirect(_address("pages:explore", comparison, request))
    requested = _answer(request, comparison)
    context = _context(requested) | {"form": ComparisonForm(comparison), "links": _links(requested)}
    response = render(request, "pages/explore.html", context, status=202 if requested.is_waiting else 200)
    return mark_public(response) if requested.is_settled else response


def _comparison(request: HttpRequest) -> Comparison:
    comparison = Comparison.from_query(comparison_fields(request.GET))
    refuse_unknown(comparison, today=timezone.now().date())
    return comparison


def _answer(request: HttpRequest, comparison: Comparison, *, may_ask: bool = True) -> RequestedComparison:
    past = hasattr(request, "as_of")
    fetched_ahead = "prefetch" in request.headers.get("Sec-Purpose", "")
    return request_comparison(
        comparison,
        client=client_id(request),
        language=get_language() or "en",
        now=timezone.now(),
        may_ask=may_ask and request.method == "GET" and not past and not fetched_ahead,
    )


def _context(requested: RequestedComparison) -> dict[str, Any]:
    """Return the template context of a requested comparison."""
    context: dict[str, Any] = {
        "answer": requested,
        "comparison": requested.comparison,
        "pair": requested.comparison.pair,
    }
    estimate = requested.estimate
    if estimate is None:
        return context
    lags = lag_figures(estimate, requested.comparison.reading)
    return context | {
        "estimate": estimate,
        "catchup": lags[0],
        "standing": lags[1],
        "read": next((lag for lag in lags if lag.reading == requested.comparison.reading), None),
        "composite": None if estimate.benchmark else present_composite(estimate),
        "figures": chart_files(estimate.pk),
        "citation": cite_estimate(estimate, requested.comparison),
    }


def _links(requested: RequestedComparison) -> dict[str, str]:
    text = str(requested.comparison)
    api = f"{reverse('api:explore')}?{text}"
    return {
        "json": api,
        "csv": f"{api}&format=csv",
        "embed": f"{reverse('pages:embed')}?{text}",
        "events": f"{reverse('pages:explore-events')}?{text}",
        "here": f"{reverse('pages:explore')}?{text}",
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
        requested = request_comparison(
            comparison, client="", language=language, now=timezone.now(), may_ask=False
        )
        with override(language):
            part = render_to_string(STATE, {"answer": requested})
        return StreamState({"part": part, "moved": requested.state}, ended=not requested.is_waiting)

    return stream_page(f"explore:{language}:{comparison}", see)


@reads_comparison
@require_safe
def explore_picture(request: HttpRequest, name: str, form: str) -> HttpResponse:
    """Redirect to the newest drawing of a comparison, for an image without script."""
    try:
        requested = _answer(request, _comparison(request))
    except InvalidComparison as refusal:
        raise Http404(refusal.message) from None
    if requested.is_waiting and requested.estimate is None:
        return HttpResponse(status=503, headers={"Retry-After": str(RETRY_AFTER_S)})
    drawn = chart_files(requested.estimate.pk).get(name) if requested.estimate else None
    if drawn is None:
        raise Http404(_("This comparison has no such chart."))
    address = drawn.light_png if form == "png" else drawn.light_wide
    return HttpResponseRedirect(address, headers={"Cache-Control": "public, max-age=300"})


@reads_comparison
@xframe_options_exempt
@csp_replace({"frame-ancestors": ["*"]})  # type: ignore[untyped-decorator]
@require_safe
def embed_page(request: HttpRequest) -> HttpResponse:
    """Show the sentence and the chart only, for a frame in another site."""
    try:
        requested = _answer(request, _comparison(request))
    except InvalidComparison as refusal:
        return render(request, "pages/embed.html", {"unclear": refusal}, status=400)
    return render(request, "pages/embed.html", _context(requested) | {"links": _links(requested)})
