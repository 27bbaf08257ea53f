"""Why published lags differ, and how they depend on parts of the data."""

from __future__ import annotations

from dataclasses import asdict

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from leaderboard.api.generics import View
from leaderboard.api.meta import meta
from leaderboard.api.openapi import refusals, row_envelope
from leaderboard.api.parameters import Parameters, choice
from leaderboard.api.serializers.differences import WhatIfRow, WhyRow
from leaderboard.api.serializers.explore import figure_row
from leaderboard.presenters.leave_one_out import present_removals
from leaderboard.presenters.reading_differences import TOLERANCES, USUAL_TOLERANCE, compare_readings


class WhyParameters(Parameters):
    tolerance = choice([(points, points) for points in TOLERANCES])


class Why(View):
    parameters = WhyParameters

    @extend_schema(
        operation_id="why_they_differ",
        summary="China's lag under every reading, on each published choice of the data",
        parameters=[WhyParameters],
        responses={200: row_envelope(WhyRow, "Why")} | refusals(400),
    )
    def get(self, request: Request) -> Response:
        """Return the lag by every reading, the score gap in percent, and the claims by reading."""
        tolerance = self.parameters.read(request).get("tolerance", USUAL_TOLERANCE)
        readings = compare_readings(today=timezone.now().date(), tolerance=tolerance)
        data = {
            "choices": [
                {
                    "key": column.key,
                    "comparison": str(column.comparison),
                    "estimate": column.estimate_id,
                    "as_of": column.as_of,
                    "figures": [figure_row(figure) for figure in column.figures.values()],
                }
                for column in readings.columns
            ],
            "gap_percent": asdict(readings.gap),
            "claims": {name: [claim.slug for claim in claims] for name, claims in readings.claims.items()},
        }
        return Response({"meta": meta(), "data": data})


class WhatIf(View):
    @extend_schema(
        operation_id="what_if",
        summary="The catch-up lag without each model, benchmark and developer, and its fragility",
        responses={200: row_envelope(WhatIfRow, "WhatIf")} | refusals(404),
    )
    def get(self, request: Request) -> Response:
        """Return the lag without each model, benchmark and developer, and its fragility."""
        result = present_removals()
        if result is None:
            raise Http404("No lag over all benchmarks is published.")
        left = [part for rows in result.left.values() for part in rows]
        data = WhatIfRow(vars(result) | {"left": left}).data
        return Response({"meta": meta(), "data": data})
