"""Identify clients without storing their addresses or names."""

from __future__ import annotations

from django.http import HttpRequest

from evals.operations.quotas import Source
from leaderboard.client_address import account_hash, keyed_hash, network_address, wider_network


def client_id(request: HttpRequest) -> str:
    """Return a keyed hash of the client's network address: equal for equal clients, and not reversible."""
    return keyed_hash("lagline.sender", network_address(request))


def request_source(request: HttpRequest) -> Source:
    """Return whom the quotas count a request for: the account, the subscriber and the wider network."""
    user = request.user
    return Source(
        subscriber=client_id(request),
        network=keyed_hash("lagline.network", wider_network(request)),
        account=account_hash(user.pk) if user.is_authenticated else "",
    )
