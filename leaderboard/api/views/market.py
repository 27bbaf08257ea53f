"""Prices and adoption."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from evals import queries
from leaderboard.api.lists import ComputedListing, Listing
from leaderboard.api.openapi import listing
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


@listing("list_prices", "What providers asked for a million tokens of a model, from which day on", csv=True)
class PriceList(Listing):
    row = ListPriceRow
    parameters = PriceParameters
    renderer_classes = WITH_CSV

    def rows(self, **filters: Any) -> QuerySet[Any]:
        return queries.list_prices(**filters)


class OfPrices(ComputedListing):
    """A list of what the price page tells."""

    parameters = ListParameters
    renderer_classes = WITH_CSV


@listing("list_best_at_price", "The Chinese and US models that nothing as cheap of theirs beats", csv=True)
class BestAtPriceList(OfPrices):
    row = BestAtPriceRow

    def rows(self, **filters: Any) -> Any:
        return list(present_prices().frontier)


@listing("list_costs", "The days on which a level of capability became cheaper than ever", csv=True)
class CostList(OfPrices):
    row = CostRow

    def rows(self, **filters: Any) -> Any:
        return list(present_prices().costs)


@listing("list_lags_at_price", "The lag at equal price", csv=True)
class LagAtPriceList(OfPrices):
    row = LagAtPriceRow

    def rows(self, **filters: Any) -> Any:
        return list(present_prices().lags)


@listing("list_adoption", "Published figures of use, downloads, derivatives, price and trust", csv=True)
class AdoptionList(Listing):
    row = AdoptionRow
    parameters = ListParameters
    renderer_classes = WITH_CSV

    def rows(self, **filters: Any) -> QuerySet[Any]:
        return queries.adoption()


@listing("list_diffusion", "How long after capability use came, by each measure that allows it", csv=True)
class DiffusionList(OfPrices):
    row = DiffusionRow

    def rows(self, **filters: Any) -> Any:
        return list(present_adoption().diffusion)
