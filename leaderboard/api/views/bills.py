"""What a published number rests on, and what was corrected in the record."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from evals import queries as record
from evals.models import Correction
from leaderboard import queries
from leaderboard.api.describe import listing, one, refusals
from leaderboard.api.listing import Listing
from leaderboard.api.meta import meta
from leaderboard.api.parameters import ListParameters
from leaderboard.api.rows import LagRow, ReadRow
from leaderboard.comparisons import Comparison
from leaderboard.operations.lag_data import bounded_tests, dataset


class BillRow(serializers.Serializer[Any]):
    """An estimate, every score under it with its runs or its source, and the command that recomputes it."""

    estimate = serializers.DictField(help_text="The estimate with its versions and hashes, without values.")
    command = serializers.CharField(help_text="Recomputes it from the record as it was known then.")
    scores = serializers.ListField(
        child=serializers.DictField(),
        help_text="As known at publication: value, provenance, source or the runs with task hash, versions "
        "and number of responses; a run's samples and raw answers are at runs/{run}/samples.",
    )


class Bill(APIView):
    @extend_schema(
        operation_id="read_bill",
        summary="The bill of materials of a published lag: scores, runs, sources, versions, hashes",
        responses={200: one(BillRow, "Bill")} | refusals(404),
    )
    def get(self, request: Request, estimate_id: int) -> Response:
        """Answer with what is under one estimate."""
        estimate = queries.lag_estimate(estimate_id)
        if estimate is None:
            raise Http404(f"No estimate {estimate_id} was published.")
        with record.known_before(estimate.published_at + timedelta(microseconds=1)):
            if estimate.benchmark:
                chosen = [estimate.benchmark.slug]
            else:
                comparison = Comparison.of_estimate(estimate)
                composite = bounded_tests(dataset(record.lag_input(), comparison), comparison.pair)
                chosen = [row.id for row in composite.benchmarks]
            scores = [asdict(row) for row in record.scores_behind(benchmarks=chosen)]
        told = {name: value for name, value in LagRow(estimate).data.items() if name != "values"}
        command = f"python manage.py verify {estimate.pk}"
        return Response({"meta": meta(), "data": {"estimate": told, "command": command, "scores": scores}})


class CorrectionRow(ReadRow):
    """A change of a fact on record: what it was and became (empty: withdrawn), when, why, by which source."""

    changes = serializers.DictField(read_only=True)

    class Meta:
        model = Correction
        fields = ["id", "table", "subject", "changes", "known_at", "corrected_at", "reason", "source"]


class CorrectionParameters(ListParameters):
    subject = serializers.CharField(required=False, help_text="A slug, or `model on benchmark`.")
    table = serializers.CharField(required=False, help_text="Such as evals_model or evals_score.")


@listing("list_corrections", "The changelog of data: every correction, newest first, with its reason")
class CorrectionList(Listing):
    row = CorrectionRow
    parameters = CorrectionParameters

    def rows(self, **filters: Any) -> QuerySet[Any]:
        return record.corrections(**filters)
