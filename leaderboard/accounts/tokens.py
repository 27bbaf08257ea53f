"""Issue and revoke API tokens."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.contrib.auth.models import AbstractBaseUser
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from evals.acting import ALL_SCOPES, Scope
from evals.models import SUBMITTING_ROLES, AuditAction, Owner, OwnerKind
from evals.operations.audit import pseudonym_of, record_event
from evals.operations.owners.access import Actor, role_in
from evals.operations.owners.organisations import owned_organisation
from leaderboard.models import ApiToken
from leaderboard.queries import TOKEN_PREFIX, password_digest, token_digest, usable_tokens

NAME_LENGTH = 80
MOST_TOKENS = 50  # of an account, at a time
USE_NOTED_EVERY = timedelta(minutes=5)


class TokenRefused(Exception):
    """A token cannot be issued or revoked; the message says why."""


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A new token with its secret, which is shown once and not stored."""

    token: ApiToken
    secret: str = field(repr=False)


def issue_token(
    *,
    user: AbstractBaseUser,
    name: str,
    now: datetime,
    scopes: Collection[str] = ALL_SCOPES,
    lifetime: timedelta | None = None,
    owner: Owner | None = None,
) -> IssuedToken:
    """Issue a token to a user, for all that the account may or one organisation of it. Raises TokenRefused.

    Only the digest of its secret is stored. Every token may read.
    """
    if not name.strip() or len(name) > NAME_LENGTH:
        raise TokenRefused(_("A token's name has 1 to 80 characters. It tells your tokens apart."))
    if owner is not None and owner.kind != OwnerKind.ORGANISATION:
        raise TokenRefused(_("A token acts for the account itself or for an organisation."))
    if owner is not None and role_in(user, owner) not in SUBMITTING_ROLES:
        message = _("Only owners and submitters of %(name)s create tokens for it.") % {"name": owner.handle}
        raise TokenRefused(message)
    if usable_tokens(user, now=now).count() >= MOST_TOKENS:
        raise TokenRefused(_("An account has at most %(n)d tokens. Revoke one first.") % {"n": MOST_TOKENS})
    secret = TOKEN_PREFIX + secrets.token_urlsafe(32)
    try:
        with transaction.atomic():
            token = ApiToken.objects.create(
                user_id=user.pk,
                name=name,
                digest=token_digest(secret),
                password_digest=password_digest(user.password),
                owner=owner,
                scopes=sorted({Scope.READ, *map(Scope, scopes)}),
                created_at=now,
                expires_at=now + lifetime if lifetime else None,
            )
            _record(AuditAction.TOKEN_ISSUE, token)
    except IntegrityError:
        message = _("There is a token named '%(name)s' already. Choose another name.") % {"name": name}
        raise TokenRefused(message) from None
    return IssuedToken(token=token, secret=secret)


def revoke_token(*, user: AbstractBaseUser, name: str, now: datetime) -> None:
    """Revoke a token; one that is revoked stays as it is."""
    tokens = ApiToken.objects.filter(user_id=user.pk, name=name)
    if not _revoke(tokens, now) and not tokens.exists():
        known = ", ".join(ApiToken.objects.filter(user_id=user.pk).values_list("name", flat=True)) or "none"
        raise TokenRefused(f"{user.get_username()} has no token named {name!r}. On record: {known}.")


def revoke_token_by_id(*, user: AbstractBaseUser, token_id: int, now: datetime) -> None:
    """Revoke a token of a user; nothing happens if there is none or it has ended."""
    _revoke(ApiToken.objects.filter(user_id=user.pk, pk=token_id), now)


@transaction.atomic
def revoke_organisation_token(*, by: Actor, handle: str, token_id: int, now: datetime) -> None:
    """Revoke a token of any member that acts for an organisation alone. Raises NotPermitted."""
    organisation = owned_organisation(by=by, handle=handle)
    _revoke(ApiToken.objects.filter(owner=organisation, pk=token_id), now)


def note_token_use(*, token: ApiToken, now: datetime) -> None:
    """Store when a token was last used, at most once every five minutes."""
    stale = Q(last_used_at__isnull=True) | Q(last_used_at__lt=now - USE_NOTED_EVERY)
    if token.last_used_at is None or token.last_used_at < now - USE_NOTED_EVERY:
        ApiToken.objects.filter(stale, pk=token.pk).update(last_used_at=now)


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
    after: dict[str, object] = {"account": pseudonym_of(token.user_id)}
    if action == AuditAction.TOKEN_ISSUE:
        after |= {"scopes": token.scopes, "owner": token.owner_id}
    record_event(action=action, object_type="token", object_id=token.pk, after=after)
