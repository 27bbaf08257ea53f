"""Webhooks: addresses of owners to which notices are sent, and each delivery."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from evals.models.notices import Notice
from evals.models.owners import Owner

LONGEST_REPLY = 200


class DisabledReason(models.TextChoices):
    """Why a webhook is disabled."""

    OWNER = "owner", _("disabled by its owner")
    FAILING = "failing", _("deliveries failed for days")
    GONE = "gone", _("the receiver answered 410 Gone")
    UNREADABLE = "unreadable", _("its secret cannot be read any more: create a new one")


class Webhook(models.Model):
    """An owner's address for notices, with the secret that signs them."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    owner = models.ForeignKey(Owner, on_delete=models.CASCADE, related_name="webhooks")
    url = models.CharField(max_length=500)
    types = models.JSONField(default=list, help_text="The types of notices that are sent.")
    secret = models.TextField(help_text="Encrypted by SECRET_KEY.")
    former_secret = models.TextField(blank=True, help_text="Signs as well until `former_until`.")
    former_until = models.DateTimeField(null=True, blank=True)
    enabled = models.BooleanField(default=True)
    disabled_reason = models.CharField(max_length=10, choices=DisabledReason, blank=True)
    failing_since = models.DateTimeField(
        null=True, blank=True, help_text="The first failure after the last success."
    )
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(enabled=True, disabled_reason="") | (Q(enabled=False) & ~Q(disabled_reason="")),
                name="disabled_webhook_has_a_reason",
            )
        ]

    def __str__(self) -> str:
        return f"webhook {self.public_id} of {self.owner}"


class DeliveryState(models.TextChoices):
    """The state of a delivery."""

    PENDING = "pending", _("waiting")
    DELIVERED = "delivered", _("delivered")
    FAILED = "failed", _("failed")


class DeliveryError(models.TextChoices):
    """Why an attempt failed without a response, or with one that does not count."""

    STATUS = "status", _("the receiver answered with an error")
    REDIRECT = "redirect", _("the receiver redirects; change the address instead")
    TIMEOUT = "timeout", _("the receiver did not answer in time")
    CONNECTION = "connection", _("the receiver cannot be reached")
    REFUSED = "refused", _("the address is not on the public internet")
    SECRET = "secret", _("the secret cannot be read")


class WebhookDelivery(models.Model):
    """A notice that is sent to a webhook, with its last attempt."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries")
    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="deliveries")
    state = models.CharField(max_length=9, choices=DeliveryState, default=DeliveryState.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0, help_text="Begun, since the last replay.")
    next_at = models.DateTimeField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True, help_text="When the last attempt began.")
    status = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Of the last response.")
    error = models.CharField(max_length=10, choices=DeliveryError, blank=True)
    duration_ms = models.PositiveIntegerField(null=True, blank=True)
    reply = models.CharField(
        max_length=LONGEST_REPLY, blank=True, help_text="The start of the response, redacted."
    )
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "webhook deliveries"
        indexes = [
            models.Index(fields=["next_at"], name="delivery_due", condition=Q(state="pending")),
            models.Index(fields=["webhook", "-id"], name="delivery_of_webhook"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["webhook", "notice"], name="notice_is_delivered_once"),
            models.CheckConstraint(
                condition=Q(state__in=DeliveryState.values), name="delivery_state_is_known"
            ),
            models.CheckConstraint(
                condition=~Q(state=DeliveryState.PENDING) | Q(next_at__isnull=False),
                name="waiting_delivery_has_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.notice} ({self.state})"
