"""The evidence of an estimate, corrections of the record, and exports."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from evals import queries as record
from evals.queries import ScoreBehind
from leaderboard import queries
from leaderboard.api.generics import ListView, View
from leaderboard.api.meta import headers, meta
from leaderboard.api.openapi import documented, refusals, row_envelope
from leaderboard.api.parameters import ListParameters
from leaderboard.api.serializers.disputes import CorrectionRow
from leaderboard.api.serializers.evidence import BillRow, ExportRow
from leaderboard.api.serializers.lags import LagRow
from leaderboard.api.views.catalogue import WITH_CSV
from leaderboard.operations.evidence import estimate_evidence


class BillDetail(View):
    renderer_classes = WITH_CSV

    @extend_schema(
        operation_id="read_bill",
        summary="The bill of materials of a published lag: scores, runs, sources, versions, hashes",
        description="With `format=csv` the scores alone.",
        responses={
            (200, "application/json"): row_envelope(BillRow, "Bill"),
            (200, "text/csv"): OpenApiResponse({"type": "string"}, "The scores, as CSV."),
        }
        | refusals(404),
    )
    def get(self, request: Request, estimate_id: int) -> Response:
        """Return the evidence of an estimate."""
        estimate = queries.lag_estimate(estimate_id)
        if estimate is None:
            raise Http404(f"No estimate {estimate_id} was published.")
        evidence = estimate_evidence(estimate=estimate)
        scores = [asdict(row) for row in evidence.scores]
        if request.accepted_renderer.format == "csv":
            columns = [field.name for field in fields(ScoreBehind)]
            return Response({"data": scores, "columns": columns}, headers=headers(meta()))
        lag = {name: value for name, value in LagRow(estimate).data.items() if name != "values"}
        answer = {"estimate": lag, "command": evidence.command, "scores": scores}
        return Response({"meta": meta(), "data": answer})


@documented("list_exports", "The exports that can be downloaded, newest first: their files with hashes")
class ExportList(ListView):
    serializer_class = ExportRow
    parameters = ListParameters
    page_size = 10

    def rows(self, **filters: Any) -> QuerySet[Any]:
        return queries.exports()


class CorrectionParameters(ListParameters):
    subject = serializers.CharField(required=False, help_text="A slug, or `model on benchmark`.")
    table = serializers.CharField(required=False, help_text="Such as evals_model or evals_score.")


@documented("list_corrections", "The changelog of data: every correction, newest first, with its reason")
class CorrectionList(ListView):
    serializer_class = CorrectionRow
    parameters = CorrectionParameters

    def rows(self, **filters: Any) -> QuerySet[Any]:
        return record.corrections(**filters)
