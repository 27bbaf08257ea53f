"""Own endpoints, their keys and preflights as JSON; a key itself is only ever read from a request."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from evals.models import EndpointKey, Preflight
from leaderboard.api.serializers.base import ReadRow, RequestBody, linked

PRICE = {"max_digits": 12, "decimal_places": 6, "min_value": 0, "required": False, "allow_null": True}


class OwnEndpointRequest(RequestBody):
    """A new endpoint: a provider's preset, or a protocol and a URL."""

    name = serializers.CharField(max_length=60, help_text="Its slug is `<owner>--<name>`.")
    model = serializers.CharField(help_text="Slug of the model that it serves.")
    api_model = serializers.CharField(max_length=200, help_text="The model's name in requests.")
    owner = serializers.CharField(required=False, help_text="An organisation; by default yourself.")
    preset = serializers.CharField(required=False, help_text="A provider, such as deepseek.")
    protocol = serializers.CharField(required=False, help_text="An API family, such as openai-chat.")
    base_url = serializers.CharField(
        required=False, max_length=300, help_text="https, up to the version, such as …/v1."
    )
    max_concurrency = serializers.IntegerField(required=False, help_text="Calls at the same time, 1 to 32.")
    input_usd_per_mtok = serializers.DecimalField(**PRICE)  # type: ignore[arg-type]
    output_usd_per_mtok = serializers.DecimalField(**PRICE)  # type: ignore[arg-type]


class OwnEndpointChanges(RequestBody):
    """The fields of an own endpoint that can be changed; a new host deletes the key."""

    api_model = serializers.CharField(required=False, max_length=200)
    protocol = serializers.CharField(required=False)
    base_url = serializers.CharField(required=False, max_length=300)
    max_concurrency = serializers.IntegerField(required=False)
    input_usd_per_mtok = serializers.DecimalField(**PRICE)  # type: ignore[arg-type]
    output_usd_per_mtok = serializers.DecimalField(**PRICE)  # type: ignore[arg-type]
    enabled = serializers.BooleanField(required=False)
    shared_with = serializers.ListField(
        child=serializers.CharField(), required=False, help_text="Who else may submit to it."
    )


class KeyRequest(RequestBody):
    """A key; it is sealed for the workers and never returned."""

    key = serializers.CharField(write_only=True, trim_whitespace=False, max_length=4096)
    keep = serializers.BooleanField(
        default=False, help_text="Keep it when the submissions have ended; else it is deleted then."
    )


class KeptKeyRequest(RequestBody):
    """Whether a stored key is kept."""

    keep = serializers.BooleanField(help_text="Keep it when the submissions have ended.")


class PreflightRequest(RequestBody):
    """What to try besides the endpoint itself."""

    suite = serializers.CharField(required=False, help_text="Slug of a suite, or slug@version.")


class KeyRow(ReadRow):
    """That a key is stored, since when and until when; the key is never shown."""

    class Meta:
        model = EndpointKey
        fields = ["created_at", "last_used_at", "keep"]


class CheckRow(serializers.Serializer[Any]):
    """A check of a preflight."""

    check = serializers.CharField(help_text="address, key, model, capabilities, suite or canaries.")
    state = serializers.CharField(help_text="passed, failed or skipped.")
    message = serializers.CharField(help_text="Why it failed; can quote the provider.")


class PreflightRow(ReadRow):
    suite = linked("suite.slug", null=True)
    checks = CheckRow(many=True, read_only=True)

    class Meta:
        model = Preflight
        fields = ["id", "state", "suite", "checks", "requested_at", "finished_at"]


class OwnEndpointRow(serializers.Serializer[Any]):
    """An own endpoint, for the people of its owner."""

    slug = linked("endpoint.slug")
    model = linked("endpoint.model.slug")
    owner = linked("endpoint.owner.handle")
    provider = linked("endpoint.provider")
    protocol = linked("endpoint.protocol")
    base_url = linked("endpoint.base_url")
    api_model = linked("endpoint.api_model")
    vouched_by = linked("endpoint.vouched_by")
    max_concurrency = serializers.IntegerField(source="endpoint.max_concurrency", read_only=True)
    input_usd_per_mtok = serializers.DecimalField(
        12, 6, source="endpoint.input_usd_per_mtok", read_only=True, allow_null=True
    )
    output_usd_per_mtok = serializers.DecimalField(
        12, 6, source="endpoint.output_usd_per_mtok", read_only=True, allow_null=True
    )
    capabilities = serializers.JSONField(source="endpoint.capabilities", read_only=True)
    enabled = serializers.BooleanField(source="endpoint.enabled", read_only=True)
    shared_with = serializers.ListField(child=serializers.CharField(), read_only=True)
    key = KeyRow(allow_null=True, read_only=True)
    preflight = PreflightRow(allow_null=True, read_only=True, help_text="The last one.")
