"""The delay after wrong passwords and codes: growing, and over by itself.

django-axes calls the handler for every check of a password; forms call `check_delayed` for codes and reset
mails. Attempts during a delay are refused before anything is checked and do not count, so a delay can be
neither guessed through nor prolonged. Passwords are counted per account and network: clients at other
addresses are not delayed, nor are browsers in which the account has logged in before, for such a browser
counts for itself. Codes are counted per account, wherever they come from, since only somebody who knows the
password can try them.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from axes.helpers import get_client_username
from axes.models import AccessAttempt
from django.conf import settings
from django.core import signing
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from leaderboard.client_address import UNKNOWN, network_address

FREE_FAILURES = 4
FIRST_DELAY = timedelta(seconds=30)
LONGEST_DELAY = timedelta(minutes=15)
FORGOTTEN_AFTER = timedelta(days=1)  # since the last failure
MOST_DOUBLINGS = 10
NAME_LENGTH = 255
KNOWN_BROWSER_FOR = timedelta(days=365)
SALT = "lagline.known_browser"


class LoginStep(StrEnum):
    """What is attempted; each is counted for itself."""

    PASSWORD = ""
    CODE = "code"
    RESET = "reset"
    CONFIRMATION = "confirmation"


@dataclass(frozen=True, slots=True)
class LoginSource:
    """Whose login is attempted, and from where; `browser` identifies one that is known to the account."""

    username: str
    address: str
    browser: str = ""
    step: LoginStep = LoginStep.PASSWORD


def login_source(request: HttpRequest, credentials: dict[str, Any] | None) -> LoginSource:
    """Return the source of a login attempt."""
    username = str(get_client_username(request, credentials) or "")[:NAME_LENGTH]
    return LoginSource(username, network_address(request), _known_browser(request, username))


def code_source(request: HttpRequest, username: str) -> LoginSource:
    """Return the source of a second factor's code: an account in all networks, or a browser known to it."""
    return LoginSource(username, UNKNOWN, _known_browser(request, username), LoginStep.CODE)


def reset_sources(request: HttpRequest, email: str) -> tuple[LoginSource, ...]:
    """Return the sources of a request for a reset mail: the address that gets it, and the network."""
    return (
        LoginSource(email.lower()[:NAME_LENGTH], UNKNOWN, step=LoginStep.RESET),
        LoginSource("", network_address(request), step=LoginStep.RESET),
    )


def confirmation_source(email: str) -> LoginSource:
    """Return the source of a request for a confirmation mail: the address that gets it."""
    return LoginSource(email.lower()[:NAME_LENGTH], UNKNOWN, step=LoginStep.CONFIRMATION)


def sign_browser(username: str) -> str:
    """Return the value of the cookie that makes a browser known to an account."""
    return signing.dumps([username, secrets.token_hex(16)], salt=SALT)


def _known_browser(request: HttpRequest, username: str) -> str:
    """Return the identifier of a browser in which the account has logged in before, or an empty string."""
    try:
        owner, browser = signing.loads(
            request.COOKIES.get(settings.KNOWN_BROWSER_COOKIE_NAME, ""), salt=SALT, max_age=KNOWN_BROWSER_FOR
        )
    except (signing.BadSignature, ValueError, TypeError):
        return ""
    return str(browser) if owner == username else ""


def delay_after(failures: int) -> timedelta:
    """Return how long the next attempt must wait after so many failures: nothing, 30 s, 1 min, … 15 min."""
    if failures <= FREE_FAILURES:
        return timedelta()
    doublings: int = min(failures - FREE_FAILURES - 1, MOST_DOUBLINGS)
    return min(LONGEST_DELAY, FIRST_DELAY * (1 << doublings))


def remaining_delay(*, source: LoginSource, now: datetime) -> timedelta:
    """Return how long a source cannot log in."""
    row = _failures(source).first()
    if row is None or row.attempt_time < now - FORGOTTEN_AFTER:
        return timedelta()
    ends_at: datetime = row.attempt_time + delay_after(row.failures_since_start)
    return max(timedelta(), ends_at - now)


@transaction.atomic
def record_failure(*, source: LoginSource, now: datetime) -> None:
    """Count a wrong password, and forget the failures that are too old."""
    AccessAttempt.objects.filter(attempt_time__lt=now - FORGOTTEN_AFTER).delete()
    row, _ = AccessAttempt.objects.get_or_create(**_key(source), defaults={"failures_since_start": 0})
    AccessAttempt.objects.filter(pk=row.pk).update(
        failures_since_start=F("failures_since_start") + 1, attempt_time=now
    )


@contextmanager
def check_delayed(request: HttpRequest, *sources: LoginSource) -> Iterator[None]:
    """Run a check of a form under the delays of sources: refuse it during one, count it if it fails.

    A refused request is answered with 429 by AxesMiddleware.
    """
    now = timezone.now()
    waiting = max(sources, key=lambda source: remaining_delay(source=source, now=now))
    if remaining_delay(source=waiting, now=now):
        request.axes_locked_out = True  # type: ignore[attr-defined]
        request.delayed_source = waiting  # type: ignore[attr-defined]
        raise ValidationError(_("Too many attempts. Try again later."), code="delayed")
    try:
        yield
    except ValidationError:
        for source in sources:
            record_failure(source=source, now=now)
        raise


def forget_failures(*, source: LoginSource) -> None:
    """Forget the failures of a source, after a login."""
    _failures(source).delete()


def _failures(source: LoginSource) -> QuerySet[Any]:
    rows: QuerySet[Any] = AccessAttempt.objects.filter(**_key(source))
    return rows


def _key(source: LoginSource) -> dict[str, str]:
    """Return the columns that identify a source; that of the user agent holds attempt and known browser."""
    address = UNKNOWN if source.browser else source.address  # a known browser may move between networks
    agent = f"{source.step}:{source.browser}" if source.step else source.browser
    return {"username": source.username, "ip_address": address, "user_agent": agent}


class LoginDelayHandler(AxesDatabaseHandler):  # type: ignore[misc] # untyped
    """Applies the delays to the logins that django-axes watches; it still logs the logins that succeed."""

    def is_locked(self, request: Any, credentials: dict[str, Any] | None = None) -> bool:
        """Whether the attempt must wait."""
        source = login_source(request, credentials)
        return remaining_delay(source=source, now=request.axes_attempt_time) > timedelta()

    def user_login_failed(
        self, sender: Any, credentials: dict[str, Any], request: Any = None, **kwargs: Any
    ) -> None:
        """Count a failure, unless the attempt was refused."""
        if request is None:
            return
        request.axes_credentials = credentials
        if not request.axes_locked_out:
            record_failure(source=login_source(request, credentials), now=request.axes_attempt_time)

    def user_logged_in(self, sender: Any, request: Any, user: Any, **kwargs: Any) -> None:
        """Forget the failures of the source, and make the browser known to the account."""
        username = user.get_username()
        source = LoginSource(username, network_address(request), _known_browser(request, username))
        forget_failures(source=source)
        forget_failures(source=code_source(request, username))
        if not source.browser:
            request.new_known_browser = sign_browser(username)
        super().user_logged_in(sender, request, user, **kwargs)
