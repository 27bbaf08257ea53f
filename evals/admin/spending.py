"""Admin page of spending caps."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Model as Row
from django.http import HttpRequest

from evals import models
from evals.admin.read_only import Admin
from evals.models import CapKind
from evals.operations.caps import CapValues, set_cap

LIMITS = ("usd_per_day", "usd_per_month", "calls_per_day", "calls_per_month")
USED = ("counted_on", "usd_today", "usd_this_month", "calls_today", "calls_this_month")


@admin.register(models.SpendingCap)
class SpendingCapAdmin(Admin):
    """Sets caps; workers read them when they next take up a run."""

    list_display = ["owner", "kind", *LIMITS, "usd_this_month", "calls_this_month"]
    list_filter = ["kind"]
    list_select_related = ["owner"]
    search_fields = ["owner__handle"]
    autocomplete_fields = ["owner"]
    fieldsets = [
        (None, {"fields": ["owner", "kind"]}),
        (
            "Limits",
            {
                "description": "Of calls to the operator's endpoints: without any, the settings apply; 0 "
                "lets submissions wait for review. Of calls to own endpoints: empty is no limit.",
                "fields": LIMITS,
            },
        ),
        (
            "Used",
            {"description": "As of the day named; days and months begin at midnight UTC.", "fields": USED},
        ),
    ]

    def get_readonly_fields(self, request: HttpRequest, obj: Row | None = None) -> list[str]:
        return [*USED, *(("owner", "kind") if obj else ())]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Let whoever may change a cap set the first of an owner."""
        return self.has_change_permission(request)

    def save_model(self, request: HttpRequest, obj: models.SpendingCap, form: Any, change: bool) -> None:
        """Set the cap."""
        values = CapValues(**{name: getattr(obj, name) for name in LIMITS})
        cap = set_cap(owner=obj.owner, kind=CapKind(obj.kind), values=values, by=request.user)
        obj.pk = cap.pk

    def has_delete_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        return False
