"""Base classes of admin pages whose rows only operations write."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.db.models import Model as Row
from django.http import HttpRequest

from evals.operations.submissions.access import has_permission

VIEW_SUBMISSION = "evals.view_submission"

if TYPE_CHECKING:
    Admin = admin.ModelAdmin[Any]
    Inline = admin.TabularInline[Any, Any]
else:  # Django's classes take no type at run time
    Admin, Inline = admin.ModelAdmin, admin.TabularInline


class ReadOnlyAdmin(Admin):
    """A read-only page: a form would bypass the rules of the operations."""

    show_full_result_count = False
    operators_only: ClassVar[tuple[str, ...]] = ()  # fields that can quote a provider

    def get_exclude(self, request: HttpRequest, obj: Row | None = None) -> Any:
        """Leave out what providers said, unless the reader may see every submission."""
        exclude = tuple(super().get_exclude(request, obj) or ())
        return exclude if has_permission(request.user, VIEW_SUBMISSION) else (*exclude, *self.operators_only)

    def get_search_fields(self, request: HttpRequest) -> Any:
        """Search in the shown fields only."""
        names = super().get_search_fields(request)
        everything = has_permission(request.user, VIEW_SUBMISSION)
        return [name for name in names if everything or name not in self.operators_only]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        return False


class PartInline(Inline):
    """Related rows, shown on the page of the row that they belong to."""

    extra = 0
    can_delete = False
    show_change_link = True

    def has_add_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        return False
