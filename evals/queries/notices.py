"""Reads of notices, webhooks and deliveries, by who may see them: members of their owner."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Q, QuerySet

from evals.models import MailSubscription, MemberRole, Notice, Owner, Webhook, WebhookDelivery


def owners_for(
    account: AbstractBaseUser, roles: Collection[MemberRole] = tuple(MemberRole)
) -> QuerySet[Owner]:
    """Return the owners that an account is, or is a member of in one of some roles."""
    mine = Q(account_id=account.pk)
    member = Q(members__account_id=account.pk, members__role__in=roles)
    return Owner.objects.filter(mine | member).distinct()


def owner(handle: str) -> Owner | None:
    """Return the owner of a public name, or None."""
    return Owner.objects.filter(handle=handle).first()


def notices(account: AbstractBaseUser) -> QuerySet[Notice]:
    """Return the notices of an account and its organisations, newest first."""
    return Notice.objects.filter(owner__in=owners_for(account)).select_related("owner")


def webhooks(account: AbstractBaseUser) -> QuerySet[Webhook]:
    """Return the webhooks of an account and its organisations, newest first."""
    return Webhook.objects.filter(owner__in=owners_for(account)).select_related("owner")


def webhook(account: AbstractBaseUser, public_id: UUID) -> Webhook | None:
    """Return a webhook that an account may see, or None."""
    return webhooks(account).filter(public_id=public_id).first()


def deliveries(webhook: Webhook) -> QuerySet[WebhookDelivery]:
    """Return the deliveries to a webhook, newest first."""
    return WebhookDelivery.objects.filter(webhook=webhook).select_related("notice")


def mail_types(account: AbstractBaseUser) -> list[str]:
    """Return the types of notices of which an account receives mails."""
    return list(MailSubscription.objects.filter(account_id=account.pk).values_list("topic", flat=True))
