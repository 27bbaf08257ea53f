"""Reads of the tokens by which the API knows its users."""

from __future__ import annotations

from hashlib import sha256
from secrets import compare_digest

from leaderboard.models import ApiToken

TOKEN_PREFIX = "lagline_"  # noqa: S105 – how a token starts, so that scanners can find one that leaked


def token_digest(secret: str) -> str:
    """Return what is kept of a token's secret, which has 256 random bits: a plain hash is enough."""
    return sha256(secret.encode()).hexdigest()


def valid_token(secret: str) -> ApiToken | None:
    """Return the token of this secret if it is neither revoked nor its user's account closed."""
    digest = token_digest(secret)
    token = ApiToken.objects.select_related("user").filter(digest=digest).first()
    if token is None or not compare_digest(token.digest, digest):
        return None
    return token if token.revoked_at is None and token.user.is_active else None
