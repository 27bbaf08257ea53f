"""The commands that store and delete a token."""

from __future__ import annotations

import getpass
import sys

from lagline.client import Client
from lagline.command.options import Json, Url
from lagline.command.output import write_json, write_note
from lagline.errors import LaglineError
from lagline.keyring_store import delete_login, require_keyring, store_login
from lagline.service import find_service

CREATE = "Create a token on the page /account/tokens/ of the service, and paste it here."


def login(url: Url = None, as_json: Json = False) -> None:
    """Store a token in the keyring, after the service has accepted it. It is read from stdin if piped."""
    service = find_service(url, "")
    require_keyring()
    if sys.stdin.isatty():
        write_note(CREATE)
        token = getpass.getpass("Token: ", stream=sys.stderr)
    else:
        token = sys.stdin.readline()
    if not token.strip():
        raise LaglineError("No token was given.")
    with Client(service.url, token, cache=None) as client:
        client.notices(limit=1)
    store_login(address=service.url, token=token.strip())
    report(f"Logged in to {service.url}.", {"url": service.url}, as_json)


def logout(url: Url = None, as_json: Json = False) -> None:
    """Delete the token from the keyring. It stays valid: revoke it on the page /account/tokens/."""
    address = find_service(url, "").url
    deleted = delete_login(address=address)
    message = f"Logged out of {address}." if deleted else f"There was no token for {address}."
    report(message, {"url": address, "deleted": deleted}, as_json)


def report(message: str, data: dict[str, object], as_json: bool) -> None:
    """Write what was done."""
    write_note(message)
    if as_json:
        write_json({"data": data})
