"""Browsers in which somebody is logged in."""

from __future__ import annotations

import json
import time
from hashlib import sha256
from secrets import token_bytes
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from allauth.mfa.webauthn.internal.auth import WebAuthn
from cryptography.hazmat.primitives.asymmetric import ec
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.test import Client
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import Aaguid, AttestationObject, AttestedCredentialData, AuthenticatorData

PASSWORD = "a long enough password"


def confirm_address(user: AbstractBaseUser) -> None:
    """Record that an account confirmed its main address."""
    EmailAddress.objects.update_or_create(
        user=user,
        email=user.email,  # type: ignore[attr-defined]
        defaults={"verified": True, "primary": True},
    )


def make_passkey() -> dict[str, Any]:
    """Return a new passkey as a browser registers it."""
    key = ES256.from_cryptography_key(ec.generate_private_key(ec.SECP256R1()).public_key())
    credential_id = token_bytes(16)
    flags = AuthenticatorData.FLAG.UP | AuthenticatorData.FLAG.UV | AuthenticatorData.FLAG.AT
    credential = AttestedCredentialData.create(Aaguid(bytes(16)), credential_id, key)
    data = AuthenticatorData.create(sha256(b"localhost").digest(), flags, 0, credential)
    client = {"type": "webauthn.create", "challenge": "AA", "origin": "http://localhost"}
    return {
        "id": websafe_encode(credential_id),
        "rawId": websafe_encode(credential_id),
        "type": "public-key",
        "clientExtensionResults": {"credProps": {"rk": True}},
        "response": {
            "clientDataJSON": websafe_encode(json.dumps(client).encode()),
            "attestationObject": websafe_encode(AttestationObject.create("none", data, {})),
        },
    }


def add_passkey(user: AbstractBaseUser, name: str = "Phone") -> Authenticator:
    """Give an account a passkey."""
    authenticator: Authenticator = WebAuthn.add(user, name, make_passkey()).instance
    return authenticator


def add_totp(user: AbstractBaseUser) -> str:
    """Give an account an authenticator app, and return its key."""
    secret: str = generate_totp_secret()
    TOTP.activate(user, secret)
    return secret


def totp_code(secret: str) -> str:
    """Return the code that an authenticator app shows now."""
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30)))


def confirm_identity(client: Client, user: AbstractBaseUser, method: str = "mfa") -> None:
    """Note in a session that its user has just confirmed a factor, as django-allauth does."""
    session = client.session
    session["account_authentication_methods"] = [
        {"method": method, "at": time.time(), "reauthenticated": True}
    ]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()


def log_in_as_staff(client: Client, user: AbstractBaseUser) -> None:
    """Log a member of staff in with two factors."""
    if not Authenticator.objects.filter(user=user).exists():
        add_totp(user)
    client.force_login(user)  # type: ignore[arg-type]
    confirm_identity(client, user)


def log_in(client: Client, user: AbstractBaseUser) -> None:
    """Log somebody in, with two factors if the account is staff."""
    if user.is_staff:  # type: ignore[attr-defined]
        log_in_as_staff(client, user)
    else:
        client.force_login(user)  # type: ignore[arg-type]


def staff_client(name: str = "root", **fields: Any) -> Client:
    """Return the browser of a superuser who is logged in with two factors."""
    client = Client()
    log_in_as_staff(client, get_user_model().objects.create_superuser(name, **fields))
    return client
