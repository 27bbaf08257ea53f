"""Sign files as minisign does: Ed25519 over the BLAKE2b hash of a file."""

from __future__ import annotations

import base64
import binascii
import secrets
from dataclasses import dataclass, field
from hashlib import blake2b

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

ID_BYTES, SEED_BYTES = 8, 32


class BadSigningKey(ValueError):
    """EXPORT_SIGNING_KEY is not a valid key; the message does not contain it."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A secret key with its minisign key id."""

    number: bytes
    secret: Ed25519PrivateKey = field(repr=False)

    @property
    def public(self) -> str:
        """Return the public key in the form that `minisign -P` expects."""
        raw = self.secret.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return base64.b64encode(b"Ed" + self.number + raw).decode()

    def sign(self, content: bytes, trusted_comment: str) -> str:
        """Return the content of a .minisig file."""
        signature = self.secret.sign(blake2b(content, digest_size=64).digest())
        whole = self.secret.sign(signature + trusted_comment.encode())
        encoded = base64.b64encode(b"ED" + self.number + signature).decode()
        lines = (
            f"untrusted comment: signature of Lagline, key {self.number[::-1].hex().upper()}",
            encoded,
            f"trusted comment: {trusted_comment}",
            base64.b64encode(whole).decode(),
        )
        return "\n".join(lines) + "\n"


def new_signing_key() -> str:
    """Return a new secret key in the form of the setting EXPORT_SIGNING_KEY."""
    return base64.b64encode(secrets.token_bytes(ID_BYTES + SEED_BYTES)).decode()


def read_signing_key(setting: str) -> SigningKey | None:
    """Parse the setting; None if it is empty, so that exports are not signed."""
    if not setting:
        return None
    try:
        raw = base64.b64decode(setting, validate=True)
    except binascii.Error:
        raw = b""
    if len(raw) != ID_BYTES + SEED_BYTES:
        raise BadSigningKey("EXPORT_SIGNING_KEY is no key: make one by `manage.py export --new-key`.")
    return SigningKey(raw[:ID_BYTES], Ed25519PrivateKey.from_private_bytes(raw[ID_BYTES:]))
