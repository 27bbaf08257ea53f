"""Issue and revoke API tokens."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from evals.models import AuditAction
from evals.operations.audit import pseudonym_of, record_event
from leaderboard.models import ApiToken
from leaderboard.queries import TOKEN_PREFIX, password_digest, token_digest


class TokenRefused(Exception):
    """A token cannot be issued or revoked; the message says why."""


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A new token with its secret, which is shown once and not stored."""

    token: ApiToken
    secret: str = field(repr=False)


def issue_token(*, user: AbstractBaseUser, name: str, now: datetime) -> IssuedToken:
    """Issue a token to a user; only the digest of its secret is stored."""
    if not name.strip() or len(name) > 80:
        raise TokenRefused("A token's name has 1 to 80 characters: it tells the user's tokens apart.")
    secret = TOKEN_PREFIX + secrets.token_urlsafe(32)
    try:
        with transaction.atomic():
            token = ApiToken.objects.create(
                user_id=user.pk,
                name=name,
                digest=token_digest(secret),
                password_digest=password_digest(user.password),
                created_at=now,
            )
            _record(AuditAction.TOKEN_ISSUE, token)
    except IntegrityError:
        raise TokenRefused(
            f"{user.get_username()} has a token named {name!r} already. Choose another name."
        ) from None
    return IssuedToken(token=token, secret=secret)


def revoke_token(*, user: AbstractBaseUser, name: str, now: datetime) -> None:
    """Revoke a token; one that is revoked stays as it is."""
    tokens = ApiToken.objects.filter(user_id=user.pk, name=name)
    if not _revoke(tokens, now) and not tokens.exists():
        known = ", ".join(ApiToken.objects.filter(user_id=user.pk).values_list("name", flat=True)) or "none"
        raise TokenRefused(f"{user.get_username()} has no token named {name!r}. On record: {known}.")


def revoke_all_tokens(*, user: AbstractBaseUser, now: datetime) -> int:
    """Revoke every token of an account, and return how many there were."""
    return _revoke(ApiToken.objects.filter(user_id=user.pk), now)


def keep_tokens(*, user: AbstractBaseUser, former_password_hash: str) -> None:
    """Keep the tokens of an account whose unchanged password was hashed by a newer method."""
    former = ApiToken.objects.filter(user_id=user.pk, password_digest=password_digest(former_password_hash))
    former.update(password_digest=password_digest(user.password))


@transaction.atomic
def _revoke(tokens: QuerySet[ApiToken], now: datetime) -> int:
    valid = list(tokens.filter(revoked_at__isnull=True).select_for_update())
    for token in valid:
        ApiToken.objects.filter(pk=token.pk).update(revoked_at=now)
        _record(AuditAction.TOKEN_REVOKE, token)
    return len(valid)


def _record(action: AuditAction, token: ApiToken) -> None:
    owner = pseudonym_of(token.user_id)
    record_event(action=action, object_type="token", object_id=token.pk, after={"account": owner})
