"""The admin site: what it writes to the tables of other apps is recorded in the audit log.

The operations that write the tables of the record, and the receivers of accounts, record events themselves.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Model as Row
from django.db.models import QuerySet
from django.http import HttpRequest

from evals.models import AuditAction
from evals.operations.audit import record_event

if TYPE_CHECKING:
    Admin = admin.ModelAdmin[Any]
else:  # Django's class takes no type at run time
    Admin = admin.ModelAdmin

RECORDED_ELSEWHERE = frozenset({"evals", "leaderboard", "auth"})


class AuditedAdmin(Admin):
    """Records what is added, changed and deleted, without values; offers no action to those who only view."""

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Return the actions; django-axes does not say which permission its own needs."""
        may_write = self.has_change_permission(request) or self.has_delete_permission(request)
        return super().get_actions(request) if may_write else {}

    def log_addition(self, request: HttpRequest, obj: Row, message: Any) -> Any:
        """Record a new row."""
        _record(AuditAction.ADMIN_ADD, obj)
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Row, message: Any) -> Any:
        """Record a changed row."""
        _record(AuditAction.ADMIN_CHANGE, obj)
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        """Record deleted rows."""
        for obj in queryset:
            _record(AuditAction.ADMIN_DELETE, obj)
        return super().log_deletions(request, queryset)


class AuditedAdminSite(admin.AdminSite):
    """Adds the recording to the admin pages of other apps when they are registered."""

    def register(
        self, model_or_iterable: type[Row] | Iterable[type[Row]], admin_class: Any = None, **options: Any
    ) -> None:
        """Register a page for one model or several."""
        for table in [model_or_iterable] if isinstance(model_or_iterable, type) else model_or_iterable:
            page = admin_class or admin.ModelAdmin
            if table._meta.app_label not in RECORDED_ELSEWHERE:
                page = type(page.__name__, (AuditedAdmin, page), {"__module__": page.__module__})
            super().register(table, page, **options)


def _record(action: AuditAction, row: Row) -> None:
    record_event(action=action, object_type=row._meta.label_lower, object_id=row.pk)
