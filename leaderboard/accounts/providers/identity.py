"""Who somebody is at a provider, read from what it says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

NUMBER_LENGTH = 191  # as much as django-allauth stores
TEXT_LENGTH = 150
EMAIL_LENGTH = 254
MOST_ORGANISATIONS = 500


class ProviderRefused(Exception):
    """A provider's answer cannot be believed or read; the message repeats nothing of it."""


@dataclass(frozen=True, slots=True)
class Identity:
    """An account at a provider; `organisations` has the account's role in each, by its name."""

    number: str
    username: str = ""
    email: str = ""
    is_email_verified: bool = False
    organisations: Mapping[str, str] = field(default_factory=dict)


def read_object(value: Any) -> dict[str, Any]:
    """Return a JSON object. Raises ProviderRefused for anything else."""
    if not isinstance(value, dict):
        raise ProviderRefused("the answer is no JSON object")
    return value


def read_number(value: Any) -> str:
    """Return the number of an account. Raises ProviderRefused."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value) if abs(value) < 10**30 else None
    if not isinstance(value, str) or not 0 < len(value) <= NUMBER_LENGTH or not value.isprintable():
        raise ProviderRefused("the account has no number, or an odd one")
    return value


def shown_text(value: Any, most: int = TEXT_LENGTH) -> str:
    """Return a text that may be shown; empty if it is none, too long, or holds control characters."""
    return value if isinstance(value, str) and len(value) <= most and value.isprintable() else ""


def read_organisations(value: Any) -> dict[str, str]:
    """Return the role in each organisation of a Hugging Face account, by its name in lower case."""
    rows = value[:MOST_ORGANISATIONS] if isinstance(value, list) else []
    roles = {}
    for row in rows:
        if isinstance(row, dict) and (name := shown_text(row.get("preferred_username"))):
            roles[name.lower()] = shown_text(row.get("roleInOrg"))
    return roles
