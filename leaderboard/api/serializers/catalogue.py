"""What the API tells of each kind of row; the names here are those of `?fields=` and `?ordering=`."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from evals.models import Benchmark, Developer, Dispute, Endpoint, FreshEdition, Model, Score, Suite
from leaderboard.lag.io.sentences import STATES
from leaderboard.models import EstimateChange, Forecast, LagEstimate

SOURCED = ["source", "source_licence", "retrieved_on"]


def linked(source: str, *, null: bool = False) -> serializers.CharField:
    """Return a field of a related row, such as its slug."""
    return serializers.CharField(source=source, read_only=True, allow_null=null)


class ReadRow(serializers.ModelSerializer[Any]):
    """A row that is only read: it promises no limits, which would differ from one database to the other."""

    def get_extra_kwargs(self) -> dict[str, Any]:
        """Return what makes every field one that is only read."""
        return {name: {"read_only": True} for name in self.Meta.fields}


class DeveloperRow(ReadRow):
    n_models = serializers.IntegerField(read_only=True)
    aliases = serializers.ListField(child=serializers.CharField(), read_only=True)

    class Meta:
        model = Developer
        fields = ["slug", "name", "country", "headquarters", "aliases", "n_models", *SOURCED]


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
            "n",
            "provenance",
            "form",
            "reported_by",
            "submission",
            "run",
            "observed_on",
            "recorded_at",
            *SOURCED,
        ]


class DisputeRow(ReadRow):
    """An objection to one fact, as the public may see it: no contact, no sender."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    evidence = serializers.ListField(child=serializers.CharField(), read_only=True)
    correction = serializers.IntegerField(
        source="correction_id", read_only=True, allow_null=True, help_text="What an upheld one led to."
    )

    class Meta:
        model = Dispute
        fields = [
            *("id", "table", "subject", "field", "value", "statement", "evidence", "filed_at", "seen_at"),
            *("state", "answer", "answered_by", "answered_at", "correction"),
        ]


class LagRow(ReadRow):
    benchmark = linked("benchmark.slug", null=True)
    benchmark_name = linked("benchmark.name", null=True)
    state = serializers.CharField(
        read_only=True, help_text="; ".join(f"{state}: {said}" for state, said in STATES.items()) + "."
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


class EndpointRow(ReadRow):
    """How a model is called. Credentials are not shown; an address inside our network only to operators."""

    model = linked("model.slug")
    base_url = serializers.SerializerMethodField()

    class Meta:
        model = Endpoint
        fields = [
            "slug",
            "model",
            "provider",
            "protocol",
            "base_url",
            "api_model",
            "max_concurrency",
            "timeout_s",
            "input_usd_per_mtok",
            "output_usd_per_mtok",
            "simulated",
            "enabled",
        ]

    def get_base_url(self, endpoint: Endpoint) -> str | None:
        """Return the address where the reader may see it."""
        operator = bool(self.context.get("operator"))
        return endpoint.base_url if operator or not endpoint.internal_allowed else None


class TaskRow(serializers.Serializer[Any]):
    name = serializers.CharField()
    version = serializers.CharField()
    num_fewshot = serializers.IntegerField()
    request_types = serializers.ListField(child=serializers.CharField())
    metric = serializers.CharField()
    filter = serializers.CharField()
    content_hash = serializers.CharField()
    benchmark = linked("benchmark.slug", null=True)


class FreshEditionRow(ReadRow):
    seed = serializers.CharField(
        source="published_seed", read_only=True, allow_null=True, help_text="Null until the month has ended."
    )

    class Meta:
        model = FreshEdition
        fields = ["month", "version", "commitment", "items_hash", "seed", "drawn_at", "revealed_at"]


class SuiteRow(ReadRow):
    benchmark = linked("benchmark.slug", null=True)
    tasks = serializers.SerializerMethodField()

    class Meta:
        model = Suite
        fields = ["slug", "version", "name", "description", "current", "benchmark", "tasks"]

    def get_tasks(self, suite: Suite) -> list[dict[str, Any]]:
        """Return the tasks in the suite's order."""
        return [dict(TaskRow(place.task).data) for place in suite.suitetask_set.all()]
