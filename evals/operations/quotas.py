"""Quotas of what readers may make the service compute or store.

A reader without an account counts by the subscriber's address, by the wider network and with all others, an
account alone. So no network can use up what others need, and nobody what is reserved for accounts.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from evals.operations.refusals import TooMany


class Of(Enum):
    """Whose requests a quota counts."""

    SUBSCRIBER = "subscriber"
    NETWORK = "network"
    ACCOUNT = "account"
    ANONYMOUS = "anonymous"
    EVERYONE = "everyone"


class Things(Enum):
    """What a quota counts."""

    COMPUTATIONS = "computations"
    LINKS = "permanent links"
    DISPUTES = "disputes"
    SUBSCRIPTIONS = "subscriptions"
    SIGN_UPS = "new accounts"


WHOSE: dict[Of, Promise] = {
    Of.SUBSCRIBER: gettext_lazy("your address"),
    Of.NETWORK: gettext_lazy("your network"),
    Of.ACCOUNT: gettext_lazy("your account"),
    Of.ANONYMOUS: gettext_lazy("all readers without an account"),
    Of.EVERYONE: gettext_lazy("all readers"),
}
COUNTED: dict[Things, Promise] = {
    Things.COMPUTATIONS: gettext_lazy("computations"),
    Things.LINKS: gettext_lazy("permanent links"),
    Things.DISPUTES: gettext_lazy("disputes"),
    Things.SUBSCRIPTIONS: gettext_lazy("subscriptions"),
    Things.SIGN_UPS: gettext_lazy("new accounts"),
}


@dataclass(frozen=True, slots=True)
class Source:
    """Who makes a request, as pseudonyms; an account counts instead of its address."""

    subscriber: str = ""
    network: str = ""
    account: str = ""


@dataclass(frozen=True, slots=True)
class Quota:
    """At most `limit` requests of a source within a window, or waiting at once."""

    of: Of
    limit: int
    window: timedelta
    waiting: bool = False
    """Whether it counts what waits now; the window then says when to try again."""


@dataclass(frozen=True, slots=True)
class Counted:
    """The rows that quotas count, and the columns that say who made each, and when."""

    things: Things
    rows: QuerySet[Any]
    waiting: Q
    at: str
    subscriber: str
    network: str
    account: str

    def of(self, whose: Of, source: Source) -> QuerySet[Any] | None:
        """Return the rows that count for a source, or None if the quota does not concern it."""
        if whose is Of.EVERYONE:
            return self.rows.order_by()
        if (whose is Of.ACCOUNT) != bool(source.account):
            return None
        if whose is Of.ANONYMOUS:
            return self.rows.filter(**{self.account: ""}).order_by()
        pseudonym = getattr(source, whose.value)
        return self.rows.filter(**{getattr(self, whose.value): pseudonym}).order_by() if pseudonym else None


class QuotaExceeded(TooMany):
    """A quota is used up; it says which, and when it renews."""

    code = "quota_exceeded"

    def __init__(self, message: str, *, quota: Quota, renews_at: datetime, now: datetime) -> None:
        super().__init__(message)
        self.quota = quota
        self.retry_at(renews_at, now=now)
        self.details = {"quota": quota.of.value, "renews_at": f"{renews_at:%Y-%m-%dT%H:%M:%SZ}"}


def refuse_exceeded(quotas: Iterable[Quota], counted: Counted, *, source: Source, now: datetime) -> None:
    """Raise QuotaExceeded if one more row would exceed a quota; call it in the transaction that adds it."""
    _wait_for_others(counted)
    for quota in quotas:
        rows = counted.of(quota.of, source)
        if rows is None:
            continue
        renews_at = _renews_at(rows, counted, quota, now)
        if renews_at is not None:
            raise QuotaExceeded(
                _sentence(quota, counted.things, renews_at), quota=quota, renews_at=renews_at, now=now
            )


def _renews_at(rows: QuerySet[Any], counted: Counted, quota: Quota, now: datetime) -> datetime | None:
    """Return when a quota allows one more row, or None if it does now."""
    if quota.waiting:
        return now + quota.window if rows.filter(counted.waiting).count() >= quota.limit else None
    recent = rows.filter(**{f"{counted.at}__gt": now - quota.window}).order_by(f"-{counted.at}")
    last = recent.values_list(counted.at, flat=True)[quota.limit - 1 : quota.limit].first()
    return last + quota.window if last else None


def _wait_for_others(counted: Counted) -> None:
    """Let concurrent transactions count one after the other; SQLite has one writer anyway."""
    if connection.vendor == "postgresql":
        key = zlib.crc32(counted.rows.model._meta.db_table.encode())
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [key])


def _sentence(quota: Quota, things: Things, renews_at: datetime) -> str:
    values = {"n": quota.limit, "things": COUNTED[things], "whose": WHOSE[quota.of]}
    if quota.waiting:
        return _("%(n)d %(things)s of %(whose)s are waiting already. Try again later.") % values
    hours = quota.window // timedelta(hours=1)
    window = ngettext("%(n)d hour", "%(n)d hours", hours) % {"n": hours}
    message = _("The quota of %(whose)s is used up: %(n)d %(things)s in %(window)s. It renews at %(at)s UTC.")
    return message % (values | {"window": window, "at": f"{renews_at:%Y-%m-%d %H:%M}"})
