"""Countries."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from leaderboard.api.lists import ComputedListing
from leaderboard.api.meta import meta
from leaderboard.api.openapi import listing, one, refusals
from leaderboard.api.parameters import ListParameters, Parameters
from leaderboard.api.serializers.countries import CountryDetailRow, CountryRow
from leaderboard.api.views.catalogue import WITH_CSV
from leaderboard.presenters.countries import country_facts, list_countries


@listing("list_countries", "Countries with their developers, models, and how open these are", csv=True)
class CountryList(ComputedListing):
    row = CountryRow
    parameters = ListParameters
    renderer_classes = WITH_CSV

    def rows(self, **filters: Any) -> Any:
        return list_countries(today=timezone.now().date())


class CountryDetail(APIView):
    @extend_schema(
        operation_id="read_country",
        summary="A country with its developers, its records on the index, and its lag behind the US",
        responses={200: one(CountryDetailRow, "Country")} | refusals(400, 404),
    )
    def get(self, request: Request, code: str) -> Response:
        """Answer with one country."""
        Parameters.read(request)
        facts = country_facts(code.upper(), today=timezone.now().date())
        if facts is None:
            raise Http404(f"No developer on record is of the country {code!r}.")
        return Response({"meta": meta(), "data": CountryDetailRow(facts).data})
