"""Countries as JSON."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers


class ShareRow(serializers.Serializer[Any]):
    n_open = serializers.IntegerField()
    n = serializers.IntegerField()
    share = serializers.FloatField(allow_null=True)


class CountryRow(serializers.Serializer[Any]):
    """A country with counts of its developers and models; variants of one release count once."""

    code = serializers.CharField()
    n_developers = serializers.IntegerField()
    n_models = serializers.IntegerField()
    weights = ShareRow(help_text="How many have open weights.")
    weights_last_year = ShareRow(help_text="The same of those released in the last 365 days.")
    newest_on = serializers.DateField(allow_null=True)


class CountryRecordRow(serializers.Serializer[Any]):
    model = serializers.CharField(source="model.slug")
    released_on = serializers.DateField(source="model.released_on")
    value = serializers.FloatField()
    world = serializers.BooleanField(help_text="Whether it was the best of all countries when it came out.")


class CountryDetailRow(serializers.Serializer[Any]):
    """A country with its developers, its records on the index, and its lag behind the leader."""

    country = CountryRow()
    developers = serializers.ListField(child=serializers.CharField(), source="developer_slugs")
    index = serializers.CharField(source="index.slug", allow_null=True)
    records = CountryRecordRow(many=True)
    lag = serializers.IntegerField(
        source="lag_id", allow_null=True, help_text="The estimate behind the US: /lags/{id}."
    )
