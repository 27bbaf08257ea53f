"""Reads of owners and their members."""

from __future__ import annotations

from collections.abc import Collection

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import Q, QuerySet

from evals.acting import current_actor
from evals.models import Member, MemberRole, Owner


def owners_for(
    actor: AbstractBaseUser | AnonymousUser | None, roles: Collection[MemberRole] = tuple(MemberRole)
) -> QuerySet[Owner]:
    """Return the owners for which an actor acts in one of some roles; the token of a request narrows them."""
    if not isinstance(actor, AbstractBaseUser) or actor.pk is None:
        return Owner.objects.none()
    member = Q(members__account_id=actor.pk, members__role__in=roles)
    owners = Owner.objects.filter(Q(account_id=actor.pk) | member).distinct()
    context = current_actor()
    if context.account_id == actor.pk and context.owner_id is not None:
        return owners.filter(pk=context.owner_id)
    return owners


def memberships(account: AbstractBaseUser) -> QuerySet[Member]:
    """Return the memberships of an account with their organisations, by handle."""
    rows = Member.objects.filter(account_id=account.pk).select_related("organisation")
    return rows.order_by("organisation__handle")
