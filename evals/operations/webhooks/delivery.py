"""Deliver what is due: at least once, under a lease, with the specification's delays between attempts."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Min, Q, QuerySet, Value
from django.db.models.functions import Coalesce

from evals.models import (
    AuditAction,
    DeliveryError,
    DeliveryState,
    DisabledReason,
    NoticeType,
    Webhook,
    WebhookDelivery,
)
from evals.operations.audit import record_event
from evals.operations.clock import Clock
from evals.operations.notices.notify import notify
from evals.operations.webhooks.sending import TOTAL_S, Message, Reply, message_id, notice_body, send_all
from evals.operations.webhooks.signatures import UnreadableSecret, decrypt_webhook_secret

# Before each attempt, as the specification's example; the last one comes after 75 hours and 35 minutes.
DELAYS = tuple(
    timedelta(seconds=seconds)
    for seconds in (0, 5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
)
JITTER = 0.1
DISABLED_AFTER = timedelta(days=3)
LEASE = timedelta(seconds=4 * TOTAL_S)
AT_ONCE = 16
GONE = 410


def deliver_due(*, clock: Clock, stopping: Callable[[], bool] = lambda: False, most: int = 1_000) -> int:
    """Deliver what is due until nothing is left, and return the number of attempts.

    Webhooks that fail come after the others, so that slow receivers delay only one another.
    """
    attempts = 0
    for failing in (False, True):
        while attempts < most and not stopping():
            claimed = claim_due(now=clock(), failing=failing)
            if not claimed:
                break
            attempts += len(claimed)
            deliver(claimed, clock)
    return attempts


def due(now: datetime) -> QuerySet[WebhookDelivery]:
    """Return the deliveries that may be claimed, of enabled webhooks."""
    free = Q(lease_until=None) | Q(lease_until__lte=now)
    return WebhookDelivery.objects.filter(
        free, state=DeliveryState.PENDING, next_at__lte=now, webhook__enabled=True
    )


def claim_due(*, now: datetime, failing: bool) -> list[WebhookDelivery]:
    """Claim the oldest due delivery of each of some webhooks; a lease counts as an attempt."""
    of_lane = due(now).filter(webhook__failing_since__isnull=not failing)
    firsts = of_lane.order_by().values("webhook").annotate(first=Min("pk")).order_by("first")
    return [
        WebhookDelivery.objects.select_related("webhook__owner", "notice").get(pk=row["first"])
        for row in firsts[:AT_ONCE]
        if claim(row["first"], now)
    ]


def claim(delivery_id: int, now: datetime) -> bool:
    """Lease a delivery by one conditional UPDATE; return whether nobody else was faster."""
    return bool(
        due(now)
        .filter(pk=delivery_id)
        .update(lease_until=now + LEASE, sent_at=now, attempts=F("attempts") + 1)
    )


def deliver(claimed: list[WebhookDelivery], clock: Clock) -> None:
    """Send claimed deliveries at once, and record how each ended."""
    messages: list[tuple[WebhookDelivery, Message]] = []
    for delivery in claimed:
        try:
            messages.append((delivery, message_of(delivery)))
        except UnreadableSecret:
            record_reply(delivery, Reply(0, error=DeliveryError.SECRET), now=clock())
    for (delivery, _), reply in zip(messages, send_all([message for _, message in messages]), strict=True):
        record_reply(delivery, reply, now=clock())


def message_of(delivery: WebhookDelivery) -> Message:
    """Return the message of a claimed delivery. Raises UnreadableSecret."""
    webhook, sent_at = delivery.webhook, delivery.sent_at
    assert sent_at is not None
    secrets = [decrypt_webhook_secret(webhook.secret)]
    if webhook.former_until and webhook.former_until > sent_at:
        secrets.append(decrypt_webhook_secret(webhook.former_secret))
    notice = delivery.notice
    return Message(message_id(notice), webhook.url, notice_body(notice), tuple(secrets), sent_at)


@transaction.atomic
def record_reply(delivery: WebhookDelivery, reply: Reply, *, now: datetime) -> bool:
    """Record how an attempt ended; return False if its lease ended and another worker has begun the next."""
    changes: dict[str, object] = {"state": DeliveryState.DELIVERED, "next_at": None}
    if not reply.is_success:
        changes = _after_failure(delivery, reply, now)
    mine = WebhookDelivery.objects.filter(
        pk=delivery.pk, state=DeliveryState.PENDING, attempts=delivery.attempts, sent_at=delivery.sent_at
    )
    recorded = mine.update(
        lease_until=None,
        status=reply.status,
        error=reply.error or "",
        duration_ms=reply.duration_ms,
        reply=reply.text,
        **changes,
    )
    if recorded:
        _judge_webhook(delivery.webhook_id, reply, now)
    return bool(recorded)


def _after_failure(delivery: WebhookDelivery, reply: Reply, now: datetime) -> dict[str, object]:
    if delivery.attempts >= len(DELAYS):
        return {"state": DeliveryState.FAILED, "next_at": None}
    delay = DELAYS[delivery.attempts] * (1 + random.uniform(0, JITTER))
    return {"next_at": now + max(delay, timedelta(seconds=reply.retry_after_s))}


def _judge_webhook(webhook_id: int, reply: Reply, now: datetime) -> None:
    """Note since when a webhook fails, and disable one that is gone or has failed for days."""
    webhooks = Webhook.objects.filter(pk=webhook_id)
    if reply.is_success:
        webhooks.exclude(failing_since=None).update(failing_since=None)
        return
    webhooks.update(failing_since=Coalesce("failing_since", Value(now)))
    if reply.status == GONE:
        _disable(webhook_id, DisabledReason.GONE, now)
    elif reply.error == DeliveryError.SECRET:
        _disable(webhook_id, DisabledReason.UNREADABLE, now)
    elif webhooks.filter(failing_since__lte=now - DISABLED_AFTER).exists():
        _disable(webhook_id, DisabledReason.FAILING, now)


def _disable(webhook_id: int, reason: DisabledReason, now: datetime) -> None:
    """Disable a webhook, and tell its owner; what waits is sent when it is enabled again."""
    if not Webhook.objects.filter(pk=webhook_id, enabled=True).update(enabled=False, disabled_reason=reason):
        return
    webhook = Webhook.objects.select_related("owner").get(pk=webhook_id)
    facts = {"webhook": str(webhook.public_id), "reason": reason.value}
    record_event(
        action=AuditAction.WEBHOOK_DISABLE,
        object_type="webhook",
        object_id=webhook.public_id,
        after={"reason": reason.value, "enabled": False},
    )
    notify(
        type=NoticeType.WEBHOOK_DISABLED,
        subject=str(webhook.public_id),
        now=now,
        owner=webhook.owner,
        data=facts,
    )
