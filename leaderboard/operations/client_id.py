"""Identify anonymous clients without storing their addresses."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

HASH_LENGTH = 32
SUBSCRIBER_PREFIX_BITS = 64  # the part of an IPv6 address that identifies a subscriber


def client_id(request: HttpRequest) -> str:
    """Return a keyed hash of the client's address: equal for equal clients, and not reversible.

    Behind a proxy, only the last entry of `X-Forwarded-For` is used: a client can forge the others.
    """
    address = request.META.get("REMOTE_ADDR", "")
    if settings.BEHIND_PROXY:
        address = request.META.get("HTTP_X_FORWARDED_FOR", address).rpartition(",")[2].strip()
    return salted_hmac("lagline.sender", _place(address)).hexdigest()[:HASH_LENGTH]


def _place(text: str) -> str:
    try:
        address = ip_address(text)
    except ValueError:
        return "nowhere"
    if isinstance(address, IPv6Address):
        return str(ip_network((address, SUBSCRIBER_PREFIX_BITS), strict=False))
    return str(address)
