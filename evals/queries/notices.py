"""Reads of notices, webhooks and deliveries, by who may see them: members of their owner."""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import QuerySet

from evals.models import MailSubscription, Notice, Owner, Webhook, WebhookDelivery
from evals.queries.owners import owners_for


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
