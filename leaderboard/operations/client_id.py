"""Identify anonymous clients without storing their addresses."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from leaderboard.client_address import network_address

HASH_LENGTH = 32


def client_id(request: HttpRequest) -> str:
    """Return a keyed hash of the client's network address: equal for equal clients, and not reversible."""
    return salted_hmac("lagline.sender", network_address(request)).hexdigest()[:HASH_LENGTH]
