"""Seal a short text for the workers by HPKE (RFC 9180), bound to what it may be used for."""

from __future__ import annotations

import json
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from yarl import URL

SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)
PURPOSE = "lagline endpoint key, version 1"


class NotOpened(Exception):
    """A sealed text does not open: another key sealed it, or it was sealed for another purpose."""


def new_private_key() -> bytes:
    """Return a new private key of a worker."""
    return X25519PrivateKey.generate().private_bytes_raw()


def public_key_of(private: bytes) -> bytes:
    """Return the public half of a private key. Raises ValueError."""
    return X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()


def fingerprint_of(public: bytes) -> str:
    """Return the name of a public key."""
    return sha256(public).hexdigest()[:16]


def origin_of(url: str) -> str:
    """Return scheme, host and port of a URL."""
    return str(URL(url).origin())


def binding_of(*, owner_id: int, endpoint: str, base_url: str) -> bytes:
    """Return what a key is bound to: its owner, its endpoint, and the origin to which it is sent."""
    return json.dumps([PURPOSE, owner_id, endpoint, origin_of(base_url)]).encode()


def seal(secret: str, *, public: bytes, binding: bytes) -> bytes:
    """Return a text sealed by a public key; who seals it cannot open it again."""
    return SUITE.encrypt(secret.encode(), X25519PublicKey.from_public_bytes(public), info=binding)


def open_sealed(sealed: bytes, *, private: bytes, binding: bytes) -> str:
    """Return a sealed text. Raises NotOpened."""
    try:
        return SUITE.decrypt(sealed, X25519PrivateKey.from_private_bytes(private), info=binding).decode()
    except (InvalidTag, ValueError):
        raise NotOpened from None
