"""Published lags, forecasts and changes as JSON."""

from __future__ import annotations

from rest_framework import serializers

from leaderboard.api.serializers.base import ReadRow, linked
from leaderboard.lag.io.sentences import STATES
from leaderboard.models import EstimateChange, Forecast, LagEstimate


class LagRow(ReadRow):
    benchmark = linked("benchmark.slug", null=True)
    benchmark_name = linked("benchmark.name", null=True)
    state = serializers.CharField(
        read_only=True, help_text="; ".join(f"{state}: {meaning}" for state, meaning in STATES.items()) + "."
    )
    values = serializers.DictField(
        read_only=True,
        help_text="Event lags, standing and catch-up lag; of the composite, which has no benchmark, "
        "its figures with their 95% intervals, trend, readings, records and diagnostics.",
    )

    class Meta:
        model = LagEstimate
        fields = [
            "id",
            "follower",
            "leader",
            "benchmark",
            "benchmark_name",
            "domain",
            "scope",
            "reading",
            "attribution",
            "as_of",
            "method_version",
            "data_hash",
            "seed",
            "state",
            "published_at",
            "values",
        ]


class ForecastRow(ReadRow):
    model = linked("model.slug", null=True)
    lag_months = serializers.FloatField(source="outcome.lag_months", read_only=True, allow_null=True)
    happened = serializers.BooleanField(source="outcome.happened", read_only=True, allow_null=True)
    score = serializers.FloatField(
        source="outcome.score",
        read_only=True,
        allow_null=True,
        help_text="CRPS of a lag, Brier score of a match.",
    )
    quantiles = serializers.ListField(child=serializers.FloatField(), read_only=True, allow_null=True)

    class Meta:
        model = Forecast
        fields = [
            *("id", "estimate", "kind", "month", "model", "horizon_months", "due_on", "probability"),
            *("quantiles", "made_at", "lag_months", "happened", "score"),
        ]


class ChangeRow(ReadRow):
    follower = linked("estimate.follower")
    leader = linked("estimate.leader")
    attribution = linked("estimate.attribution")
    parts = serializers.ListField(child=serializers.DictField(), read_only=True)

    class Meta:
        model = EstimateChange
        fields = [
            *("id", "estimate", "former", "follower", "leader", "attribution"),
            *("moved_months", "n_changes", "parts", "found_at"),
        ]
