"""What can be evaluated and on what."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from evals import queries
from evals.operations.refusals import describe_unknown
from leaderboard.api import parameters
from leaderboard.api.formats import CsvRenderer
from leaderboard.api.lists import Listing, ObjectListing
from leaderboard.api.meta import meta
from leaderboard.api.openapi import listing, one, refusals
from leaderboard.api.serializers.catalogue import (
    BenchmarkRow,
    DeveloperRow,
    EndpointRow,
    FreshEditionRow,
    ModelRow,
    ScoreRow,
    SuiteRow,
)
from leaderboard.api.serializers.prices import AdoptionRow, ListPriceRow

WITH_CSV: list[type[BaseRenderer]] = [JSONRenderer, CsvRenderer]


class ModelDetailRow(ModelRow):
    """A model with its scores, its relatives, and how it can be called."""

    scores = ScoreRow(many=True, read_only=True)
    variants = serializers.ListField(child=serializers.CharField(), read_only=True)
    derivatives = serializers.ListField(child=serializers.CharField(), read_only=True)
    endpoints = EndpointRow(many=True, read_only=True)
    prices = ListPriceRow(many=True, read_only=True)
    adoption = AdoptionRow(many=True, read_only=True)
    claims = serializers.ListField(
        child=serializers.CharField(), read_only=True, help_text="Those that name it or its developer."
    )

    class Meta(ModelRow.Meta):
        fields = [
            *ModelRow.Meta.fields,
            *("scores", "variants", "derivatives", "endpoints", "prices", "adoption", "claims"),
        ]


@listing("list_developers", "Developers and their countries", csv=True)
class DeveloperList(Listing):
    row = DeveloperRow
    parameters = parameters.DeveloperParameters
    renderer_classes = WITH_CSV

    def rows(self, **filters: Any) -> QuerySet[Any]:
        return queries.developers(**filters)


@listing("list_models", "Models with developer, country, openness and release date", csv=True)
class ModelList(Listing):
    row = ModelRow
    parameters = parameters.ModelParameters
    renderer_classes = WITH_CSV

    def rows(self, **filters: Any) -> QuerySet[Any]:
        return queries.models(**filters)


class ModelDetail(APIView):
    @extend_schema(
        operation_id="read_model",
        summary="A model with all its scores and where each came from",
        responses={200: one(ModelDetailRow, "Model")} | refusals(404),
    )
    def get(self, request: Request, slug: str) -> Response:
        """Answer with one model."""
        facts = queries.model_facts(slug)
        if facts is None:
            raise Http404(describe_unknown("model", slug, _slugs(queries.models()))[0])
        operator = {"operator": request.user.is_staff}
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


@listing("list_benchmarks", "Benchmarks with metric, direction, chance, ceiling and items", csv=True)
class BenchmarkList(Listing):
    row = BenchmarkRow
    parameters = parameters.BenchmarkParameters
    renderer_classes = WITH_CSV

    def rows(self, **filters: Any) -> QuerySet[Any]:
        return queries.benchmarks(**filters)


class BenchmarkDetail(APIView):
    @extend_schema(
        operation_id="read_benchmark",
        summary="A benchmark",
        responses={200: one(BenchmarkRow, "Benchmark")} | refusals(404),
    )
    def get(self, request: Request, slug: str) -> Response:
        """Answer with one benchmark."""
        benchmark = queries.benchmark(slug)
        if benchmark is None:
            raise Http404(describe_unknown("benchmark", slug, _slugs(queries.benchmarks()))[0])
        return Response({"meta": meta(), "data": BenchmarkRow(benchmark).data})


@listing("list_scores", "Scores with standard error, n, provenance and source", csv=True)
class ScoreList(Listing):
    row = ScoreRow
    parameters = parameters.ScoreParameters
    renderer_classes = WITH_CSV

    def rows(self, **filters: Any) -> QuerySet[Any]:
        return queries.scores(**filters)


@listing("list_suites", "Suites and their tasks", csv=True)
class SuiteList(ObjectListing):
    row = SuiteRow
    parameters = parameters.SuiteParameters
    renderer_classes = WITH_CSV

    def rows(self, **filters: Any) -> QuerySet[Any]:
        slug = filters.pop("slug", "")
        found = queries.suites(**filters)
        return found.filter(slug=slug) if slug else found


@listing(
    "list_fresh_editions", "The months of lagline-fresh: what binds us, and the seed once it is published"
)
class FreshEditionList(Listing):
    row = FreshEditionRow
    parameters = parameters.FreshEditionParameters

    def rows(self, **filters: Any) -> QuerySet[Any]:
        return queries.fresh_editions()


@listing("list_endpoints", "How models are called; credentials are never shown")
class EndpointList(ObjectListing):
    row = EndpointRow
    parameters = parameters.EndpointParameters

    def rows(self, **filters: Any) -> QuerySet[Any]:
        return queries.endpoints(**filters)


def _slugs(rows: QuerySet[Any]) -> set[str]:
    return set(rows.order_by().values_list("slug", flat=True))
