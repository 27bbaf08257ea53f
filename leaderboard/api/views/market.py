"""Prices and adoption."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from evals import queries
from leaderboard.api.generics import ComputedListView, ListView
from leaderboard.api.openapi import documented
from leaderboard.api.parameters import ListParameters, PriceParameters
from leaderboard.api.serializers.prices import (
    AdoptionRow,
    BestAtPriceRow,
    CostRow,
    DiffusionRow,
    LagAtPriceRow,
    ListPriceRow,
)
from leaderboard.api.views.catalogue import WITH_CSV
from leaderboard.presenters.adoption import present_adoption
from leaderboard.presenters.prices import present_prices


@documented(
    "list_prices", "What providers asked for a million tokens of a model, from which day on", csv=True
)
class PriceList(ListView):
    serializer_class = ListPriceRow
    parameters = PriceParameters
    renderer_classes = WITH_CSV

    def rows(self, **filters: Any) -> QuerySet[Any]:
        return queries.list_prices(**filters)


class OfPrices(ComputedListView):
    """A list of the price page's content."""

    parameters = ListParameters
    renderer_classes = WITH_CSV


@documented("list_best_at_price", "The Chinese and US models that nothing as cheap of theirs beats", csv=True)
class BestAtPriceList(OfPrices):
    serializer_class = BestAtPriceRow

    def rows(self, **filters: Any) -> Any:
        return list(present_prices().frontier)


@documented("list_costs", "The days on which a level of capability became cheaper than ever", csv=True)
class CostList(OfPrices):
    serializer_class = CostRow

    def rows(self, **filters: Any) -> Any:
        return list(present_prices().costs)


@documented("list_lags_at_price", "The lag at equal price", csv=True)
class LagAtPriceList(OfPrices):
    serializer_class = LagAtPriceRow

    def rows(self, **filters: Any) -> Any:
        return list(present_prices().lags)


@documented("list_adoption", "Published figures of use, downloads, derivatives, price and trust", csv=True)
class AdoptionList(ListView):
    serializer_class = AdoptionRow
    parameters = ListParameters
    renderer_classes = WITH_CSV

    def rows(self, **filters: Any) -> QuerySet[Any]:
        return queries.adoption()


@documented("list_diffusion", "How long after capability use came, by each measure that allows it", csv=True)
class DiffusionList(OfPrices):
    serializer_class = DiffusionRow

    def rows(self, **filters: Any) -> Any:
        return list(present_adoption().diffusion)
