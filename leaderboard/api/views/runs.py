"""Runs and their samples."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from evals import queries
from leaderboard.api.describe import one, page_of, refusals
from leaderboard.api.listing import ObjectListing
from leaderboard.api.meta import meta
from leaderboard.api.parameters import SampleParameters
from leaderboard.api.submission_rows import RunRow, SampleRow


class RunDetail(APIView):
    @extend_schema(
        operation_id="read_run",
        summary="A run with its progress, settings, versions, results and what it cost",
        responses={200: one(RunRow, "Run")} | refusals(404),
    )
    def get(self, request: Request, run_id: int) -> Response:
        """Answer with one run."""
        run = queries.run(run_id)
        if run is None:
            raise Http404(f"There is no run {run_id}.")
        told = queries.progress(submission_ids=[run.submission_id], now=timezone.now())[run.submission_id]
        progress = next(part for part in told.runs if part.run_id == run.pk)
        return Response({"meta": meta(), "data": RunRow(run, context={"progress": progress}).data})


class RunSamples(ObjectListing):
    row = SampleRow
    parameters = SampleParameters
    page_size = 50

    def rows(self, **filters: Any) -> QuerySet[Any]:
        if queries.run(self.kwargs["run_id"]) is None:
            raise Http404(f"There is no run {self.kwargs['run_id']}.")
        return queries.samples(run_id=self.kwargs["run_id"], **filters)

    @extend_schema(
        operation_id="list_samples",
        summary="A run's samples: what was asked, what was right, what was answered, raw",
        parameters=[SampleParameters],
        responses={200: page_of(SampleRow, "Sample")} | refusals(400, 404),
    )
    def get(self, request: Request, **where: Any) -> Response:
        """Answer with a page of samples."""
        return super().get(request, **where)
