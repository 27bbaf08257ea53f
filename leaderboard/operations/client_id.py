"""Who sends something without an account, told without keeping an address."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

HASH_LENGTH = 32
SUBSCRIBER_PREFIX_BITS = 64  # what one subscriber has of IPv6


def client_id(request: HttpRequest) -> str:
    """Return a keyed hash of where a request comes from: equal for one place, and no address.

    Behind a proxy it is what the proxy itself added, the last of `X-Forwarded-For`: the rest a client can
    write as it likes.
    """
    told = request.META.get("REMOTE_ADDR", "")
    if settings.BEHIND_PROXY:
        told = request.META.get("HTTP_X_FORWARDED_FOR", told).rpartition(",")[2].strip()
    return salted_hmac("lagline.sender", _place(told)).hexdigest()[:HASH_LENGTH]


def _place(told: str) -> str:
    try:
        address = ip_address(told)
    except ValueError:
        return "nowhere"
    if isinstance(address, IPv6Address):
        return str(ip_network((address, SUBSCRIBER_PREFIX_BITS), strict=False))
    return str(address)
