"""Why published figures differ, and what the lag hangs on."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from leaderboard.api.meta import meta
from leaderboard.api.openapi import one, refusals
from leaderboard.api.parameters import Parameters, choice
from leaderboard.api.views.explore import FigureRow, figure_row
from leaderboard.presenters.leave_one_out import present_removals
from leaderboard.presenters.reading_differences import TOLERANCES, USUAL_TOLERANCE, compare_readings


class WhyParameters(Parameters):
    tolerance = choice([(points, points) for points in TOLERANCES])


class ChoiceRow(serializers.Serializer[Any]):
    key = serializers.CharField(help_text="Which data: all, a rule of countries, a set, index, or a day.")
    comparison = serializers.CharField()
    estimate = serializers.IntegerField()
    as_of = serializers.DateField()
    figures = FigureRow(many=True)


class GapRow(serializers.Serializer[Any]):
    """By how many percent the leader's best score is above the follower's."""

    on_index = serializers.FloatField(allow_null=True)
    median = serializers.FloatField(allow_null=True)
    n = serializers.IntegerField()


class WhyRow(serializers.Serializer[Any]):
    choices = ChoiceRow(many=True)
    gap_percent = GapRow()
    claims = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField()),
        help_text="Slugs of claims by the reading that theirs is nearest to.",
    )


class Why(APIView):
    @extend_schema(
        operation_id="why_they_differ",
        summary="China's lag under every reading, on each published choice of the data",
        parameters=[WhyParameters],
        responses={200: one(WhyRow, "Why")} | refusals(400),
    )
    def get(self, request: Request) -> Response:
        """Answer with every reading."""
        tolerance = WhyParameters.read(request).get("tolerance", USUAL_TOLERANCE)
        found = compare_readings(today=timezone.now().date(), tolerance=tolerance)
        told = {
            "choices": [
                {
                    "key": column.key,
                    "comparison": str(column.comparison),
                    "estimate": column.estimate_id,
                    "as_of": column.as_of,
                    "figures": [figure_row(figure) for figure in column.figures.values()],
                }
                for column in found.columns
            ],
            "gap_percent": asdict(found.gap),
            "claims": {name: [claim.slug for claim in claims] for name, claims in found.claims.items()},
        }
        return Response({"meta": meta(), "data": told})


class LeftRow(serializers.Serializer[Any]):
    kind = serializers.CharField(help_text="model, benchmark or developer")
    slug = serializers.CharField()
    name = serializers.CharField()
    months = serializers.FloatField(allow_null=True, help_text="The catch-up lag at the mode without it.")
    change = serializers.FloatField(allow_null=True)


class TogetherRow(serializers.Serializer[Any]):
    names = serializers.ListField(child=serializers.CharField())
    terms = serializers.CharField(help_text="As `without` of `explore` takes them.")
    months = serializers.FloatField(allow_null=True)
    change = serializers.FloatField(allow_null=True)


class WhatIfRow(serializers.Serializer[Any]):
    estimate = serializers.IntegerField(source="estimate_id")
    as_of = serializers.DateField()
    at_mode_months = serializers.FloatField(source="at_mode", allow_null=True)
    low = serializers.FloatField(allow_null=True, help_text="The least over all leave-one-outs.")
    high = serializers.FloatField(allow_null=True)
    fragility_known = serializers.BooleanField(source="fragile")
    by_a_month = TogetherRow(allow_null=True, help_text="The fewest models found that move it by a month.")
    sign = TogetherRow(allow_null=True, help_text="The fewest models found that turn its sign.")
    left = LeftRow(many=True)


class WhatIf(APIView):
    @extend_schema(
        operation_id="what_if",
        summary="The catch-up lag without each model, benchmark and developer, and its fragility",
        responses={200: one(WhatIfRow, "WhatIf")} | refusals(404),
    )
    def get(self, request: Request) -> Response:
        """Answer with every leave-one-out."""
        Parameters.read(request)
        found = present_removals()
        if found is None:
            raise Http404("No lag over all benchmarks is published.")
        left = [one for rows in found.left.values() for one in rows]
        data = WhatIfRow(vars(found) | {"left": left}).data
        return Response({"meta": meta(), "data": data})
