"""The private keys of the workers, in the data directory or a setting; no other process reads them."""

from __future__ import annotations

import base64
import logging
import os
from collections.abc import Mapping
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError
from django.utils import timezone

from evals.models import WorkerKey
from evals.operations.endpoints.key_use import use_private_keys
from evals.operations.endpoints.worker_keys import (
    add_worker_key,
    fingerprint_of,
    new_private_key,
    public_key_of,
)
from leaderboard.data_directory import make_private_directory
from leaderboard.secret_sources import WORKER_KEYS, read_secret, remember_secret

log = logging.getLogger(__name__)

FOLDER = "worker-keys"


def read_private_keys() -> Mapping[str, bytes]:
    """Return the private keys by the fingerprint of their public halves. Raises ImproperlyConfigured."""
    given = read_secret(WORKER_KEYS, os.environ).split()
    files = [path.read_text() for path in sorted(_folder().glob("*.key"))]
    return {fingerprint_of(public_key_of(private)): private for private in map(_decoded, [*given, *files])}


def create_private_key() -> tuple[WorkerKey, Path]:
    """Create a key: the private half in a file that only this user reads, the public one on record."""
    private = new_private_key()
    public = public_key_of(private)
    make_private_directory(_folder())
    path = _folder() / f"{fingerprint_of(public)}.key"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(base64.b64encode(private).decode())
    return add_worker_key(public=public, now=timezone.now()), path


def delete_private_key(fingerprint: str) -> bool:
    """Delete the file of a retired key; return whether there was one."""
    path = _folder() / f"{fingerprint}.key"
    is_there = path.exists()
    path.unlink(missing_ok=True)
    return is_there


def open_keys_here() -> None:
    """Let this process open sealed keys; the first worker of all creates the key of the workers."""
    use_private_keys(read_private_keys, remember_secret)
    keys = read_private_keys()
    try:
        current = WorkerKey.objects.filter(is_current=True).first()
        if current is None and keys:
            add_worker_key(public=public_key_of(next(iter(keys.values()))), now=timezone.now())
        elif current is None:
            create_private_key()
        elif current.fingerprint not in keys:
            log.error(
                "This worker lacks the private key %s: it cannot use owners' keys.", current.fingerprint
            )
    except DatabaseError as problem:  # not migrated or not reachable yet; worker.keys does it later
        log.warning("The workers' key cannot be looked up yet (%s).", type(problem).__name__)


def _folder() -> Path:
    return Path(settings.DATA_DIR) / FOLDER


def _decoded(text: str) -> bytes:
    remember_secret(text.strip())
    try:
        private = base64.b64decode(text.strip(), validate=True)
        public_key_of(private)
    except ValueError:
        raise ImproperlyConfigured(
            f"{WORKER_KEYS}, or a file in {_folder()}, is no private key of `manage.py worker_key`."
        ) from None
    return private
