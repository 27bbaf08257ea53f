"""The events of accounts. They come from signals, because Django and other apps write accounts themselves."""

from __future__ import annotations

from typing import Any

from allauth.account.signals import email_added, email_changed, email_confirmed, email_removed
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.apps import AppConfig, apps
from django.contrib.auth.models import Group, User
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.db import transaction
from django.db.models.signals import m2m_changed, post_migrate, post_save, pre_delete, pre_save
from django.dispatch import receiver
from django.utils import timezone

from evals.models import AuditAction, Owner
from evals.operations.audit import pseudonym_of, record_event
from evals.operations.endpoints.keys import delete_keys_of
from evals.operations.owners.access import owner_of
from leaderboard.accounts.roles import DEFAULT_ROLE, assign_default_role, create_groups

FLAGS = ("is_active", "is_staff", "is_superuser")
ADDRESS_CHANGES = {
    email_added: "added",
    email_confirmed: "confirmed",
    email_removed: "removed",
    email_changed: "main",
}
WATCHED = {*FLAGS, "password"}


@receiver(post_migrate)
def create_roles(*, sender: AppConfig, **_: Any) -> None:
    """Create the groups of the roles once, when the permissions of all apps exist."""
    if sender == [app for app in apps.get_app_configs() if app.models_module][-1]:
        create_groups()


@receiver(pre_save, sender=User)
def remember_account(*, instance: User, raw: bool, update_fields: Any = None, **_: Any) -> None:
    """Keep the stored values of an account that is about to be saved."""
    instance._stored = None  # type: ignore[attr-defined]
    if not raw and instance.pk and (update_fields is None or WATCHED & set(update_fields)):
        stored = User.objects.filter(pk=instance.pk).values(*WATCHED).first()
        instance._stored = stored  # type: ignore[attr-defined]


@receiver(post_save, sender=User)
def record_account(*, instance: User, created: bool, raw: bool, **_: Any) -> None:
    """Record a new account, or the changes of one; a new account gets its pseudonym, role and owner."""
    if raw:
        return
    flags = {name: getattr(instance, name) for name in FLAGS}
    if created:
        with transaction.atomic():
            assign_default_role(instance)
            owner_of(instance)
            _record(AuditAction.ACCOUNT_CREATE, instance, after={"roles": [DEFAULT_ROLE]} | flags)
    elif stored := instance._stored:  # type: ignore[attr-defined]
        changed = [name for name in FLAGS if stored[name] != flags[name]]
        if changed:
            _record(
                AuditAction.ACCOUNT_CHANGE,
                instance,
                before={name: stored[name] for name in changed},
                after={name: flags[name] for name in changed},
            )
        if stored["password"] != instance.password:
            _record(AuditAction.ACCOUNT_PASSWORD, instance)


@receiver(pre_delete, sender=User)
def record_deletion(*, instance: User, **_: Any) -> None:
    """Delete its keys and record the deletion; its events keep a pseudonym that then leads to nobody."""
    for owner in Owner.objects.filter(account_id=instance.pk):
        delete_keys_of(owner=owner, now=timezone.now())
    _record(AuditAction.ACCOUNT_DELETE, instance)


@receiver(m2m_changed, sender=User.groups.through)
def record_memberships(
    *, instance: User | Group, action: str, pk_set: set[int] | None, reverse: bool, **_: Any
) -> None:
    """Record roles that an account was given or lost."""
    if reverse:
        for account in User.objects.filter(pk__in=pk_set or ()):
            _record_m2m(AuditAction.ACCOUNT_ROLES, account, action, [str(instance)])
    elif isinstance(instance, User):
        names = list(Group.objects.filter(pk__in=pk_set or ()).values_list("name", flat=True))
        if action == "pre_clear":
            names = list(instance.groups.values_list("name", flat=True))
        _record_m2m(AuditAction.ACCOUNT_ROLES, instance, action, names)


@receiver(m2m_changed, sender=User.user_permissions.through)
def record_permissions(*, instance: Any, action: str, pk_set: set[int] | None, model: Any, **_: Any) -> None:
    """Record permissions that were given to an account alone."""
    if isinstance(instance, User):
        names = [permission.codename for permission in model.objects.filter(pk__in=pk_set or ())]
        _record_m2m(AuditAction.ACCOUNT_CHANGE, instance, action, names)


@receiver(user_logged_in)
def record_login(*, user: User, **_: Any) -> None:
    """Record a login."""
    _record(AuditAction.ACCOUNT_LOGIN, user)


@receiver(user_logged_out)
def record_logout(*, user: User | None, **_: Any) -> None:
    """Record a logout."""
    if user is not None:
        _record(AuditAction.ACCOUNT_LOGOUT, user)


@receiver([email_added, email_confirmed, email_removed, email_changed])
def record_address(*, signal: Any, user: Any = None, email_address: Any = None, **_: Any) -> None:
    """Record that an address was added, confirmed, removed or made the main one, but not which."""
    _record(AuditAction.ACCOUNT_ADDRESS, user or email_address.user, after={"kind": ADDRESS_CHANGES[signal]})


@receiver(post_save, sender=Authenticator)
def record_added_factor(*, instance: Authenticator, created: bool, raw: bool, **_: Any) -> None:
    """Record a new second factor, or new recovery codes."""
    if created and not raw:
        _record(AuditAction.FACTOR_ADD, instance.user, after={"kind": str(instance.type)})


@receiver(pre_delete, sender=Authenticator)
def record_removed_factor(*, instance: Authenticator, **_: Any) -> None:
    """Record a second factor that is removed, or recovery codes that are removed or replaced."""
    _record(AuditAction.FACTOR_REMOVE, instance.user, before={"kind": str(instance.type)})


@receiver(post_save, sender=SocialAccount)
def record_connection(*, instance: SocialAccount, created: bool, raw: bool, **_: Any) -> None:
    """Record that an account was connected with a provider, but not with which account there."""
    if created and not raw:
        _record(AuditAction.PROVIDER_CONNECT, instance.user, after={"provider": instance.provider})


@receiver(pre_delete, sender=SocialAccount)
def record_disconnection(*, instance: SocialAccount, **_: Any) -> None:
    """Record that an account is disconnected from a provider."""
    _record(AuditAction.PROVIDER_DISCONNECT, instance.user, before={"provider": instance.provider})


def _record_m2m(action: AuditAction, account: User, step: str, names: list[str]) -> None:
    field = {"post_add": "added", "post_remove": "removed", "pre_clear": "removed"}.get(step)
    if field and names:
        _record(action, account, after={field: sorted(names)})


def _record(action: AuditAction, account: User, **values: Any) -> None:
    record_event(action=action, object_type="account", object_id=pseudonym_of(account.pk), **values)
