"""The mail server, by URL; without one, mail is printed to the web server's output."""

from __future__ import annotations

from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

CONSOLE = "django.core.mail.backends.console.EmailBackend"
EMAIL_SCHEMES = ("smtp", "smtp+tls", "smtp+ssl", "smtps", "consolemail")


def read_email_url(url: str) -> dict[str, Any]:
    """Return Django's mail settings. Raises ImproperlyConfigured with no part of the URL in its message."""
    try:
        settings = dict(environ.Env.email_url_config(url))
    except ValueError:
        raise ImproperlyConfigured(
            "EMAIL_URL cannot be read: special characters of a password must be percent-encoded."
        ) from None
    if settings["EMAIL_BACKEND"] != CONSOLE and not settings["EMAIL_HOST"]:
        raise ImproperlyConfigured("EMAIL_URL names no host: smtp+tls://user:password@host:587.")
    return {name: value for name, value in settings.items() if value is not None}
