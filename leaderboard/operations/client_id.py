"""Identify clients without storing their addresses or names."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from evals.operations.quotas import Source
from leaderboard.client_address import network_address, wider_network

HASH_LENGTH = 32


def client_id(request: HttpRequest) -> str:
    """Return a keyed hash of the client's network address: equal for equal clients, and not reversible."""
    return _pseudonym("lagline.sender", network_address(request))


def request_source(request: HttpRequest) -> Source:
    """Return whom the quotas count a request for: the account, the subscriber and the wider network."""
    user = request.user
    return Source(
        subscriber=client_id(request),
        network=_pseudonym("lagline.network", wider_network(request)),
        account=_pseudonym("lagline.account", str(user.pk)) if user.is_authenticated else "",
    )


def _pseudonym(kind: str, identity: str) -> str:
    return salted_hmac(kind, identity).hexdigest()[:HASH_LENGTH]
