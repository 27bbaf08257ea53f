"""The published lags."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from leaderboard import queries
from leaderboard.api.lists import Listing
from leaderboard.api.meta import meta
from leaderboard.api.openapi import listing, one, refusals
from leaderboard.api.parameters import LagParameters, ListParameters
from leaderboard.api.serializers.catalogue import ChangeRow, ForecastRow, LagRow
from leaderboard.api.views.catalogue import WITH_CSV


@listing("list_lags", "The newest published lag of each pair of cohorts on each benchmark", csv=True)
class LagList(Listing):
    row = LagRow
    parameters = LagParameters
    renderer_classes = WITH_CSV

    def rows(self, **filters: Any) -> QuerySet[Any]:
        return queries.lag_estimates(**filters)


@listing("list_forecasts", "Every forecast on record, and what came of it", csv=True)
class ForecastList(Listing):
    row = ForecastRow
    parameters = ListParameters
    renderer_classes = WITH_CSV

    def rows(self, **filters: Any) -> QuerySet[Any]:
        return queries.forecasts()


@listing("list_changes", "What moved each estimate over all benchmarks away from the one before")
class ChangeList(Listing):
    row = ChangeRow
    parameters = ListParameters

    def rows(self, **filters: Any) -> QuerySet[Any]:
        return queries.estimate_changes()


class LagDetail(APIView):
    @extend_schema(
        operation_id="read_lag",
        summary="One published lag, however old: what a citation leads to",
        responses={200: one(LagRow, "Lag")} | refusals(404),
    )
    def get(self, request: Request, estimate_id: int) -> Response:
        """Answer with one estimate."""
        estimate = queries.lag_estimate(estimate_id)
        if estimate is None:
            raise Http404(f"No estimate {estimate_id} was published.")
        return Response({"meta": meta(), "data": LagRow(estimate).data})
