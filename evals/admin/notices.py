"""Admin pages of notices, and of their deliveries and mails; read-only, and without secrets and links."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.contrib import admin

from evals import models
from evals.admin.read_only import ReadOnlyAdmin


@admin.register(models.Notice)
class NoticeAdmin(ReadOnlyAdmin):
    list_display = ["type", "subject", "owner", "topic", "created_at", "fanned_out_at"]
    list_filter = ["type", ("fanned_out_at", admin.EmptyFieldListFilter)]
    list_select_related = ["owner"]
    search_fields = ["subject", "topic", "owner__handle"]
    date_hierarchy = "created_at"


@admin.register(models.Webhook)
class WebhookAdmin(ReadOnlyAdmin):
    """Webhooks of owners; their path is left out, as receivers hide secrets in it."""

    list_display = ["owner", "host", "enabled", "disabled_reason", "failing_since", "created_at"]
    list_filter = ["enabled", "disabled_reason"]
    list_select_related = ["owner"]
    search_fields = ["owner__handle"]
    fields = [
        *("public_id", "owner", "host", "types", "enabled", "disabled_reason", "failing_since"),
        *("created_at", "former_until"),
    ]
    date_hierarchy = "created_at"

    @admin.display()
    def host(self, row: models.Webhook) -> str:
        """Return where it sends to."""
        return urlsplit(row.url).hostname or ""


@admin.register(models.WebhookDelivery)
class WebhookDeliveryAdmin(ReadOnlyAdmin):
    operators_only = ("reply",)
    list_display = ["notice", "owner", "state", "attempts", "status", "error", "next_at", "sent_at"]
    list_filter = ["state", "error"]
    list_select_related = ["notice", "webhook__owner"]
    search_fields = ["public_id", "notice__subject", "webhook__owner__handle"]
    date_hierarchy = "created_at"

    @admin.display(ordering="webhook__owner__handle")
    def owner(self, row: models.WebhookDelivery) -> str:
        """Return whose webhook it goes to."""
        return row.webhook.owner.handle


@admin.register(models.MailSubscription)
class MailSubscriptionAdmin(ReadOnlyAdmin):
    """Subscriptions of accounts and readers; a link in each mail ends them, so the key is left out."""

    list_display = ["topic", "account", "address", "language", "created_at", "confirmed_at", "mailed_at"]
    list_filter = ["language", ("confirmed_at", admin.EmptyFieldListFilter)]
    list_select_related = ["account"]
    search_fields = ["topic", "address", "account__username"]
    fields = [
        *("topic", "account", "address", "language", "created_at", "confirmed_at", "mailed_at"),
        "confirm_sent_at",
    ]
    date_hierarchy = "created_at"


@admin.register(models.MailItem)
class MailItemAdmin(ReadOnlyAdmin):
    list_display = ["notice", "subscription", "state"]
    list_filter = ["state"]
    list_select_related = ["notice", "subscription__account"]
    search_fields = ["notice__subject", "subscription__account__username"]
