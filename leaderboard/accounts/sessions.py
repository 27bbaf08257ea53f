"""How long a login lasts, and how the logins of an account are ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from allauth.usersessions.models import UserSession
from django.contrib.auth.middleware import AuthenticationMiddleware, get_user
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.models import Session
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from evals.models import AuditAction
from evals.operations.audit import pseudonym_of, record_event

STARTED_AT, SEEN_AT = "lagline_started_at", "lagline_seen_at"  # keys of a session, in seconds since 1970
SEEN_EVERY = timedelta(minutes=5)  # a session is written at most this often


@dataclass(frozen=True, slots=True)
class Lifetime:
    """When a login ends: so long after it started, and so long after it was last used."""

    absolute: timedelta
    idle: timedelta


LIFETIME = Lifetime(absolute=timedelta(days=30), idle=timedelta(days=7))
STAFF_LIFETIME = Lifetime(absolute=timedelta(hours=12), idle=timedelta(hours=1))


def has_expired(session: SessionBase, *, lifetime: Lifetime, now: datetime) -> bool:
    """Return whether a login has ended, and note in its session that it is in use if not."""
    seconds = now.timestamp()
    started_at, seen_at = session.get(STARTED_AT, seconds), session.get(SEEN_AT, seconds)
    if seconds - started_at > lifetime.absolute.total_seconds():
        return True
    if seconds - seen_at > lifetime.idle.total_seconds():
        return True
    if STARTED_AT not in session:
        session[STARTED_AT] = seconds
    if SEEN_AT not in session or seconds - seen_at > SEEN_EVERY.total_seconds():
        session[SEEN_AT] = seconds
    return False


class AccountSessionMiddleware(AuthenticationMiddleware):
    """Django's middleware, for which an expired login has no user.

    The user is looked up when it is first needed, so public pages read no session.
    """

    def process_request(self, request: HttpRequest) -> None:
        """Set the user of a request."""
        super().process_request(request)
        request.user = SimpleLazyObject(lambda: _unexpired_user(request))  # type: ignore[assignment]


def _unexpired_user(request: HttpRequest) -> AbstractBaseUser | AnonymousUser:
    user: AbstractBaseUser | AnonymousUser = get_user(request)
    if not user.is_authenticated:
        return user
    lifetime = STAFF_LIFETIME if getattr(user, "is_staff", False) else LIFETIME
    if has_expired(request.session, lifetime=lifetime, now=timezone.now()):
        request.session.flush()
        return AnonymousUser()
    return user


@transaction.atomic
def end_sessions(*, user: AbstractBaseUser, except_key: str | None = None) -> int:
    """End the logins of an account, except that of a session key, and return how many there were."""
    sessions = [s for s in UserSession.objects.filter(user_id=user.pk) if s.session_key != except_key]
    for session in sessions:
        session.end()
    if sessions:
        record_event(
            action=AuditAction.ACCOUNT_SESSIONS,
            object_type="account",
            object_id=pseudonym_of(user.pk),
            after={"sessions": len(sessions)},
        )
    return len(sessions)


def delete_expired_sessions(*, now: datetime) -> int:
    """Delete the stored sessions that have expired, with what is known of their browsers."""
    deleted, _ = Session.objects.filter(expire_date__lt=now).delete()
    UserSession.objects.exclude(session_key__in=Session.objects.values("session_key")).delete()
    return deleted
