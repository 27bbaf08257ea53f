"""Any comparison as JSON or CSV: read its estimate, request its computation, or keep it permanently."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from evals.acting import Scope
from leaderboard.api.exceptions import NotComputed
from leaderboard.api.generics import View
from leaderboard.api.meta import headers, meta
from leaderboard.api.openapi import refusals, row_envelope
from leaderboard.api.parameters import Parameters
from leaderboard.api.serializers.explore import ExploreRow, FigureRow, figure_row
from leaderboard.api.serializers.lags import LagRow
from leaderboard.api.throttles import PostThrottle
from leaderboard.api.views.catalogue import WITH_CSV
from leaderboard.comparisons import Comparison
from leaderboard.comparisons.cohort import RULE
from leaderboard.operations.client_id import request_source
from leaderboard.operations.comparison_retention import create_permanent_link
from leaderboard.operations.requested_comparisons import (
    RequestedComparison,
    find_comparison,
    refuse_unknown,
    request_comparison,
)
from leaderboard.presenters.citation import cite_estimate, comparison_url
from leaderboard.presenters.comparison_figures import lag_figures
from leaderboard.presenters.labels import NO_LAG_REASONS
from leaderboard.queries import kept_until


def text(help_text: str) -> serializers.CharField:
    """Return a parameter for one part of a comparison."""
    return serializers.CharField(required=False, allow_blank=True, max_length=2000, help_text=help_text)


class ExploreParameters(Parameters):
    follower = text(f"{RULE[0].upper()}{RULE[1:]}. CN where it is not said.")
    leader = text("The same; US where it is not said.")
    attribution = text("headquarters, base-model, host-country or announcement.")
    domain = text("Of the benchmarks, such as maths.")
    language = text("Of the benchmarks, such as zh.")
    visibility = text("Of the benchmarks' items: public, private or partial.")
    benchmarks = text("Slugs with commas between them; then no domain, language or visibility.")
    without = text("What is left out: model:SLUG, developer:SLUG, benchmark:SLUG, by commas.")
    date = text("The day on which the lag is asked for, with the scores known now.")
    reading = text("One more figure than catch-up and standing, such as epoch_daily.")


NOT_COMPUTED = "Nobody has had this comparison computed yet. POST to the same address to request it."


class Explore(View):
    parameters = written_parameters = ExploreParameters
    renderer_classes = WITH_CSV
    permission_classes = [AllowAny]
    write_scope = Scope.SUBMIT
    throttle_classes = [PostThrottle]

    def get_renderers(self) -> list[BaseRenderer]:
        """Return the renderers of the method: a POST answers in JSON only."""
        return [JSONRenderer()] if self.request.method == "POST" else super().get_renderers()

    @extend_schema(
        operation_id="explore",
        summary="The lag of any two cohorts on any benchmarks, by any rule, on any day",
        description="Reads what is computed, and computes nothing: 404 `not_computed` names the address to "
        "POST to. 202 while it is computed: repeat the request some seconds later. `format=csv` gives the "
        "figures.",
        parameters=[ExploreParameters],
        responses={200: row_envelope(ExploreRow, "Explore"), 202: row_envelope(ExploreRow, "Explore")}
        | refusals(400, 404),
    )
    def get(self, request: Request) -> Response:
        """Return the comparison's estimate, or 202 while it is computed."""
        result = find(request)
        data = serialize_comparison(result)
        if request.accepted_renderer.format == "csv":
            named = {"comparison": data["comparison"], "state": data["state"]}
            rows = [named | row for row in data["figures"]]
            columns = [*named, *FigureRow().fields]
            return Response({"data": rows, "columns": columns}, headers=headers(meta()))
        return answer(result, data)

    @extend_schema(
        operation_id="compute_comparison",
        summary="Have a comparison computed, or computed again after the record has changed",
        description="Takes the query of `GET explore` and no body. No account is needed, but quotas apply.",
        parameters=[ExploreParameters],
        request=None,
        responses={200: row_envelope(ExploreRow, "Explore"), 202: row_envelope(ExploreRow, "Explore")}
        | refusals(400, 429),
    )
    def post(self, request: Request) -> Response:
        """Queue the computation (202), or return the estimate if it is current (200)."""
        result = request_comparison(
            parse(request), source=request_source(request), language="en", now=timezone.now()
        )
        return answer(result, serialize_comparison(result))


class ExploreLink(View):
    parameters = written_parameters = ExploreParameters
    permission_classes = [AllowAny]
    write_scope = Scope.SUBMIT
    throttle_classes = [PostThrottle]

    @extend_schema(
        operation_id="link_comparison",
        summary="Create a permanent link to the estimate of a comparison, which is then never deleted",
        description="Takes the query of `GET explore` and no body. No account is needed, but quotas apply.",
        parameters=[ExploreParameters],
        request=None,
        responses={200: row_envelope(ExploreRow, "Explore")} | refusals(400, 404, 429),
    )
    def post(self, request: Request) -> Response:
        """Return the comparison with its citation."""
        result = find(request)
        if result.estimate is None:
            raise NotComputed(NOT_COMPUTED, url=api_url(result.comparison))
        create_permanent_link(estimate=result.estimate, source=request_source(request), now=timezone.now())
        return answer(find(request))


def parse(request: Request) -> Comparison:
    """Return the comparison that a request names. Raises Invalid, InvalidComparison."""
    comparison = Comparison.from_query(ExploreParameters.read(request))
    refuse_unknown(comparison, today=timezone.now().date())
    return comparison


def find(request: Request) -> RequestedComparison:
    """Return what is known of the comparison that a request names. Raises NotComputed."""
    comparison = parse(request)
    result = find_comparison(comparison, now=timezone.now(), past="as_of" in request.query_params)
    if result.state == "not_computed":
        raise NotComputed(NOT_COMPUTED, url=api_url(comparison))
    return result


def api_url(comparison: Comparison) -> str:
    """Return the absolute address of a comparison in the API."""
    return f"{settings.PUBLIC_URL}{reverse('api:explore')}?{comparison}"


def answer(result: RequestedComparison, data: dict[str, Any] | None = None) -> Response:
    """Return the response with a comparison: 202 while it is computed."""
    content = {"meta": meta(), "data": data or serialize_comparison(result)}
    return Response(content, status=202 if result.is_waiting else 200)


def serialize_comparison(result: RequestedComparison) -> dict[str, Any]:
    """Serialize a comparison with its figures and estimate."""
    estimate, failure = result.estimate, result.request.failure if result.request else ""
    expires = kept_until(estimate) if estimate else None
    citation = cite_estimate(estimate, result.comparison) if estimate and not expires else None
    figures = lag_figures(estimate, result.comparison.reading) if estimate else []
    return {
        "comparison": str(result.comparison),
        "state": result.state,
        "reason": str(NO_LAG_REASONS.get(failure, failure)),
        "page": comparison_url(result.comparison),
        "figures": [figure_row(figure) for figure in figures],
        "kept_until": expires,
        "citation": asdict(citation) if citation else None,
        "estimate": LagRow(estimate).data if estimate else None,
    }
