"""What others have said of the lag, against the data."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from evals import queries
from evals.operations.refusals import describe_unknown
from leaderboard.api.lists import ComputedListing, Listing
from leaderboard.api.meta import meta
from leaderboard.api.openapi import listing, one, refusals
from leaderboard.api.parameters import ClaimParameters, Parameters
from leaderboard.api.serializers.claims import ClaimRow, JudgedClaimRow
from leaderboard.api.views.catalogue import WITH_CSV
from leaderboard.presenters.claims import judge_claims


@listing("list_claims", "What others have said of the lag, with date and source", csv=True)
class ClaimList(Listing):
    row = ClaimRow
    parameters = ClaimParameters
    renderer_classes = WITH_CSV

    def rows(self, **filters: Any) -> QuerySet[Any]:
        return queries.claims(**filters)


@listing("judge_claims", "Each claim against the lag of the day that it is about, with the verdict", csv=True)
class JudgedClaimList(ComputedListing):
    row = JudgedClaimRow
    parameters = ClaimParameters
    renderer_classes = WITH_CSV

    def rows(self, **filters: Any) -> Any:
        return judge_claims(list(queries.claims(**filters)))


class ClaimDetail(APIView):
    @extend_schema(
        operation_id="read_claim",
        summary="A claim against the lag of the day that it is about, and of now",
        responses={200: one(JudgedClaimRow, "Claim")} | refusals(400, 404),
    )
    def get(self, request: Request, slug: str) -> Response:
        """Answer with one claim."""
        Parameters.read(request)
        found = queries.claims().filter(slug=slug).first()
        if found is None:
            known = set(queries.claims().order_by().values_list("slug", flat=True))
            raise Http404(describe_unknown("claim", slug, known)[0])
        return Response({"meta": meta(), "data": JudgedClaimRow(judge_claims([found])[0]).data})
