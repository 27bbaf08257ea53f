"""Secrets and signatures of webhooks, after Standard Webhooks 1.0 (https://www.standardwebhooks.com)."""

from __future__ import annotations

import hmac
from base64 import b64decode, b64encode, urlsafe_b64encode
from collections.abc import Iterable
from hashlib import sha256
from secrets import token_bytes

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

PREFIX = "whsec_"
SECRET_BYTES = 32  # the specification allows 24 to 64


class UnreadableSecret(Exception):
    """A secret is encrypted by a key that is neither SECRET_KEY nor a former one."""


def new_secret() -> str:
    """Return a random secret as receivers are given it."""
    return PREFIX + b64encode(token_bytes(SECRET_BYTES)).decode()


def sign(secrets: Iterable[str], *, message_id: str, timestamp: int, body: bytes) -> str:
    """Return the header webhook-signature: a signature by each secret, the current one first."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    return " ".join(_signature(secret, signed) for secret in secrets)


def _signature(secret: str, signed: bytes) -> str:
    key = b64decode(secret.removeprefix(PREFIX))
    return "v1," + b64encode(hmac.new(key, signed, sha256).digest()).decode()


def encrypt_webhook_secret(secret: str) -> str:
    """Encrypt a secret for the database, by SECRET_KEY."""
    return _cipher().encrypt(secret.encode()).decode()


def decrypt_webhook_secret(encrypted: str) -> str:
    """Decrypt a secret, by SECRET_KEY or one of its predecessors. Raises UnreadableSecret."""
    try:
        return _cipher().decrypt(encrypted.encode()).decode()
    except InvalidToken:
        raise UnreadableSecret from None


def encrypt_anew(encrypted: str) -> str:
    """Encrypt a secret by the present SECRET_KEY; one that cannot be read stays as it is."""
    try:
        return _cipher().rotate(encrypted.encode()).decode()
    except InvalidToken:
        return encrypted


def _cipher() -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(_derived(key)) for key in keys])


def _derived(secret_key: str) -> bytes:
    return urlsafe_b64encode(sha256(b"lagline.webhooks|" + secret_key.encode()).digest())
