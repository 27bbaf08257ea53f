"""Countries."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.utils import timezone

from leaderboard.api.generics import ComputedListView, DetailView
from leaderboard.api.openapi import documented, documented_row
from leaderboard.api.parameters import ListParameters
from leaderboard.api.serializers.countries import CountryDetailRow, CountryRow
from leaderboard.api.views.catalogue import WITH_CSV
from leaderboard.presenters.countries import CountryFacts, country_facts, list_countries


@documented("list_countries", "Countries with their developers, models, and how open these are", csv=True)
class CountryList(ComputedListView):
    serializer_class = CountryRow
    parameters = ListParameters
    renderer_classes = WITH_CSV

    def rows(self, **filters: Any) -> Any:
        return list_countries(today=timezone.now().date())


@documented_row(
    "read_country",
    "A country with its developers, its records on the index, and its lag behind the US",
    "Country",
    errors=(400, 404),
)
class CountryDetail(DetailView):
    """Return the facts of a country by its ISO 3166 code; 404 if no developer has its headquarters there."""

    serializer_class = CountryDetailRow

    def get_object(self) -> CountryFacts:
        code = self.kwargs["code"]
        facts = country_facts(code.upper(), today=timezone.now().date())
        if facts is None:
            raise Http404(f"No developer on record is of the country {code!r}.")
        return facts
