"""The database's clock, by which all hosts measure leases, retries and rests."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import connection
from django.utils import timezone

Clock = Callable[[], datetime]


def database_clock() -> Clock:
    """Return a clock set by the database's time, now, and carried on by this host's timer.

    Reading the clock needs no query. The timer knows no steps of the host's clock and counts time in suspend.
    """
    read_at = _timer_s()
    started = database_now()
    return lambda: started + timedelta(seconds=_timer_s() - read_at)


def database_now() -> datetime:
    """Return the time of the database's host; SQLite has no other host than this one."""
    if connection.vendor != "postgresql":
        return timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        moment: datetime = cursor.fetchone()[0]
    return moment


def _timer_s() -> float:
    return time.clock_gettime(time.CLOCK_BOOTTIME)
