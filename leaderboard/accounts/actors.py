"""The actor of a request, for the audit log: its account, its API token, and a pseudonym of its network."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from evals.acting import ALL_SCOPES, ActorContext, acting
from leaderboard.client_address import keyed_hash, network_address

SALT = "lagline.audit"


def actor_of(request: HttpRequest) -> ActorContext:
    """Return the actor of a request; the API sets account and token of the request when it authenticates."""
    account_id = getattr(getattr(request, "user", None), "pk", None)
    token = getattr(request, "auth", None)
    return ActorContext(
        kind="account" if account_id else "anonymous",
        account_id=account_id,
        token_id=getattr(token, "pk", None),
        network=keyed_hash(SALT, network_address(request)),
        scopes=frozenset(token.scopes) if token else ALL_SCOPES,
        owner_id=token.owner_id if token else None,
    )


class ActorMiddleware:
    """Attributes what a request changes to its actor."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer as the actor of the request."""
        with acting(partial(actor_of, request)):
            return self.get_response(request)
