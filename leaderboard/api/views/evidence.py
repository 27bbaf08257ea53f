"""What a published number rests on, what was corrected in the record, and the exports of it all."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from evals import queries as record
from evals.models import Correction
from evals.queries import ScoreBehind
from leaderboard import queries
from leaderboard.api.lists import Listing
from leaderboard.api.meta import headers, meta
from leaderboard.api.openapi import listing, one, refusals
from leaderboard.api.parameters import ListParameters
from leaderboard.api.serializers.catalogue import LagRow, ReadRow
from leaderboard.api.views.catalogue import WITH_CSV
from leaderboard.models import Export
from leaderboard.operations.evidence import estimate_evidence


class BillRow(serializers.Serializer[Any]):
    """An estimate, every score under it with its runs or its source, and the command that recomputes it."""

    estimate = serializers.DictField(help_text="The estimate with its versions and hashes, without values.")
    command = serializers.CharField(help_text="Recomputes it from the record as it was known then.")
    scores = serializers.ListField(
        child=serializers.DictField(),
        help_text="As known at publication: value, provenance, source or the runs with task hash, versions "
        "and number of responses; a run's samples and raw answers are at runs/{run}/samples.",
    )


class BillDetail(APIView):
    renderer_classes = WITH_CSV

    @extend_schema(
        operation_id="read_bill",
        summary="The bill of materials of a published lag: scores, runs, sources, versions, hashes",
        description="With `format=csv` the scores alone.",
        responses={
            (200, "application/json"): one(BillRow, "Bill"),
            (200, "text/csv"): OpenApiResponse({"type": "string"}, "The scores, as CSV."),
        }
        | refusals(404),
    )
    def get(self, request: Request, estimate_id: int) -> Response:
        """Answer with what is under one estimate."""
        estimate = queries.lag_estimate(estimate_id)
        if estimate is None:
            raise Http404(f"No estimate {estimate_id} was published.")
        found = estimate_evidence(estimate=estimate)
        scores = [asdict(row) for row in found.scores]
        if request.accepted_renderer.format == "csv":
            columns = [field.name for field in fields(ScoreBehind)]
            return Response({"data": scores, "columns": columns}, headers=headers(meta()))
        told = {name: value for name, value in LagRow(estimate).data.items() if name != "values"}
        answer = {"estimate": told, "command": found.command, "scores": scores}
        return Response({"meta": meta(), "data": answer})


class CorrectionRow(ReadRow):
    """A change of a fact on record: what it was and became (empty: withdrawn), when, why, by which source."""

    changes = serializers.DictField(read_only=True)

    class Meta:
        model = Correction
        fields = ["id", "table", "subject", "changes", "known_at", "corrected_at", "reason", "source"]


class ExportRow(ReadRow):
    """An export: each file of its manifest is at `/data/{folder}/{name}`."""

    manifest = serializers.DictField(
        read_only=True,
        help_text="Rows and licences of each table, size and SHA-256 of each file, the public key.",
    )

    class Meta:
        model = Export
        fields = ["folder", "made_at", "manifest"]


@listing("list_exports", "The exports that can be downloaded, newest first: their files with hashes")
class ExportList(Listing):
    row = ExportRow
    parameters = ListParameters
    page_size = 10

    def rows(self, **filters: Any) -> QuerySet[Any]:
        return queries.exports()


class CorrectionParameters(ListParameters):
    subject = serializers.CharField(required=False, help_text="A slug, or `model on benchmark`.")
    table = serializers.CharField(required=False, help_text="Such as evals_model or evals_score.")


@listing("list_corrections", "The changelog of data: every correction, newest first, with its reason")
class CorrectionList(Listing):
    row = CorrectionRow
    parameters = CorrectionParameters

    def rows(self, **filters: Any) -> QuerySet[Any]:
        return record.corrections(**filters)
