"""Delete old notices, deliveries of webhooks and items of mails, in small transactions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet

from evals.models import DeliveryState, MailItem, MailItemState, Notice, WebhookDelivery

ROWS_AT_ONCE = 500


def delete_old_notices(*, now: datetime, stopping: Callable[[], bool] = lambda: False) -> int:
    """Delete what is older than the settings say and waits for nothing; return how many rows of each went."""
    before_log = now - timedelta(days=settings.DELIVERY_DAYS)
    ended = WebhookDelivery.objects.exclude(state=DeliveryState.PENDING)
    mailed = MailItem.objects.exclude(state=MailItemState.WAITING)
    return (
        _delete_in_batches(ended.filter(created_at__lt=before_log), stopping)
        + _delete_in_batches(mailed.filter(notice__created_at__lt=before_log), stopping)
        + _delete_in_batches(_old_notices(now), stopping)
    )


def _old_notices(now: datetime) -> QuerySet[Notice]:
    """Return the notices that are fanned out and that nothing sent depends on any more."""
    before = now - timedelta(days=settings.NOTICE_DAYS)
    pending = WebhookDelivery.objects.filter(notice=OuterRef("pk"), state=DeliveryState.PENDING)
    waiting = MailItem.objects.filter(notice=OuterRef("pk"), state=MailItemState.WAITING)
    old = Notice.objects.filter(created_at__lt=before, fanned_out_at__isnull=False)
    return old.exclude(Exists(pending)).exclude(Exists(waiting))


def _delete_in_batches(rows: QuerySet[Any], stopping: Callable[[], bool]) -> int:
    """Delete rows, each batch in a transaction of its own, so that no lock lasts."""
    deleted = 0
    while not stopping():
        batch = list(rows.order_by("pk").values_list("pk", flat=True)[:ROWS_AT_ONCE])
        rows.filter(pk__in=batch).delete()
        deleted += len(batch)
        if len(batch) < ROWS_AT_ONCE:
            break
    return deleted
