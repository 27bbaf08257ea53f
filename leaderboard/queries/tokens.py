"""Reads of API tokens."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from secrets import compare_digest

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Q, QuerySet

from evals.models import Owner
from leaderboard.models import ApiToken

TOKEN_PREFIX = "lagline_"  # noqa: S105 – a prefix by which scanners can find a leaked token


def token_digest(secret: str) -> str:
    """Return the stored digest of a secret; a plain hash is enough for 256 random bits."""
    return sha256(secret.encode()).hexdigest()


def password_digest(password_hash: str) -> str:
    """Return the digest by which a token notices that the password of its account has changed."""
    return sha256(password_hash.encode()).hexdigest()


def usable_tokens(account: AbstractBaseUser, *, now: datetime) -> QuerySet[ApiToken]:
    """Return the tokens of an account that were not revoked and have not expired, newest first."""
    return _usable(now).filter(user_id=account.pk)


def tokens_ending(account: AbstractBaseUser, *, after: datetime, before: datetime) -> QuerySet[ApiToken]:
    """Return the tokens of an account that expire, or did, within a time, and were not revoked."""
    tokens = ApiToken.objects.filter(user_id=account.pk, revoked_at=None)
    return tokens.filter(expires_at__gt=after, expires_at__lte=before).order_by("expires_at", "pk")


def tokens_of_organisation(organisation: Owner, *, now: datetime) -> QuerySet[ApiToken]:
    """Return the usable tokens of all members that act for an organisation alone, newest first."""
    return _usable(now).filter(owner=organisation).select_related("user")


def _usable(now: datetime) -> QuerySet[ApiToken]:
    tokens = ApiToken.objects.filter(Q(expires_at__isnull=True) | Q(expires_at__gt=now), revoked_at=None)
    return tokens.select_related("owner").order_by("-created_at", "-pk")


def valid_token(secret: str, *, now: datetime) -> ApiToken | None:
    """Return the token of a secret, or None if it has ended.

    It ends when it is revoked, when it expires, and when its account gets another password, however that is
    set. It rests while the account is inactive.
    """
    digest = token_digest(secret)
    token = ApiToken.objects.select_related("user").filter(digest=digest).first()
    if token is None or not compare_digest(token.digest, digest):
        return None
    if token.revoked_at is not None or not token.user.is_active:
        return None
    if token.expires_at is not None and token.expires_at <= now:
        return None
    return token if compare_digest(token.password_digest, password_digest(token.user.password)) else None
