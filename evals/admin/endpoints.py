"""Admin pages of endpoints: their limits, their prices, and whether they are enabled."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Model as Row
from django.db.models import QuerySet
from django.http import HttpRequest

from evals import models
from evals.admin.read_only import Admin
from evals.operations.endpoints.limit_changes import add_price, delete_limit, save_limit
from evals.operations.endpoints.registration import change_endpoint


@admin.register(models.Price)
class PriceAdmin(Admin):
    """Prices from a date on; new ones are added and old ones kept, because answers were paid at them."""

    list_display = ["endpoint", "in_force_on", "input_usd_per_mtok", "output_usd_per_mtok"]
    list_select_related = ["endpoint"]
    search_fields = ["endpoint__slug"]

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

    list_display = ["kind", "name", "max_concurrency", "requests_per_minute", "tokens_per_minute"]
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

    list_display = ["slug", "model", "provider", "protocol", "enabled", "simulated", "max_concurrency"]
    list_filter = ["enabled", "simulated", "protocol", "provider"]
    list_select_related = ["model"]
    search_fields = ["slug", "api_model", "model__name", "model__slug"]
    exclude = ["shared_with"]  # its owner decides
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

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        return False
