"""Any comparison as JSON or CSV: its published estimate, or the state of its computation."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from leaderboard.api.generics import View
from leaderboard.api.meta import headers, meta
from leaderboard.api.openapi import refusals, row_envelope
from leaderboard.api.parameters import Parameters
from leaderboard.api.serializers.explore import ExploreRow, FigureRow, figure_row
from leaderboard.api.serializers.lags import LagRow
from leaderboard.api.views.catalogue import WITH_CSV
from leaderboard.comparisons import Comparison
from leaderboard.comparisons.cohort import RULE
from leaderboard.operations.client_id import client_id
from leaderboard.operations.requested_comparisons import (
    RequestedComparison,
    TooManyRequests,
    refuse_unknown,
    request_comparison,
)
from leaderboard.presenters.citation import cite_estimate, comparison_url
from leaderboard.presenters.comparison_figures import lag_figures
from leaderboard.presenters.labels import NO_LAG_REASONS


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


class QueueIsFull(exceptions.APIException):
    """The queue of requested comparisons is full."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_code = "queue_full"
    wait = 120  # sent as Retry-After


class Explore(View):
    parameters = ExploreParameters
    renderer_classes = WITH_CSV

    @extend_schema(
        operation_id="explore",
        summary="The lag of any two cohorts on any benchmarks, by any rule, on any day",
        description="Answers from what is published; what is not is computed, once for all who ask: 202 "
        "until then, and the same address again some seconds later. `format=csv` gives the figures.",
        parameters=[ExploreParameters],
        responses={200: row_envelope(ExploreRow, "Explore"), 202: row_envelope(ExploreRow, "Explore")}
        | refusals(400, 429, 503),
    )
    def get(self, request: Request) -> Response:
        """Return the comparison's estimate, or 202 while it is computed."""
        comparison = Comparison.from_query(self.parameters.read(request))
        now = timezone.now()
        refuse_unknown(comparison, today=now.date())
        past = "as_of" in request.query_params
        client = client_id(request)
        result = request_comparison(comparison, client=client, language="en", now=now, may_ask=not past)
        if result.state == "refused":
            refused = result.refusal
            if isinstance(refused, TooManyRequests):
                raise exceptions.Throttled(wait=600, detail=refused.message)
            raise QueueIsFull(refused.message if refused else None)
        data = serialize_comparison(result)
        if request.accepted_renderer.format == "csv":
            named = {"comparison": data["comparison"], "state": data["state"]}
            rows = [named | row for row in data["figures"]]
            columns = [*named, *FigureRow().fields]
            return Response({"data": rows, "columns": columns}, headers=headers(meta()))
        return Response({"meta": meta(), "data": data}, status=202 if result.is_waiting else 200)


def serialize_comparison(result: RequestedComparison) -> dict[str, Any]:
    """Serialize a comparison with its figures and estimate."""
    estimate, failure = result.estimate, result.request.failure if result.request else ""
    citation = cite_estimate(estimate, result.comparison) if estimate else None
    figures = lag_figures(estimate, result.comparison.reading) if estimate else []
    return {
        "comparison": str(result.comparison),
        "state": result.state,
        "reason": str(NO_LAG_REASONS.get(failure, failure)),
        "page": comparison_url(result.comparison),
        "figures": [figure_row(figure) for figure in figures],
        "citation": asdict(citation) if citation else None,
        "estimate": LagRow(estimate).data if estimate else None,
    }
