"""Who acts for an owner: a person for themselves, and members for an organisation, by their role."""

from __future__ import annotations

from collections.abc import Collection

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.core.exceptions import PermissionDenied
from django.utils import timezone
from django.utils.translation import gettext as _

from evals.models import SUBMITTING_ROLES, MemberRole, Owner, OwnerKind
from evals.operations.refusals import Refused

Actor = AbstractBaseUser | AnonymousUser


class NotPermitted(PermissionDenied):
    """The actor may not make this change; nothing was written."""


class UnknownOwner(Refused):
    """The actor is no member of an organisation of this name."""

    code = "unknown_owner"
    field = "owner"


def owner_of(account: AbstractBaseUser) -> Owner:
    """Return the owner that an account is by itself."""
    owner, _created = Owner.objects.get_or_create(
        account_id=account.pk,
        defaults={"kind": OwnerKind.PERSON, "handle": account.get_username(), "created_at": timezone.now()},
    )
    return owner


def role_in(actor: Actor, owner: Owner) -> MemberRole | None:
    """Return the role of an actor: a person owns what is theirs; None for who has no part in it."""
    if not isinstance(actor, AbstractBaseUser) or actor.pk is None:
        return None
    if owner.account_id is not None:
        return MemberRole.OWNER if owner.account_id == actor.pk else None
    # .all() uses the memberships that a list has prefetched for its reader.
    memberships = actor.memberships.all()  # type: ignore[attr-defined] # the reverse of Member.account
    return next((MemberRole(row.role) for row in memberships if row.organisation_id == owner.pk), None)


def acts_for(actor: Actor, owner: Owner, roles: Collection[MemberRole] = SUBMITTING_ROLES) -> bool:
    """Tell whether an actor acts for an owner in one of some roles."""
    return role_in(actor, owner) in roles


def resolve_owner(*, actor: AbstractBaseUser, handle: str) -> Owner:
    """Return whom an actor submits for, by default themselves. Raises UnknownOwner, NotPermitted."""
    if not handle or handle == actor.get_username():
        return owner_of(actor)
    owner = Owner.objects.filter(handle=handle).first()
    role = role_in(actor, owner) if owner else None
    if owner is None or role is None:
        message = _("You are no member of an organisation named '%(name)s'.") % {"name": handle}
        mine = Owner.objects.filter(members__account_id=actor.pk).values_list("handle", flat=True)
        raise UnknownOwner(message, allowed=sorted([actor.get_username(), *mine]))
    if role not in SUBMITTING_ROLES:
        raise NotPermitted(_("Readers of an organisation cannot submit for it. Ask one of its owners."))
    return owner
