"""Developers, models, benchmarks, scores, suites and endpoints."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from evals import queries
from evals.models import Benchmark
from evals.operations.refusals import describe_unknown
from evals.operations.submissions.access import has_permission
from leaderboard.api import parameters
from leaderboard.api.exceptions import NotOnRecord
from leaderboard.api.formats import CsvRenderer
from leaderboard.api.generics import DetailView, ListView, ObjectListView, View
from leaderboard.api.meta import meta
from leaderboard.api.openapi import documented, documented_row, refusals, row_envelope
from leaderboard.api.serializers.catalogue import (
    BenchmarkRow,
    DeveloperRow,
    EndpointRow,
    ModelDetailRow,
    ModelRow,
    ScoreRow,
)
from leaderboard.api.serializers.prices import AdoptionRow, ListPriceRow
from leaderboard.api.serializers.suites import FreshEditionRow, SuiteRow

WITH_CSV: list[type[BaseRenderer]] = [JSONRenderer, CsvRenderer]


@documented("list_developers", "Developers and their countries", csv=True)
class DeveloperList(ListView):
    serializer_class = DeveloperRow
    parameters = parameters.DeveloperParameters
    renderer_classes = WITH_CSV

    def rows(self, **filters: Any) -> QuerySet[Any]:
        return queries.developers(**filters)


@documented("list_models", "Models with developer, country, openness and release date", csv=True)
class ModelList(ListView):
    serializer_class = ModelRow
    parameters = parameters.ModelParameters
    renderer_classes = WITH_CSV

    def rows(self, **filters: Any) -> QuerySet[Any]:
        return queries.models(**filters)


class ModelDetail(View):
    @extend_schema(
        operation_id="read_model",
        summary="A model with all its scores and where each came from",
        responses={200: row_envelope(ModelDetailRow, "Model")} | refusals(404),
    )
    def get(self, request: Request, slug: str) -> Response:
        """Return a model with its scores, related models, endpoints, prices, adoption figures and claims."""
        facts = queries.model_facts(slug)
        if facts is None:
            raise NotOnRecord(*describe_unknown("model", slug, _slugs(queries.models())))
        operator = {"operator": has_permission(request.user, "evals.view_endpoint")}
        related = {
            "scores": ScoreRow(facts.scores, many=True).data,
            "variants": [variant.slug for variant in facts.variants],
            "derivatives": [derivative.slug for derivative in facts.derivatives],
            "endpoints": EndpointRow(facts.endpoints, many=True, context=operator).data,
            "prices": ListPriceRow(facts.prices, many=True).data,
            "adoption": AdoptionRow(facts.adoption, many=True).data,
            "claims": [claim.slug for claim in queries.claims_naming(facts.model)],
        }
        return Response({"meta": meta(), "data": ModelRow(facts.model).data | related})


@documented("list_benchmarks", "Benchmarks with metric, direction, chance, ceiling and items", csv=True)
class BenchmarkList(ListView):
    serializer_class = BenchmarkRow
    parameters = parameters.BenchmarkParameters
    renderer_classes = WITH_CSV

    def rows(self, **filters: Any) -> QuerySet[Any]:
        return queries.benchmarks(**filters)


@documented_row("read_benchmark", "A benchmark", "Benchmark")
class BenchmarkDetail(DetailView):
    """Return a benchmark with its metric, scale and sources; a 404 names similar slugs."""

    serializer_class = BenchmarkRow

    def get_object(self) -> Benchmark:
        slug = self.kwargs["slug"]
        benchmark = queries.benchmark(slug)
        if benchmark is None:
            raise NotOnRecord(*describe_unknown("benchmark", slug, _slugs(queries.benchmarks())))
        return benchmark


@documented("list_scores", "Scores with standard error, n, provenance and source", csv=True)
class ScoreList(ListView):
    serializer_class = ScoreRow
    parameters = parameters.ScoreParameters
    renderer_classes = WITH_CSV

    def rows(self, **filters: Any) -> QuerySet[Any]:
        return queries.scores(**filters)


@documented("list_suites", "Suites and their tasks", csv=True)
class SuiteList(ObjectListView):
    serializer_class = SuiteRow
    parameters = parameters.SuiteParameters
    renderer_classes = WITH_CSV

    def rows(self, **filters: Any) -> QuerySet[Any]:
        slug = filters.pop("slug", "")
        suites = queries.suites(**filters)
        return suites.filter(slug=slug) if slug else suites


@documented(
    "list_fresh_editions", "The months of lagline-fresh: what binds us, and the seed once it is published"
)
class FreshEditionList(ListView):
    serializer_class = FreshEditionRow
    parameters = parameters.FreshEditionParameters

    def rows(self, **filters: Any) -> QuerySet[Any]:
        return queries.fresh_editions()


@documented("list_endpoints", "How models are called; credentials are never shown")
class EndpointList(ObjectListView):
    serializer_class = EndpointRow
    parameters = parameters.EndpointParameters

    def rows(self, **filters: Any) -> QuerySet[Any]:
        return queries.endpoints(**filters)


def _slugs(rows: QuerySet[Any]) -> set[str]:
    return set(rows.order_by().values_list("slug", flat=True))
