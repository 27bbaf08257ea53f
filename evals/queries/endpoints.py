"""Reads of endpoints: those that public lists name, and what an owner sees of an own one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from evals.engine.sealing import origin_of
from evals.models import Endpoint, EndpointKey, Preflight, Submission


def listed_endpoints(endpoints: QuerySet[Endpoint]) -> QuerySet[Endpoint]:
    """Return the endpoints that public lists name: the operator's, and those of owners with submissions."""
    is_used = Exists(Submission.objects.filter(endpoint=OuterRef("pk")))
    return endpoints.filter(Q(owner=None) | is_used)


def public_address(endpoint: Endpoint) -> str | None:
    """Return what everybody may see of an address: of an owner's only the host, of one inside nothing."""
    if endpoint.internal_allowed:
        return None
    return endpoint.base_url if endpoint.owner_id is None else origin_of(endpoint.base_url)


@dataclass(frozen=True, slots=True)
class OwnEndpoint:
    """An endpoint with its stored key and its last preflight, for its owner."""

    endpoint: Endpoint
    key: EndpointKey | None
    preflight: Preflight | None

    @property
    def shared_with(self) -> list[str]:
        """Return the handles of the others who may submit to it."""
        return [owner.handle for owner in self.endpoint.shared_with.all()]


def own_endpoint_details(endpoints: Iterable[Endpoint]) -> list[OwnEndpoint]:
    """Return endpoints with their keys and last preflights; sealed keys are not read."""
    rows = list(endpoints)
    keys = EndpointKey.objects.filter(endpoint__in=rows, deleted_at=None).defer("sealed")
    key_of = {key.endpoint_id: key for key in keys}
    newest = Preflight.objects.filter(endpoint=OuterRef("pk")).order_by("-requested_at", "-pk").values("pk")
    numbers = Endpoint.objects.filter(pk__in=[row.pk for row in rows]).annotate(newest=Subquery(newest[:1]))
    preflights = Preflight.objects.filter(pk__in=numbers.values("newest")).select_related("suite")
    last = {row.endpoint_id: row for row in preflights}
    return [OwnEndpoint(row, key_of.get(row.pk), last.get(row.pk)) for row in rows]
