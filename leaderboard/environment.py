"""Typed settings from the environment; an invalid value is refused with the setting's name."""

from __future__ import annotations

import os
import re
import secrets
import tempfile
from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal
from hashlib import sha256
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

from leaderboard.rate_limiter import Rate
from leaderboard.secret_sources import is_secret, read_secret, remember_secret, secret_names

TRUE, FALSE = ("1", "true", "yes", "on"), ("0", "false", "no", "off")
CONTACT = re.compile(r"https://[^\s\"<>]{3,200}|[^\s@:/\"<>]{1,64}@[^\s@:/\"<>]{3,190}")
SOCKET_PATH_LIMIT = 100  # the kernel keeps 108 bytes for a socket's path


class Environment(environ.Env):  # type: ignore[misc] # untyped
    """django-environ's reader with errors that name the setting but never contain a secret value."""

    def __init__(self, variables: Mapping[str, str] | None = None) -> None:
        super().__init__()
        self.ENVIRON = self.variables = os.environ if variables is None else variables

    def text(self, name: str, default: str | None = None) -> str:
        """Return a string setting; without a default it is required. A secret may be in a file."""
        secret = is_secret(name)
        value = read_secret(name, self.variables) if secret else self.variables.get(name, "").strip()
        if value:
            return value
        if default is None:
            raise ImproperlyConfigured(f"{name} is not set. Set it in the environment: it has no default.")
        return default

    def refuse_removed(self, name: str, instead: str) -> None:
        """Refuse a setting that no longer exists. Raises ImproperlyConfigured with what to do instead."""
        if self.text(name, ""):
            raise ImproperlyConfigured(f"{name} no longer exists. {instead}")

    def flag(self, name: str, default: bool) -> bool:
        """Return a boolean setting."""
        value = self.text(name, "on" if default else "off").lower()
        if value not in TRUE + FALSE:
            raise ImproperlyConfigured(f"{name} is {value!r}; it must be one of {', '.join(TRUE + FALSE)}.")
        return value in TRUE

    def integer(self, name: str, default: int, *, least: int = 0) -> int:
        """Return an integer setting of at least `least`."""
        value = self.text(name, str(default))
        if not value.lstrip("-").isdigit() or int(value) < least:
            raise ImproperlyConfigured(f"{name} is {value!r}; it must be a whole number, at least {least}.")
        return int(value)

    def amount(self, name: str, default: str) -> Decimal | None:
        """Return an amount of at least 0, such as 2.50; None if it is off."""
        value = self.text(name, default)
        if value.lower() == "off":
            return None
        if not re.fullmatch(r"\d{1,9}(\.\d{1,8})?", value):
            raise ImproperlyConfigured(f"{name} is {value!r}; it must be off, or an amount such as 2.50.")
        return Decimal(value)

    def rate(self, name: str, default: str) -> Rate | None:
        """Return a rate such as 60/min; None if it is off."""
        value = self.text(name, default)
        if value.lower() == "off":
            return None
        try:
            return Rate.from_text(value)
        except ValueError:
            raise ImproperlyConfigured(
                f"{name} is {value!r}; it must be off, or a number per sec, min, hour or day: {default}."
            ) from None

    def named(self, prefix: str) -> NamedSecrets:
        """Return all secrets with a prefix, by the rest of their name; each is read when it is used."""
        return NamedSecrets(prefix, self.variables)

    def names(self, name: str, default: Collection[str]) -> list[str]:
        """Return a comma-separated list setting."""
        return [part.strip() for part in self.text(name, ",".join(default)).split(",") if part.strip()]

    def servers(self, name: str, *, default_port: int) -> list[tuple[str, int]]:
        """Return a comma-separated list of hosts, each with a port or the default one."""
        servers = []
        for text in self.names(name, []):
            try:
                parts = urlsplit(f"//{text}")
                servers.append((ip_address(parts.hostname or "").compressed, parts.port or default_port))
            except ValueError:
                raise ImproperlyConfigured(
                    f"{name} contains {text!r}; it must be addresses with ports, such as "
                    f"192.0.2.1:{default_port} or [2001:db8::1]:{default_port}."
                ) from None
        return servers

    def url(self, name: str, default: str, *, schemes: Collection[str]) -> str:
        """Return a URL with one of the allowed schemes."""
        value = self.text(name, default)
        scheme = urlsplit(value).scheme
        if scheme not in schemes:
            allowed = ", ".join(f"{allowed}://" for allowed in sorted(schemes))
            raise ImproperlyConfigured(
                f"{name} starts with {scheme or 'no scheme'!r}; it must start with {allowed}."
            )
        return value

    def contact(self, name: str) -> str:
        """Return an e-mail address or an https address; empty if there is none."""
        value = self.text(name, "")
        if value and not CONTACT.fullmatch(value):
            raise ImproperlyConfigured(f"{name} is {value!r}; it must be an e-mail address or https://….")
        return value

    def database(self, name: str, default: str, *, schemes: Collection[str]) -> dict[str, Any]:
        """Return Django's database settings for a URL."""
        try:
            return dict(self.db_url_config(self.url(name, default, schemes=schemes)))
        except ValueError:  # its message may contain a part of the password
            message = f"{name} cannot be read: special characters of a password must be percent-encoded."
            raise ImproperlyConfigured(message) from None


class NamedSecrets(Mapping[str, str]):
    """Secrets by name. None is in memory before it is used, and none in the representation."""

    def __init__(self, prefix: str, variables: Mapping[str, str]) -> None:
        self._prefix, self._variables = prefix, variables

    def __getitem__(self, name: str) -> str:
        """Read a secret. Raises KeyError if there is none."""
        if value := read_secret(self._prefix + name, self._variables):
            return value
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        names = secret_names(self._variables)
        return (name.removeprefix(self._prefix) for name in names if name.startswith(self._prefix))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __repr__(self) -> str:
        return f"<secrets {', '.join(self) or 'none'}>"


def kept_secret(path: Path) -> str:
    """Return the secret in a file that only its owner can read; create it if it is missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    if not path.exists():
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48))
        try:
            os.link(draft, path)  # fails if another process was first, whose secret is used
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    secret = path.read_text()
    remember_secret(secret)
    return secret


def embedded_socket(data_dir: Path) -> Path:
    """Return the path of the embedded Valkey's socket: in DATA_DIR, or shorter if that is too long."""
    path = data_dir / "valkey.sock"
    if len(bytes(path)) <= SOCKET_PATH_LIMIT:
        return path
    return Path(tempfile.gettempdir()) / f"lagline-{sha256(bytes(data_dir)).hexdigest()[:12]}.sock"
