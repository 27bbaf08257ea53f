"""Reads of API tokens."""

from __future__ import annotations

from hashlib import sha256
from secrets import compare_digest

from leaderboard.models import ApiToken

TOKEN_PREFIX = "lagline_"  # noqa: S105 – a prefix by which scanners can find a leaked token


def token_digest(secret: str) -> str:
    """Return the stored digest of a secret; a plain hash is enough for 256 random bits."""
    return sha256(secret.encode()).hexdigest()


def password_digest(password_hash: str) -> str:
    """Return the digest by which a token notices that the password of its account has changed."""
    return sha256(password_hash.encode()).hexdigest()


def valid_token(secret: str) -> ApiToken | None:
    """Return the token of a secret, or None if it has ended.

    It ends when it is revoked and when its account gets another password, however that is set. It rests
    while the account is inactive.
    """
    digest = token_digest(secret)
    token = ApiToken.objects.select_related("user").filter(digest=digest).first()
    if token is None or not compare_digest(token.digest, digest):
        return None
    if token.revoked_at is not None or not token.user.is_active:
        return None
    return token if compare_digest(token.password_digest, password_digest(token.user.password)) else None
