"""Write what each new notice leads to: deliveries to webhooks, and items of mails."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from evals.models import (
    MailItem,
    MailSubscription,
    Notice,
    NoticeType,
    Owner,
    Submission,
    Webhook,
    WebhookDelivery,
)
from evals.models.notices import MODEL_TOPIC

NOTICES_AT_ONCE = 200


def fan_out_notices(*, now: datetime) -> int:
    """Fan out new notices, oldest first, each once; return how many."""
    waiting = Notice.objects.filter(fanned_out_at=None).order_by("pk")[:NOTICES_AT_ONCE]
    return sum(fan_out(notice, now) for notice in waiting.select_related("owner"))


@transaction.atomic
def fan_out(notice: Notice, now: datetime) -> bool:
    """Write what a notice leads to, unless another worker has done so."""
    if not Notice.objects.filter(pk=notice.pk, fanned_out_at=None).update(fanned_out_at=now):
        return False
    WebhookDelivery.objects.bulk_create(
        WebhookDelivery(webhook=webhook, notice=notice, next_at=now, created_at=now)
        for webhook in webhooks_of(notice)
    )
    MailItem.objects.bulk_create(
        MailItem(subscription=subscription, notice=notice) for subscription in mails_of(notice)
    )
    return True


def concerned_owners(notice: Notice) -> QuerySet[Owner]:
    """Return whom a notice concerns: its owner; of the headline all; of a model those who submitted it."""
    if notice.owner_id is not None:
        return Owner.objects.filter(pk=notice.owner_id)
    if notice.type != NoticeType.MODEL_SCORES_CHANGED:
        return Owner.objects.all()
    submissions = Submission.objects.filter(endpoint__model__slug=notice.topic.removeprefix(MODEL_TOPIC))
    return Owner.objects.filter(pk__in=submissions.values("owner"))


def webhooks_of(notice: Notice) -> list[Webhook]:
    """Return the enabled webhooks that a notice is sent to."""
    enabled = Webhook.objects.filter(enabled=True, owner__in=concerned_owners(notice))
    return [webhook for webhook in enabled.order_by("pk") if notice.type in webhook.types]


def mails_of(notice: Notice) -> QuerySet[MailSubscription]:
    """Return the confirmed subscriptions of readers to its topic, and of accounts to its type."""
    owners = concerned_owners(notice)
    mine = Q(account__owner__in=owners) | Q(account__memberships__organisation__in=owners)
    of_accounts = Q(topic=notice.type, account__isnull=False) & mine
    of_readers = Q(topic=notice.topic, account__isnull=True) if notice.topic else Q(pk=None)
    return MailSubscription.objects.filter(of_accounts | of_readers, confirmed_at__isnull=False).distinct()
