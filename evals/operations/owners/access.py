"""Who acts for an owner: a person for themselves, and members for an organisation, by their role.

An API token may narrow it, and so do its scopes; both are in the request's actor (evals/acting.py).
"""

from __future__ import annotations

from collections.abc import Collection

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.core.exceptions import PermissionDenied
from django.utils import timezone
from django.utils.translation import gettext as _

from evals.acting import ActorContext, Scope, current_actor
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
    """Return the role of an actor: a person owns what is theirs; None for who has no part in it.

    The token of a request may narrow it: to one owner, and by its scopes.
    """
    role = _role_of_account(actor, owner)
    token = token_of(actor) if role else None
    if role is None or token is None:
        return role
    if token.owner_id not in (None, owner.pk):
        return None
    if token.scopes <= {Scope.READ}:
        return MemberRole.READER
    return role if Scope.MANAGE in token.scopes or role == MemberRole.READER else MemberRole.SUBMITTER


def token_of(actor: Actor) -> ActorContext | None:
    """Return the context of the token with which an actor acts now, if there is one."""
    context = current_actor()
    return context if context.token_id is not None and context.account_id == actor.pk else None


def _role_of_account(actor: Actor, owner: Owner) -> MemberRole | None:
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
    """Return whom an actor submits for, by default themselves, or the organisation of their token.

    Raises UnknownOwner, NotPermitted.
    """
    token = token_of(actor)
    if token and token.owner_id is not None:
        organisation = Owner.objects.get(pk=token.owner_id)
        if handle not in ("", organisation.handle):
            message = _("This token acts for %(name)s only.") % {"name": organisation.handle}
            raise UnknownOwner(message, allowed=[organisation.handle])
        handle = organisation.handle
    elif not handle or handle == actor.get_username():
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
