"""Prices and adoption as JSON."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from evals.models import Adoption, ListPrice
from leaderboard.api.serializers.base import SOURCED, ReadRow, linked

BLENDED = "USD per million tokens, blended 3 input : 1 output."


class ListPriceRow(ReadRow):
    model = linked("model.slug")

    class Meta:
        model = ListPrice
        fields = [
            *("model", "provider", "in_force_on", "input_usd_per_mtok", "cached_input_usd_per_mtok"),
            *("output_usd_per_mtok", *SOURCED),
        ]


class BestAtPriceRow(serializers.Serializer[Any]):
    """A model better than every model of its cohort that costs as little or less."""

    cohort = serializers.CharField()
    model = serializers.CharField()
    name = serializers.CharField()
    usd = serializers.FloatField(source="offer.usd", help_text=BLENDED)
    capability = serializers.FloatField(source="level", help_text="In logits, at the index's mode.")
    provider = serializers.CharField(source="offer.provider")
    in_force_on = serializers.DateField(source="offer.on")
    price_source = serializers.CharField(source="offer.source")


class CostRow(serializers.Serializer[Any]):
    """A date on which a level of capability became cheaper than ever before in a cohort."""

    level_of = serializers.CharField(help_text="The model whose level it is.")
    capability = serializers.FloatField(source="level", help_text="In logits, at the index's mode.")
    cohort = serializers.CharField()
    on = serializers.DateField()
    model = serializers.CharField()
    usd = serializers.FloatField(source="offer.usd", help_text=BLENDED)
    provider = serializers.CharField(source="offer.provider")
    price_source = serializers.CharField(source="offer.source")


class LagAtPriceRow(serializers.Serializer[Any]):
    """The lag between models, each from the day it was first offered at or below a price."""

    limit_usd = serializers.FloatField(source="limit", help_text=BLENDED)
    estimate = serializers.IntegerField(source="published.estimate_id", allow_null=True, default=None)
    as_of = serializers.DateField(source="published.as_of", allow_null=True, default=None)
    method_version = serializers.CharField(source="published.method_version", allow_null=True, default=None)
    composite = serializers.DictField(source="published.figures.json", allow_null=True, default=None)


class AdoptionRow(ReadRow):
    class Meta:
        model = Adoption
        fields = [
            *("observed_on", "precision", "subject", "country", "measure", "value", "unit", "statement"),
            *SOURCED,
        ]


class DiffusionRow(serializers.Serializer[Any]):
    """The months from parity of capability to parity of use, by one measure."""

    measure = serializers.CharField()
    open_weights = serializers.BooleanField(help_text="Whether only open weights are counted and compared.")
    estimate = serializers.IntegerField(source="estimate_id", allow_null=True)
    capable_on = serializers.DateField(allow_null=True)
    parity = serializers.CharField(help_text="reached, reached_by (or earlier), not_yet, one_side.")
    used_on = serializers.DateField(allow_null=True)
    months = serializers.FloatField(allow_null=True, help_text="At most so many where it was reached_by.")
    follower_value = serializers.FloatField()
    leader_value = serializers.FloatField(allow_null=True)
