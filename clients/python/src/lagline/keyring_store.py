"""The token and the address of a service in the keyring of the operating system."""

from __future__ import annotations

import keyring
from keyring.errors import KeyringError, PasswordDeleteError

from lagline.errors import KeyringUnavailable

APPLICATION = "lagline"
ADDRESS = "address of the service"
NO_KEYRING = "This machine has no keyring to store the token in. Set LAGLINE_URL and LAGLINE_TOKEN instead."


def read_address() -> str:
    """Return the address of the last login; empty without one or without a keyring."""
    return _read(ADDRESS)


def read_token(address: str) -> str:
    """Return the token for a service; empty without one or without a keyring."""
    return _read(address)


def require_keyring() -> None:
    """Raise KeyringUnavailable if this machine has no keyring that can be read."""
    try:
        keyring.get_password(APPLICATION, ADDRESS)
    except KeyringError:
        raise KeyringUnavailable(NO_KEYRING) from None


def store_login(*, address: str, token: str) -> None:
    """Store the token for a service, and its address as the default. Raises KeyringUnavailable."""
    try:
        keyring.set_password(APPLICATION, address, token)
        keyring.set_password(APPLICATION, ADDRESS, address)
    except KeyringError:
        raise KeyringUnavailable(NO_KEYRING) from None


def delete_login(*, address: str) -> bool:
    """Delete the token for a service; return whether there was one. Raises KeyringUnavailable."""
    try:
        keyring.delete_password(APPLICATION, address)
    except PasswordDeleteError:
        return False
    except KeyringError:
        raise KeyringUnavailable(NO_KEYRING) from None
    return True


def _read(name: str) -> str:
    try:
        return keyring.get_password(APPLICATION, name) or ""
    except KeyringError:
        return ""
