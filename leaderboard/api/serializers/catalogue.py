"""Developers, models, benchmarks, scores and endpoints as JSON."""

from __future__ import annotations

from rest_framework import serializers

from evals import queries
from evals.models import Benchmark, Developer, Endpoint, Model, Score
from leaderboard.api.serializers.base import SOURCED, ReadRow, linked
from leaderboard.api.serializers.prices import AdoptionRow, ListPriceRow


class DeveloperRow(ReadRow):
    n_models = serializers.IntegerField(read_only=True)
    aliases = serializers.ListField(child=serializers.CharField(), read_only=True)

    class Meta:
        model = Developer
        fields = [
            *("slug", "name", "country", "headquarters", "aliases", "is_confirmed", "n_models"),
            *SOURCED,
        ]


class ModelRow(ReadRow):
    developer = linked("developer.slug")
    developer_name = linked("developer.name")
    country = linked("developer.country")
    country_source = linked("developer.source")
    base_model = linked("base_model.slug", null=True)
    base_country = linked("base_model.developer.country", null=True)
    variant_of = linked("variant_of.slug", null=True)
    aliases = serializers.ListField(child=serializers.CharField(), read_only=True)
    n_benchmarks = serializers.IntegerField(read_only=True)

    class Meta:
        model = Model
        fields = [
            "slug",
            "name",
            "developer",
            "developer_name",
            "country",
            "country_source",
            "family",
            "base_model",
            "base_country",
            "base_source",
            "host_country",
            "host_source",
            "variant_of",
            "effort",
            "released_on",
            "release_precision",
            "announced_on",
            "openness",
            "weights_opened_on",
            "weights_licence",
            "parameters_b",
            "aliases",
            "is_confirmed",
            "n_benchmarks",
            *SOURCED,
        ]


class BenchmarkRow(ReadRow):
    aliases = serializers.ListField(child=serializers.CharField(), read_only=True)
    n_models = serializers.IntegerField(read_only=True)

    class Meta:
        model = Benchmark
        fields = [
            "slug",
            "name",
            "kind",
            "domain",
            "language",
            "metric",
            "unit",
            "direction",
            "chance",
            "ceiling",
            "items",
            "visibility",
            "contamination",
            "released_on",
            "aliases",
            "n_models",
            *SOURCED,
        ]


class ScoreRow(ReadRow):
    model = linked("model.slug")
    model_name = linked("model.name")
    country = linked("model.developer.country")
    benchmark = linked("benchmark.slug")
    benchmark_name = linked("benchmark.name")
    submission = serializers.UUIDField(source="submission.public_id", read_only=True, allow_null=True)
    run = serializers.IntegerField(source="run_id", read_only=True, allow_null=True)
    endpoint = linked("submission.endpoint.slug", null=True)
    endpoint_owner = serializers.CharField(
        source="submission.endpoint.owner.handle",
        read_only=True,
        allow_null=True,
        help_text="Null: the operator's endpoint, or not measured here.",
    )
    vouched_by = serializers.CharField(
        source="submission.endpoint.vouched_by",
        read_only=True,
        allow_null=True,
        help_text="Who vouches for the endpoint. Empty: nobody, so that the score does not count.",
    )

    class Meta:
        model = Score
        fields = [
            "id",
            "model",
            "model_name",
            "country",
            "benchmark",
            "benchmark_name",
            "value",
            "stderr",
            "upper_bound",
            "n",
            "partial_of",
            "provenance",
            "form",
            "reported_by",
            "submission",
            "run",
            "endpoint",
            "endpoint_owner",
            "vouched_by",
            "observed_on",
            "recorded_at",
            *SOURCED,
        ]


class EndpointRow(ReadRow):
    """How a model is called. Credentials are never shown, an internal address to operators only.

    Of an owner's endpoint, others see the host of the address.
    """

    model = linked("model.slug")
    owner = linked("owner.handle", null=True)
    base_url = serializers.SerializerMethodField()

    class Meta:
        model = Endpoint
        fields = [
            "slug",
            "model",
            "owner",
            "provider",
            "protocol",
            "base_url",
            "api_model",
            "max_concurrency",
            "timeout_s",
            "input_usd_per_mtok",
            "output_usd_per_mtok",
            "simulated",
            "owner",
            "vouched_by",
            "enabled",
        ]

    def get_base_url(self, endpoint: Endpoint) -> str | None:
        """Return what the reader may see of the base URL, or null."""
        return endpoint.base_url if self.context.get("operator") else queries.public_address(endpoint)


class ModelDetailRow(ModelRow):
    """A model with its scores, related models, endpoints, prices, adoption figures and claims."""

    scores = ScoreRow(many=True, read_only=True)
    variants = serializers.ListField(child=serializers.CharField(), read_only=True)
    derivatives = serializers.ListField(child=serializers.CharField(), read_only=True)
    endpoints = EndpointRow(many=True, read_only=True)
    prices = ListPriceRow(many=True, read_only=True)
    adoption = AdoptionRow(many=True, read_only=True)
    claims = serializers.ListField(
        child=serializers.CharField(), read_only=True, help_text="Those that name it or its developer."
    )

    class Meta(ModelRow.Meta):
        fields = [
            *ModelRow.Meta.fields,
            *("scores", "variants", "derivatives", "endpoints", "prices", "adoption", "claims"),
        ]
