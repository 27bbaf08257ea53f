"""The providers by which people may sign in, from the environment."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

GITHUB, HUGGING_FACE = "github", "huggingface"
KNOWN = {GITHUB: ("GitHub", "https://github.com"), HUGGING_FACE: ("Hugging Face", "https://huggingface.co")}
PARTS = ("ID", "SECRET", "ISSUER", "LABEL")  # SIGN_IN_<NAME>_<part>
NAME = re.compile(r"[a-z][a-z0-9-]{0,29}")
CLIENT = re.compile(r"[\x21-\x7e]{1,191}")
LABEL_LENGTH, ISSUER_LENGTH = 40, 200
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class Settings(Protocol):
    """A reader of settings."""

    def text(self, name: str, default: str | None = None) -> str:
        """Return a setting; without a default it is required."""


@dataclass(frozen=True, slots=True)
class SignInProvider:
    """A server that tells who somebody is. An account there is identified by the issuer and its number."""

    name: str  # in addresses of this site
    label: str  # on buttons
    issuer: str
    client_id: str
    secret: str = field(repr=False)

    @property
    def is_github(self) -> bool:
        """Whether it is GitHub, which does not speak OpenID Connect."""
        return self.name == GITHUB


def read_sign_in_providers(settings: Settings, names: list[str]) -> tuple[SignInProvider, ...]:
    """Return the providers of the names. Raises ImproperlyConfigured, whose message holds no secret."""
    providers = tuple(_read(settings, name) for name in names)
    for value in ("name", "issuer"):
        if len({getattr(provider, value) for provider in providers}) < len(providers):
            raise ImproperlyConfigured(f"SIGN_IN_PROVIDERS has two providers of the same {value}.")
    return providers


def setting_name(name: str, part: str) -> str:
    """Return the name of a provider's setting."""
    return f"SIGN_IN_{name.upper().replace('-', '_')}_{part}"


def _read(settings: Settings, name: str) -> SignInProvider:
    if not NAME.fullmatch(name):
        raise ImproperlyConfigured(
            f"SIGN_IN_PROVIDERS names {name!r}; a name has lower-case letters, digits and hyphens."
        )
    label, issuer = KNOWN.get(name, (name.capitalize(), None))
    provider = SignInProvider(
        name=name,
        label=settings.text(setting_name(name, "LABEL"), label),
        issuer=settings.text(setting_name(name, "ISSUER"), issuer).rstrip("/"),
        client_id=settings.text(setting_name(name, "ID")),
        secret=settings.text(setting_name(name, "SECRET")),
    )
    _check(provider)
    return provider


def _check(provider: SignInProvider) -> None:
    if not _is_issuer(provider.issuer):
        raise ImproperlyConfigured(
            f"{setting_name(provider.name, 'ISSUER')} must be an address such as https://login.example.org, "
            "without a user, a query or a fragment; http:// is for this machine only."
        )
    if len(provider.label) > LABEL_LENGTH or not provider.label.isprintable():
        raise ImproperlyConfigured(
            f"{setting_name(provider.name, 'LABEL')} must have at most {LABEL_LENGTH} printable characters."
        )
    for part, value in (("ID", provider.client_id), ("SECRET", provider.secret)):
        if not CLIENT.fullmatch(value):
            raise ImproperlyConfigured(
                f"{setting_name(provider.name, part)} must have at most 191 printable ASCII characters "
                "and no space. Its value is not shown here."
            )


def _is_issuer(issuer: str) -> bool:
    try:
        parts = urlsplit(issuer)
        parts.port  # noqa: B018 # it is read here for its error
    except ValueError:
        return False
    if parts.username is not None or parts.query or parts.fragment or len(issuer) > ISSUER_LENGTH:
        return False
    host = parts.hostname or ""
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK))
