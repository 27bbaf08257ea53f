"""Webhooks and their deliveries as JSON; a secret is in the response that creates it only."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from evals.models import DeliveryError, DisabledReason, Webhook, WebhookDelivery
from evals.models.notices import SUBSCRIBED_TYPES
from evals.operations.webhooks.sending import message_id
from leaderboard.api.serializers.base import ReadRow, RequestBody, linked

TYPES = [(kind.value, kind.value) for kind in SUBSCRIBED_TYPES]


class WebhookRow(ReadRow):
    """A webhook of the account or of one of its organisations."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    owner = linked("owner.handle")
    types = serializers.ListField(child=serializers.CharField(), read_only=True)
    disabled_reason = serializers.CharField(
        read_only=True, help_text=f"Empty, or one of: {', '.join(DisabledReason.values)}."
    )

    class Meta:
        model = Webhook
        fields = [
            *("id", "owner", "url", "types", "enabled", "disabled_reason", "failing_since", "former_until"),
            "created_at",
        ]


class WebhookSecretRow(serializers.Serializer[Any]):
    """A webhook with its secret, which is not shown again."""

    webhook = WebhookRow()
    secret = serializers.CharField(help_text="whsec_ and the key in Base64.")


class DeliveryRow(ReadRow):
    """A delivery with its last attempt."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    webhook_id = serializers.SerializerMethodField(help_text="The header webhook-id.")
    type = linked("notice.type")
    subject = linked("notice.subject")
    error = serializers.CharField(
        read_only=True, help_text=f"Empty, or one of: {', '.join(DeliveryError.values)}."
    )

    class Meta:
        model = WebhookDelivery
        fields = [
            *("id", "webhook_id", "type", "subject", "state", "attempts", "next_at", "sent_at", "status"),
            *("error", "duration_ms", "reply", "created_at"),
        ]

    def get_webhook_id(self, delivery: WebhookDelivery) -> str:
        """Return the id that receivers see."""
        return message_id(delivery.notice)


class WebhookRequest(RequestBody):
    """A new webhook."""

    url = serializers.CharField(max_length=500, help_text="https, on the public internet.")
    types = serializers.ListField(
        child=serializers.CharField(max_length=40),
        required=False,
        help_text="Without it, every type: " + ", ".join(name for name, _label in TYPES),
    )
    owner = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=150, help_text="An organisation of yours."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Take every type where none is named."""
        return {"types": [name for name, _label in TYPES]} | attrs


class WebhookChanges(RequestBody):
    """What changes; what is left out stays."""

    url = serializers.CharField(max_length=500, required=False)
    types = serializers.ListField(child=serializers.CharField(max_length=40), required=False)
    enabled = serializers.BooleanField(required=False)
