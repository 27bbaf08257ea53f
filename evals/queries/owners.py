"""Reads of owners and their members."""

from __future__ import annotations

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import QuerySet

from evals.models import SUBMITTING_ROLES, Member, Owner


def organisations_submitted_for(account: AbstractBaseUser) -> QuerySet[Owner]:
    """Return the organisations for which an account submits, by handle."""
    return Owner.objects.filter(members__account_id=account.pk, members__role__in=SUBMITTING_ROLES)


def memberships(account: AbstractBaseUser) -> QuerySet[Member]:
    """Return the memberships of an account with their organisations, by handle."""
    rows = Member.objects.filter(account_id=account.pk).select_related("organisation")
    return rows.order_by("organisation__handle")
