"""Base classes of admin pages: operations write the rows, and a refusal of theirs is shown as a message."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin, messages
from django.db.models import Model as Row
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from evals.operations.refusals import Refused
from evals.operations.submissions.access import has_permission

VIEW_SUBMISSION = "evals.view_submission"

if TYPE_CHECKING:
    AnyAdmin = admin.ModelAdmin[Any]
    Inline = admin.TabularInline[Any, Any]
else:  # Django's classes take no type at run time
    AnyAdmin, Inline = admin.ModelAdmin, admin.TabularInline


class Admin(AnyAdmin):
    """A page whose forms and actions call operations; what one refuses is rolled back and shown."""

    def changeform_view(self, request: HttpRequest, *args: Any, **options: Any) -> HttpResponse:
        """Show or save a row."""
        try:
            return super().changeform_view(request, *args, **options)
        except Refused as refusal:
            return self._show(refusal, request)

    def changelist_view(self, request: HttpRequest, *args: Any, **options: Any) -> HttpResponse:
        """Show the rows, or apply an action to some of them."""
        try:
            return super().changelist_view(request, *args, **options)
        except Refused as refusal:
            return self._show(refusal, request)

    def _show(self, refusal: Refused, request: HttpRequest) -> HttpResponse:
        self.message_user(request, refusal.message, messages.ERROR)
        return HttpResponseRedirect(request.get_full_path())


class ReadOnlyAdmin(Admin):
    """A read-only page: a form would bypass the rules of the operations."""

    show_full_result_count = False
    operators_only: ClassVar[tuple[str, ...]] = ()  # fields that can quote a provider

    def get_exclude(self, request: HttpRequest, obj: Row | None = None) -> Any:
        """Leave out what providers said, unless the reader may see every submission."""
        exclude = tuple(super().get_exclude(request, obj) or ())
        return exclude if has_permission(request.user, VIEW_SUBMISSION) else (*exclude, *self.operators_only)

    def get_fieldsets(self, request: HttpRequest, obj: Row | None = None) -> Any:
        """Return the groups of fields, without those left out."""
        hidden = set(self.get_exclude(request, obj) or ())
        return [
            (title, {**options, "fields": [name for name in options["fields"] if name not in hidden]})
            for title, options in super().get_fieldsets(request, obj)
        ]

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
