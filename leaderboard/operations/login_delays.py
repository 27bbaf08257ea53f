"""The delay after wrong passwords: per account and client address, growing, and over by itself.

django-axes calls the handler for the site's login and the admin's. Attempts during a delay are refused before
the password is checked and do not count, so a delay can be neither guessed through nor prolonged. Clients at
other addresses are not delayed.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from axes.helpers import get_client_username
from axes.models import AccessAttempt
from django.db import transaction
from django.db.models import F, QuerySet
from django.http import HttpRequest

FREE_FAILURES = 4
FIRST_DELAY = timedelta(seconds=30)
LONGEST_DELAY = timedelta(minutes=15)
FORGOTTEN_AFTER = timedelta(days=1)  # since the last failure
MOST_DOUBLINGS = 10
NAME_LENGTH = 255


def delay_after(failures: int) -> timedelta:
    """Return how long the next attempt must wait after so many failures: nothing, 30 s, 1 min, … 15 min."""
    if failures <= FREE_FAILURES:
        return timedelta()
    doublings: int = min(failures - FREE_FAILURES - 1, MOST_DOUBLINGS)
    return min(LONGEST_DELAY, FIRST_DELAY * (1 << doublings))


def remaining_delay(*, username: str, address: str, now: datetime) -> timedelta:
    """Return how long an account cannot log in from an address."""
    row = _failures(username, address).first()
    if row is None or row.attempt_time < now - FORGOTTEN_AFTER:
        return timedelta()
    ends_at: datetime = row.attempt_time + delay_after(row.failures_since_start)
    return max(timedelta(), ends_at - now)


@transaction.atomic
def record_failure(*, username: str, address: str, now: datetime) -> None:
    """Count a wrong password, and forget the failures that are too old."""
    AccessAttempt.objects.filter(attempt_time__lt=now - FORGOTTEN_AFTER).delete()
    row, _ = AccessAttempt.objects.get_or_create(
        username=username[:NAME_LENGTH],
        ip_address=address,
        user_agent="",
        defaults={"failures_since_start": 0},
    )
    AccessAttempt.objects.filter(pk=row.pk).update(
        failures_since_start=F("failures_since_start") + 1, attempt_time=now
    )


def forget_failures(*, username: str, address: str) -> None:
    """Forget the failures of an account at an address, after a login."""
    _failures(username, address).delete()


def _failures(username: str, address: str) -> QuerySet[Any]:
    rows: QuerySet[Any] = AccessAttempt.objects.filter(
        username=username[:NAME_LENGTH], ip_address=address, user_agent=""
    )
    return rows


def attempted_username(request: HttpRequest, credentials: dict[str, Any] | None) -> str:
    """Return the account's name of a login attempt."""
    return str(get_client_username(request, credentials) or "")


class LoginDelayHandler(AxesDatabaseHandler):  # type: ignore[misc] # untyped
    """Applies the delays to the logins that django-axes watches; it still logs the logins that succeed."""

    def is_locked(self, request: Any, credentials: dict[str, Any] | None = None) -> bool:
        """Whether the attempt must wait."""
        delay = remaining_delay(
            username=attempted_username(request, credentials),
            address=request.axes_ip_address,
            now=request.axes_attempt_time,
        )
        return delay > timedelta()

    def user_login_failed(
        self, sender: Any, credentials: dict[str, Any], request: Any = None, **kwargs: Any
    ) -> None:
        """Count a failure, unless the attempt was refused."""
        if request is None:
            return
        request.axes_credentials = credentials
        if request.axes_locked_out:
            return
        record_failure(
            username=attempted_username(request, credentials),
            address=request.axes_ip_address,
            now=request.axes_attempt_time,
        )

    def user_logged_in(self, sender: Any, request: Any, user: Any, **kwargs: Any) -> None:
        """Forget the account's failures at this address."""
        forget_failures(username=user.get_username(), address=request.axes_ip_address)
        super().user_logged_in(sender, request, user, **kwargs)
