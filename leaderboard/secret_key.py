"""The strength of SECRET_KEY: whoever guesses it can sign cookies and reset links."""

from __future__ import annotations

from django.core.exceptions import ImproperlyConfigured

LEAST_LENGTH = 50
LEAST_DISTINCT = 10
INSECURE_PREFIX = "django-insecure-"  # of keys that `startproject` writes
HOW = "Create one with: python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"


def refuse_weak_key(name: str, key: str) -> None:
    """Refuse a key that can be guessed. Raises ImproperlyConfigured with the setting's name, not the key."""
    if len(key) < LEAST_LENGTH:
        raise ImproperlyConfigured(
            f"{name} has {len(key)} characters; it must have at least {LEAST_LENGTH}. {HOW}"
        )
    if len(set(key)) < LEAST_DISTINCT:
        raise ImproperlyConfigured(
            f"{name} has {len(set(key))} different characters; it must be random. {HOW}"
        )
    if key.startswith(INSECURE_PREFIX):
        raise ImproperlyConfigured(f"{name} starts with {INSECURE_PREFIX}: it is for development only. {HOW}")
