"""Admin pages of API tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import Model as Row
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from evals.operations.submissions.access import has_permission
from leaderboard.accounts.tokens import revoke_token
from leaderboard.models import ApiToken

if TYPE_CHECKING:
    Admin = admin.ModelAdmin[Any]
else:  # Django's class takes no type at run time
    Admin = admin.ModelAdmin


admin.site.unregister(Group)  # roles are defined in leaderboard.accounts.roles


@admin.register(ApiToken)
class ApiTokenAdmin(Admin):
    """API tokens; `manage.py token` issues them, because the secret is printed once."""

    list_display = ["name", "user", "created_at", "revoked_at"]
    list_select_related = ["user"]
    search_fields = ["name", "user__username"]
    fields = ["name", "user", "created_at", "revoked_at"]
    readonly_fields = ["name", "user", "created_at", "revoked_at"]
    actions = ["revoke"]

    @admin.action(description="Revoke the chosen tokens", permissions=["revoke"])
    def revoke(self, request: HttpRequest, tokens: QuerySet[ApiToken]) -> None:
        """Revoke the selected tokens."""
        for token in tokens.select_related("user"):
            revoke_token(user=token.user, name=token.name, now=timezone.now())

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        """Return whether the action is offered."""
        return has_permission(request.user, "leaderboard.change_apitoken")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        return False
