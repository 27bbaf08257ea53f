"""Admin pages of owners, and of what belongs to them: keys and preflights; read-only."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from evals import models
from evals.admin.read_only import PartInline, ReadOnlyAdmin


class MemberInline(PartInline):
    model = models.Member
    fields = ["account", "role", "created_at"]
    show_change_link = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[models.Member]:
        return super().get_queryset(request).select_related("account", "organisation")


@admin.register(models.Owner)
class OwnerAdmin(ReadOnlyAdmin):
    """People and organisations; the owners of an organisation change it on its page."""

    list_display = ["handle", "kind", "name", "account", "created_at"]
    list_filter = ["kind"]
    list_select_related = ["account"]
    search_fields = ["handle", "name"]
    date_hierarchy = "created_at"
    inlines = [MemberInline]


@admin.register(models.EndpointKey)
class EndpointKeyAdmin(ReadOnlyAdmin):
    """Keys of own endpoints, without the keys; their owners delete them."""

    list_display = ["endpoint", "owner", "worker_key", "keep", "created_at", "last_used_at", "deleted_at"]
    list_filter = ["keep", ("deleted_at", admin.EmptyFieldListFilter)]
    list_select_related = ["endpoint", "owner", "worker_key"]
    search_fields = ["endpoint__slug", "owner__handle"]
    exclude = ["sealed"]
    date_hierarchy = "created_at"


@admin.register(models.WorkerKey)
class WorkerKeyAdmin(ReadOnlyAdmin):
    """The public keys of the workers; `manage.py worker_key` rotates them."""

    list_display = ["fingerprint", "is_current", "created_at", "replaced_at", "retired_at"]
    list_filter = ["is_current"]
    search_fields = ["fingerprint"]
    exclude = ["public"]


@admin.register(models.Preflight)
class PreflightAdmin(ReadOnlyAdmin):
    operators_only = ("checks",)
    list_display = ["endpoint", "suite", "state", "requested_at", "finished_at", "lease_owner"]
    list_filter = ["state"]
    list_select_related = ["endpoint", "suite"]
    search_fields = ["endpoint__slug"]
    exclude = ["target"]
    date_hierarchy = "requested_at"
