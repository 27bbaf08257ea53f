"""Second factors: an authenticator app or a passkey, with recovery codes for the day it is lost."""

from __future__ import annotations

import logging
from base64 import b32encode, urlsafe_b64encode
from hashlib import sha256
from secrets import token_bytes
from typing import Any

from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.dispatch import receiver
from django.http import HttpRequest

from leaderboard.accounts.sessions import end_sessions

logger = logging.getLogger(__name__)

SECOND_FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
STORED_SECRETS = ("secret", "seed")  # fields of an authenticator that are encrypted


def has_second_factor(user: AbstractBaseUser) -> bool:
    """Return whether an account has an authenticator app or a passkey."""
    return bool(Authenticator.objects.filter(user_id=user.pk, type__in=SECOND_FACTORS).exists())


def has_used_second_factor(request: HttpRequest) -> bool:
    """Return whether the session's user has a second factor and used it in this session."""
    user = request.user
    if not user.is_authenticated or not has_second_factor(user):
        return False
    return any(record.get("method") == "mfa" for record in get_authentication_records(request, user))


@receiver(authenticator_added)
def second_factor_added(
    sender: Any, request: HttpRequest, user: AbstractBaseUser, authenticator: Authenticator, **kwargs: Any
) -> None:
    """Receive allauth's signal: count the new factor as used, and end the account's other logins."""
    if authenticator.type in SECOND_FACTORS:
        record_authentication(request, user, "mfa", id=authenticator.pk, type=authenticator.type)
        second_factor_changed(sender, request, user)


@receiver([authenticator_removed, authenticator_reset])
def second_factor_changed(sender: Any, request: HttpRequest, user: AbstractBaseUser, **kwargs: Any) -> None:
    """Receive allauth's signals: end the account's other logins."""
    end_sessions(user=user, except_key=request.session.session_key)


@transaction.atomic
def reset_second_factors(*, user: AbstractBaseUser) -> int:
    """Remove the second factors of an account, end its logins, and return how many factors it had."""
    removed: int = Authenticator.objects.filter(user_id=user.pk, type__in=SECOND_FACTORS).count()
    Authenticator.objects.filter(user_id=user.pk).delete()
    end_sessions(user=user)
    return removed


def encrypt_secret(text: str) -> str:
    """Encrypt a secret of a factor for the database, by SECRET_KEY."""
    return _cipher().encrypt(text.encode()).decode()


def decrypt_secret(encrypted: str) -> str:
    """Decrypt a secret of a factor, by SECRET_KEY or one of its predecessors.

    A secret of an unknown key becomes a random one, which no code fits: anybody could use an empty one.
    """
    try:
        return _cipher().decrypt(encrypted.encode()).decode()
    except InvalidToken:
        logger.warning("A second factor is encrypted by a key that is neither SECRET_KEY nor a former one.")
        return b32encode(token_bytes(20)).decode()


@transaction.atomic
def encrypt_secrets_anew() -> int:
    """Encrypt the secrets of all factors by the present SECRET_KEY, and return how many there are."""
    authenticators = Authenticator.objects.select_for_update().exclude(type=Authenticator.Type.WEBAUTHN)
    for authenticator in authenticators:
        for name in STORED_SECRETS:
            if name in authenticator.data:
                authenticator.data[name] = _cipher().rotate(authenticator.data[name].encode()).decode()
        authenticator.save(update_fields=["data"])
    return len(authenticators)


def _cipher() -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(_derived(key)) for key in keys])


def _derived(secret_key: str) -> bytes:
    return urlsafe_b64encode(sha256(b"lagline.second_factors|" + secret_key.encode()).digest())
