"""Which addresses may be sent webhooks: public ones over https, and hosts that the operator allows."""

from __future__ import annotations

from django.conf import settings
from django.utils.translation import gettext as _
from yarl import URL

from evals.engine.guard import AddressRefused, check_url
from evals.operations.refusals import Refused

LONGEST_URL = 500


class BadWebhookAddress(Refused):
    """An address to which no webhook is sent."""

    code = "bad_address"
    field = "url"


def check_address(url: str) -> URL:
    """Return an address that may be sent webhooks, normalised. Raises AddressRefused."""
    address = check_url(url, internal_allowed=is_allowed_by_operator(url))
    if address.scheme != "https" and not is_allowed_by_operator(url):
        raise AddressRefused("Webhooks are sent over https only.")
    return address


def refuse_bad_address(url: str) -> str:
    """Return an address to store. Raises BadWebhookAddress."""
    if not 0 < len(url) <= LONGEST_URL:
        raise BadWebhookAddress(_("An address has at most %(most)d characters.") % {"most": LONGEST_URL})
    try:
        check_address(url)
    except AddressRefused as error:
        raise BadWebhookAddress(str(error)) from None
    return url


def is_allowed_by_operator(url: str) -> bool:
    """Return whether the operator vouches for the host and port, which may be inside and without https."""
    try:
        address = URL(url)
        return f"{address.host}:{address.port}" in settings.WEBHOOK_ALLOWED_HOSTS
    except ValueError:
        return False
