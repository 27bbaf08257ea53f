"""The site's roles: each is a group of accounts with a set of permissions, defined here only.

Pages, API, admin and operations ask for permissions, never for roles. A superuser has all permissions.
Roles in an organisation are another thing.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.models import Group, Permission, User
from django.db import transaction
from django.db.models import Q

VIEWED_APPS = ("auth", "axes", "evals", "leaderboard")  # their rows are shown in the admin


@dataclass(frozen=True, slots=True)
class Role:
    """A role: its permissions, whether it also sees all rows in the admin, and whether it opens the admin."""

    name: str
    allows: str
    permissions: frozenset[str] = frozenset()
    views_all: bool = False
    opens_admin: bool = False


SUBMITTING = frozenset({"evals.add_submission"})
MODERATING = frozenset(
    {
        *("evals.view_dispute", "evals.change_dispute", "evals.view_correction"),
        *("evals.view_modelproposal", "evals.view_developerverification", "evals.review_model"),
    }
)
OPERATING = frozenset(
    {
        *("evals.change_submission", "evals.prioritise_submission", "evals.review_submission"),
        *("evals.add_import", "evals.change_alias"),
        *("evals.change_endpoint", "evals.add_price"),
        "evals.change_spendingcap",
        *("evals.add_limit", "evals.change_limit", "evals.delete_limit"),
        "leaderboard.add_policyversion",
        *("leaderboard.change_apitoken", "axes.delete_accessattempt"),
    }
)
ROLES = {
    role.name: role
    for role in (
        Role("reader", "read what is public"),
        Role("submitter", "submit models, and control the submissions of the own account", SUBMITTING),
        Role(
            "moderator",
            "publish, delete and answer disputes, confirm and reject proposed models and organisations, "
            "with what a submitter may",
            SUBMITTING | MODERATING,
            opens_admin=True,
        ),
        Role(
            "operator",
            "control, prioritise and review every submission, set spending caps, apply imports, change "
            "endpoints, limits and prices, publish policies, revoke tokens, end login delays, see all rows "
            "of the admin and the audit log, with what a moderator may",
            SUBMITTING | MODERATING | OPERATING,
            views_all=True,
            opens_admin=True,
        ),
        Role(
            "auditor",
            "see what an operator sees, the audit log included, and change nothing",
            views_all=True,
            opens_admin=True,
        ),
    )
}
DEFAULT_ROLE = "submitter"


class UnknownRole(Exception):
    """No role has this name; the message lists those that exist."""


def create_groups() -> None:
    """Create the groups of the roles, and set their permissions to what is defined here."""
    with transaction.atomic():
        for role in ROLES.values():
            group, _ = Group.objects.get_or_create(name=role.name)
            group.permissions.set(_permissions(role))


def _permissions(role: Role) -> list[Permission]:
    wanted = Q(pk=None)
    for name in role.permissions:
        app_label, codename = name.split(".")
        wanted |= Q(content_type__app_label=app_label, codename=codename)
    if role.views_all:
        wanted |= Q(content_type__app_label__in=VIEWED_APPS, codename__startswith="view_")
    return list(Permission.objects.filter(wanted))


def roles_of(account: User) -> list[str]:
    """Return the names of an account's roles."""
    return sorted(account.groups.filter(name__in=ROLES).values_list("name", flat=True))


@transaction.atomic
def grant_role(*, account: User, role: str) -> None:
    """Give an account a role, with access to the admin if the role needs it. Raises UnknownRole."""
    account.groups.add(_group(role))
    _set_admin_access(account)


@transaction.atomic
def revoke_role(*, account: User, role: str) -> None:
    """Take a role from an account, and the access to the admin with the last role that needs it."""
    account.groups.remove(_group(role))
    _set_admin_access(account)


def assign_default_role(account: User) -> None:
    """Give a new account the role of a submitter; its event is that of the new account."""
    memberships = User.groups.through._default_manager
    memberships.get_or_create(user_id=account.pk, group_id=_group(DEFAULT_ROLE).pk)


def _group(role: str) -> Group:
    if role not in ROLES:
        raise UnknownRole(f"There is no role {role!r}. Roles: {', '.join(ROLES)}.")
    return Group.objects.get_or_create(name=role)[0]


def _set_admin_access(account: User) -> None:
    needed = account.is_superuser or any(ROLES[name].opens_admin for name in roles_of(account))
    if account.is_staff != needed:
        account.is_staff = needed
        account.save(update_fields=["is_staff"])
