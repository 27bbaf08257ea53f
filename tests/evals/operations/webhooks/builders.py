"""A webhook of an owner at a receiver of the test."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from evals.models import Notice, NoticeType
from evals.models.notices import SUBSCRIBED_TYPES
from evals.operations.notices.fan_out import fan_out_notices
from evals.operations.notices.notify import notify
from evals.operations.owners.access import owner_of
from evals.operations.webhooks.subscriptions import NewSecret, create_webhook
from tests.support.record import NOW, make_user

ALL = [kind.value for kind in SUBSCRIBED_TYPES]


def subscribe(
    url: str, *, user: User | None = None, types: list[str] | None = None, now: datetime = NOW
) -> NewSecret:
    return create_webhook(actor=user or make_user(), url=url, types=types or ALL, now=now)


def write_notice(
    *, user: User | None = None, subject: str = "Modèle · 模型", now: datetime = NOW, fan_out: bool = True
) -> Notice:
    """Write a notice for a user and fan it out."""
    with transaction.atomic():
        notice = notify(
            type=NoticeType.KEY_DELETED,
            subject=subject,
            now=now,
            owner=owner_of(user or make_user()),
            data={"key": 3},
        )
    if fan_out:
        fan_out_notices(now=now)
    return notice
