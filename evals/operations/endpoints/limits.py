"""The limits under which an endpoint is called: its own, its credential's, its provider's; shared by all."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db.models import Q

from evals.engine.limits import Limits, LimitScope
from evals.engine.shared_limits import SharedLimits
from evals.models import Endpoint, Limit, Request, RequestState, Submission

NO_LIMIT = 100_000  # calls at once, where nobody set a limit for a credential or a provider


def endpoint_limits(endpoint: Endpoint, *, worker: str, idle: bool) -> Limits:
    """Return a worker's share of an endpoint's limits; `idle` if no call was made in the last minute."""
    return SharedLimits(url=settings.REDIS_URL, worker=worker, scopes=limit_scopes(endpoint), idle=idle)


def is_endpoint_idle(endpoint: Endpoint, *, since: datetime) -> bool:
    """Return whether nothing was called since a time at an endpoint, or another under the same limits."""
    shared = Q(endpoint=endpoint)
    if endpoint.owner_id is None:
        shared |= Q(endpoint__provider=endpoint.provider, endpoint__owner=None)
    if endpoint.credential:
        shared |= Q(endpoint__credential=endpoint.credential)
    if Submission.objects.filter(shared, turn_at__gt=since).exists():
        return False
    return not Request.objects.filter(shared, state=RequestState.LEASED).exists()


def limit_scopes(endpoint: Endpoint) -> list[LimitScope]:
    """Return the endpoint's own limits first, then those that it shares with others."""
    own = LimitScope(
        name=f"endpoint:{endpoint.pk}",
        at_once=endpoint.max_concurrency,
        requests_per_minute=endpoint.requests_per_minute or 0,
        tokens_per_minute=endpoint.tokens_per_minute or 0,
    )
    if endpoint.owner_id is not None:  # what a provider allows the operator is no limit of an owner's key
        return [own]
    shared = Limit.objects.filter(kind=Limit.Kind.PROVIDER, name=endpoint.provider)
    if endpoint.credential:
        shared |= Limit.objects.filter(kind=Limit.Kind.CREDENTIAL, name=endpoint.credential)
    return [own, *map(_scope, shared.order_by("kind"))]


def _scope(limit: Limit) -> LimitScope:
    return LimitScope(
        name=f"{limit.kind}:{limit.name}",
        at_once=limit.max_concurrency or NO_LIMIT,
        requests_per_minute=limit.requests_per_minute or 0,
        tokens_per_minute=limit.tokens_per_minute or 0,
    )
