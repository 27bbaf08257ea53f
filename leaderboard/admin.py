"""Admin pages of accounts and API tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from allauth.usersessions.models import UserSession
from django import forms
from django.contrib import admin
from django.contrib.auth import admin as auth
from django.contrib.auth.models import Group, User
from django.core.exceptions import ValidationError
from django.db.models import Model as Row
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from evals.operations.submissions.access import has_permission
from leaderboard.accounts.sessions import end_sessions
from leaderboard.accounts.tokens import revoke_all_tokens, revoke_token
from leaderboard.models import POLICY_TEXTS, ApiToken, PolicyVersion
from leaderboard.operations.policies import publish_policy
from leaderboard.queries import policy_versions

if TYPE_CHECKING:
    Admin = admin.ModelAdmin[Any]
    UserAdmin = auth.UserAdmin[User]
else:  # Django's classes take no type at run time
    Admin, UserAdmin = admin.ModelAdmin, auth.UserAdmin


# Roles are defined in leaderboard.accounts.roles, and the page of an account has its e-mail address.
# Factors and sessions hold secrets (`manage.py account`). Providers are settings, and tokens are not stored.
admin.site.unregister([User, Group, EmailAddress, Authenticator, UserSession])
admin.site.unregister([SocialAccount, SocialApp, SocialToken])


@admin.register(User)
class AccountAdmin(UserAdmin):
    """Accounts; one that is switched off loses its sessions and tokens, and a former address is forgotten."""

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Save an account."""
        super().save_model(request, obj, form, change)
        # allauth keeps the address of a sign-up, and would still send reset links to it.
        EmailAddress.objects.filter(user=obj).exclude(email__iexact=obj.email).delete()
        if not obj.is_active:
            end_sessions(user=obj)
            revoke_all_tokens(user=obj, now=timezone.now())


class PolicyForm(forms.ModelForm):  # type: ignore[type-arg] # takes no type at run time
    """A new version of a policy."""

    class Meta:
        model = PolicyVersion
        fields = ("kind", *POLICY_TEXTS.values())

    def clean(self) -> dict[str, Any] | None:
        """Publish nothing yet, but refuse a text that is not new."""
        values = super().clean() or {}
        newest = policy_versions(values.get("kind", "")).first()
        if newest and all(getattr(newest, name) == values.get(name) for name in POLICY_TEXTS.values()):
            raise ValidationError("This is the text of the newest version.")
        return values


@admin.register(PolicyVersion)
class PolicyVersionAdmin(Admin):
    """Policies; a change is a new version, and earlier ones stay as they are."""

    form = PolicyForm
    list_display = ["kind", "number", "published_at"]
    list_filter = ["kind"]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Propose the newest text of the policy that the address names."""
        kind = request.GET.get("kind", "")
        newest = policy_versions(kind).first()
        texts = {name: getattr(newest, name) for name in POLICY_TEXTS.values()} if newest else {}
        return {"kind": kind} | texts

    def save_model(self, request: HttpRequest, obj: PolicyVersion, form: Any, change: bool) -> None:
        """Publish a version."""
        texts = {name: getattr(obj, name) for name in POLICY_TEXTS.values()}
        version = publish_policy(kind=obj.kind, texts=texts, now=timezone.now())
        obj.pk, obj.number, obj.published_at = version.pk, version.number, version.published_at

    def has_change_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        return False


@admin.register(ApiToken)
class ApiTokenAdmin(Admin):
    """API tokens; `manage.py token` issues them, because the secret is printed once."""

    list_display = ["name", "user", "owner", "scopes", "expires_at", "last_used_at", "revoked_at"]
    list_select_related = ["user", "owner"]
    search_fields = ["name", "user__username", "owner__handle"]
    fields = [
        *("name", "user", "owner", "scopes"),
        *("created_at", "expires_at", "last_used_at", "revoked_at"),
    ]
    readonly_fields = [
        *("name", "user", "owner", "scopes"),
        *("created_at", "expires_at", "last_used_at", "revoked_at"),
    ]
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
