"""Admin pages of endpoints: their limits, their prices, and whether they are enabled."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import Model as Row
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from evals import models
from evals.admin.confirmation import ask_again
from evals.admin.read_only import Admin
from evals.operations.endpoints.limit_changes import add_price, delete_limit, save_limit
from evals.operations.endpoints.registration import change_endpoint
from evals.operations.endpoints.vouching import vouch_for_endpoint, withdraw_vouch


@admin.register(models.Price)
class PriceAdmin(Admin):
    """Prices from a date on; new ones are added and old ones kept, because answers were paid at them."""

    list_display = ["endpoint", "in_force_on", "input_usd_per_mtok", "output_usd_per_mtok"]
    list_select_related = ["endpoint"]
    search_fields = ["endpoint__slug"]
    autocomplete_fields = ["endpoint"]
    date_hierarchy = "in_force_on"

    def save_model(self, request: HttpRequest, obj: models.Price, form: Any, change: bool) -> None:
        """Add the price."""
        add_price(price=obj)

    def has_change_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        return False


@admin.register(models.Limit)
class LimitAdmin(Admin):
    """Limits of a credential or provider; workers read them when they next take up a run."""

    list_display = [
        *("name", "kind", "max_concurrency", "requests_per_minute", "tokens_per_minute"),
        *("budget_usd", "spent_usd"),
    ]
    list_filter = ["kind"]
    search_fields = ["name"]

    def save_model(self, request: HttpRequest, obj: models.Limit, form: Any, change: bool) -> None:
        """Save the limit."""
        save_limit(limit=obj)

    def delete_model(self, request: HttpRequest, obj: models.Limit) -> None:
        """Delete the limit."""
        delete_limit(limit=obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[models.Limit]) -> None:
        """Delete the selected limits."""
        for limit in queryset:
            delete_limit(limit=limit)


@admin.register(models.Endpoint)
class EndpointAdmin(Admin):
    """Edits limits, prices and availability; `manage.py endpoint` sets the rest, with its checks."""

    list_display = ["slug", "model", "provider", "protocol", "owner", "vouched_by", "enabled", "simulated"]
    list_filter = [*("vouched_by", "enabled", "simulated", "protocol"), ("owner", admin.EmptyFieldListFilter)]
    list_select_related = ["model", "owner"]
    actions = ["vouch", "withdraw"]
    search_fields = ["slug", "api_model", "provider", "owner__handle", "model__name", "model__slug"]
    fieldsets = [
        (None, {"fields": ["slug", "model", "provider", "owner", "enabled"]}),
        (
            "How it is called",
            {
                "description": "`manage.py endpoint` sets these, with its checks; an owner on their page.",
                "fields": [
                    *("protocol", "base_url", "api_model", "credential", "internal_allowed", "simulated"),
                    *("capabilities", "canaries"),
                ],
            },
        ),
        (
            "Whether its scores count",
            {"description": "Actions of the list change it.", "fields": ["vouched_by"]},
        ),
        (
            "Limits",
            {
                "description": "Workers read them when they next take up a run.",
                "fields": ["max_concurrency", "requests_per_minute", "tokens_per_minute", "timeout_s"],
            },
        ),
        (
            "Prices",
            {
                "description": "In USD for a million tokens. Without them, calls are capped by number.",
                "fields": ["input_usd_per_mtok", "output_usd_per_mtok"],
            },
        ),
        ("When its provider is down", {"fields": ["resting_until", "rests"]}),
    ]  # its owner decides who shares it
    editable = frozenset(
        {
            "max_concurrency",
            "requests_per_minute",
            "tokens_per_minute",
            "timeout_s",
            "input_usd_per_mtok",
            "output_usd_per_mtok",
            "enabled",
        }
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Row | None = None) -> list[str]:
        return [field.name for field in models.Endpoint._meta.fields if field.name not in self.editable]

    def save_model(self, request: HttpRequest, obj: models.Endpoint, form: Any, change: bool) -> None:
        """Save the changed fields, and wake a worker for waiting submissions."""
        change_endpoint(endpoint=obj, fields=form.changed_data)

    @admin.action(description="Vouch for them as the operator: their scores count", permissions=["change"])
    def vouch(self, request: HttpRequest, chosen: QuerySet[models.Endpoint]) -> None:
        now = timezone.now()
        n = sum(vouch_for_endpoint(endpoint_id=row.pk, by=request.user, now=now) for row in chosen)
        self.message_user(request, f"{n} are vouched for now.", messages.SUCCESS)

    @admin.action(description="Vouch for them no more: their scores do not count", permissions=["change"])
    def withdraw(self, request: HttpRequest, chosen: QuerySet[models.Endpoint]) -> HttpResponse | None:
        """Withdraw the vouch, once the operator has confirmed it."""
        if "confirmed" not in request.POST:
            question = f"{chosen.count()} endpoints: their scores will count in no lag. Go on?"
            return ask_again(self, request, title="Withdraw the vouch", action="withdraw", question=question)
        now = timezone.now()
        n = sum(withdraw_vouch(endpoint_id=row.pk, by=request.user, now=now) for row in chosen)
        self.message_user(request, f"Nobody vouches for {n} of them any more.", messages.SUCCESS)
        return None

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        return False
