"""Where secrets come from: the variable NAME, the file that NAME_FILE names, or a systemd credential NAME."""

from __future__ import annotations

import logging
import stat
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

log = logging.getLogger(__name__)

PROVIDER_KEY = "CREDENTIAL_"
SIGN_IN, CLIENT_SECRET = "SIGN_IN_", "_SECRET"  # SIGN_IN_<NAME>_SECRET
SIGNING_KEY = "EXPORT_SIGNING_KEY"
WORKER_KEYS = "WORKER_PRIVATE_KEYS"
SECRETS = frozenset(
    {
        "SECRET_KEY",
        "SECRET_KEY_FALLBACKS",
        "DATABASE_URL",
        "REDIS_URL",
        "EMAIL_URL",
        SIGNING_KEY,
        WORKER_KEYS,
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
    }
)
FILE = "_FILE"
DIRECTORY = "CREDENTIALS_DIRECTORY"  # systemd sets it for a unit with LoadCredential
MOST_BYTES = 65_536
SHORTEST_HIDDEN = 8  # a shorter value is no secret, and hiding it would damage texts

_read: set[str] = set()


def is_secret(name: str) -> bool:
    """Tell whether a setting is a secret."""
    if name in SECRETS or name.startswith(PROVIDER_KEY):
        return True
    return name.startswith(SIGN_IN) and name.endswith(CLIENT_SECRET)


def is_for_workers(name: str) -> bool:
    """Tell whether a secret is for workers and commands only, never for the web server and beat."""
    return name in (SIGNING_KEY, WORKER_KEYS) or name.startswith(PROVIDER_KEY)


def secret_names(variables: Mapping[str, str]) -> list[str]:
    """Return the names of all secrets that are set, in any of the three forms."""
    given = {name.removesuffix(FILE) for name, value in variables.items() if value.strip()}
    return sorted(name for name in given | _credential_names(variables) if is_secret(name))


def read_secret(name: str, variables: Mapping[str, str]) -> str:
    """Return a secret without surrounding white space, empty if it is not set. Raises ImproperlyConfigured.

    The value is remembered, so that logs and error reports can hide it.
    """
    sources = dict(_sources(name, variables))
    if len(sources) > 1:
        raise ImproperlyConfigured(f"{name} is set more than once, by {' and '.join(sources)}. Keep one.")
    for source, place in sources.items():
        value = _file_content(source, place) if isinstance(place, Path) else place
        remember_secret(value)
        return value
    return ""


def remember_secret(value: str) -> None:
    """Have a value hidden in logs and error reports; of a URL, its password."""
    parts = [value]
    if "://" in value:
        with suppress(ValueError):  # a URL that cannot be parsed is hidden whole
            password = urlsplit(value).password or ""
            parts = [password, unquote(password)]
    _read.update(part for part in parts if len(part) >= SHORTEST_HIDDEN)


def secrets_read() -> frozenset[str]:
    """Return the secrets that this process has read."""
    return frozenset(_read)


def environment_without_worker_secrets(variables: Mapping[str, str]) -> dict[str, str]:
    """Return an environment for the web server and beat.

    Credentials of systemd that these may read are passed as NAME_FILE, because the directory has all of them.
    """
    kept = {
        name: value
        for name, value in variables.items()
        if not is_for_workers(name.removesuffix(FILE)) and name != DIRECTORY
    }
    folder = Path(variables.get(DIRECTORY, ""))
    shared = (name for name in _credential_names(variables) if is_secret(name) and not is_for_workers(name))
    return kept | {f"{name}{FILE}": str(folder / name) for name in shared}


def environment_without_secrets(variables: Mapping[str, str]) -> dict[str, str]:
    """Return an environment for a program that needs no secret, such as the embedded Valkey."""
    return {
        name: value
        for name, value in variables.items()
        if not is_secret(name.removesuffix(FILE)) and name != DIRECTORY
    }


def refuse_worker_secrets(variables: Mapping[str, str], *, process: str) -> None:
    """Refuse to start a process with a secret for workers. Raises ImproperlyConfigured with the names."""
    if names := [name for name in secret_names(variables) if is_for_workers(name)]:
        raise ImproperlyConfigured(
            f"{process} does not start with {', '.join(names)} in its environment: these secrets are for "
            "workers only. Set them for the workers' processes, or use `manage.py up`, which separates them."
        )


def _sources(name: str, variables: Mapping[str, str]) -> Iterator[tuple[str, str | Path]]:
    """Yield each form in which a secret is set, with its value or its file."""
    if value := variables.get(name, "").strip():
        yield name, value
    if path := variables.get(name + FILE, "").strip():
        yield name + FILE, Path(path)
    if name in _credential_names(variables):
        yield f"the systemd credential {name}", Path(variables[DIRECTORY], name)


def _credential_names(variables: Mapping[str, str]) -> set[str]:
    folder = variables.get(DIRECTORY, "")
    try:
        return {path.name for path in Path(folder).iterdir()} if folder else set()
    except OSError:
        return set()


def _file_content(source: str, path: Path) -> str:
    try:
        with path.open("rb") as file:
            mode, raw = stat.S_IMODE(path.stat().st_mode), file.read(MOST_BYTES + 1)
    except OSError as problem:
        raise ImproperlyConfigured(
            f"{source} leads to {path}, which cannot be read: {problem.strerror}."
        ) from None
    try:
        value = raw.decode().strip()
    except UnicodeDecodeError:
        value = ""
    if not value or len(raw) > MOST_BYTES:
        raise ImproperlyConfigured(f"{source} leads to {path}, which is empty, too large or no text.")
    if mode & stat.S_IRWXO:
        log.warning("%s has mode %04o: every user of this machine can read it. Set it to 0600.", path, mode)
    return value
