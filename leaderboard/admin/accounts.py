"""Admin pages of accounts, their sign-ups and API tokens, and of invitations."""

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

from evals.admin.read_only import Admin, ReadOnlyAdmin
from evals.operations.submissions.access import has_permission
from leaderboard.accounts.sessions import end_sessions
from leaderboard.accounts.tokens import revoke_all_tokens, revoke_token
from leaderboard.models import POLICY_TEXTS, ApiToken, Invitation, PolicyVersion, SignUp
from leaderboard.operations.policies import publish_policy
from leaderboard.queries import policy_versions

if TYPE_CHECKING:
    UserAdmin = auth.UserAdmin[User]
else:  # Django's class takes no type at run time
    UserAdmin = auth.UserAdmin


# Roles are defined in leaderboard.accounts.roles, and the page of an account has its e-mail address.
# Factors and sessions hold secrets (`manage.py account`). Providers are settings, and tokens are not stored.
admin.site.unregister([User, Group, EmailAddress, Authenticator, UserSession])
admin.site.unregister([SocialAccount, SocialApp, SocialToken])


@admin.register(User)
class AccountAdmin(UserAdmin):
    """Accounts; one that is switched off loses its sessions and tokens, and a former address is forgotten."""

    list_display = ["username", "email", "site_roles", "is_active", "is_staff", "date_joined", "last_login"]
    date_hierarchy = "date_joined"

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """Return the accounts with their roles."""
        return super().get_queryset(request).prefetch_related("groups")

    @admin.display(description="roles")
    def site_roles(self, row: User) -> str:
        """Return what the account may do on the site."""
        return ", ".join(sorted(group.name for group in row.groups.all()))

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
    search_fields = [*POLICY_TEXTS.values()]

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
class ApiTokenAdmin(ReadOnlyAdmin):
    """API tokens; `manage.py token` issues them, because the secret is printed once."""

    list_display = ["name", "user", "owner", "scopes", "expires_at", "last_used_at", "revoked_at"]
    list_select_related = ["user", "owner"]
    list_filter = [("revoked_at", admin.EmptyFieldListFilter)]
    search_fields = ["name", "user__username", "owner__handle"]
    date_hierarchy = "created_at"
    fields = [
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


@admin.register(SignUp)
class SignUpAdmin(ReadOnlyAdmin):
    """Uses of the sign-up page; the networks are keyed hashes, for the quotas."""

    list_display = ["__str__", "account", "signed_up_at"]
    list_select_related = ["account"]
    search_fields = ["account__username"]
    fields = ["account", "signed_up_at"]
    date_hierarchy = "signed_up_at"


@admin.register(Invitation)
class InvitationAdmin(ReadOnlyAdmin):
    """Invitations to organisations, without their links; owners of the organisation withdraw them."""

    list_display = ["organisation", "account", "email", "role", "created_at", "expires_at", "ended_at"]
    list_filter = ["role", ("ended_at", admin.EmptyFieldListFilter)]
    list_select_related = ["organisation", "account"]
    search_fields = ["organisation__handle", "account__username", "email"]
    exclude = ["digest"]
    date_hierarchy = "created_at"
