"""Reads of estimates that were computed on request, and how long they are kept."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef, Q

from leaderboard.models import EstimateRequest, LagEstimate, RequestedEstimate

NEWEST = 30
IDENTITY = ("follower", "leader", "domain", "scope", "attribution", "as_of", "method_version", "data_hash")
"""The columns that an estimate over several benchmarks shares with its other readings."""

_TEMPORARY = Q(requested__isnull=False, requested__linked_at=None)
_SAME = LagEstimate.objects.filter(_TEMPORARY, benchmark=None, **{name: OuterRef(name) for name in IDENTITY})
IS_TEMPORARY = _TEMPORARY | Q(Exists(_SAME), benchmark=None)
"""Whether an estimate, or the one that it is another reading of, is deleted after a while."""


def kept_until(estimate: LagEstimate) -> datetime | None:
    """Return when an estimate is deleted; None: it is permanent."""
    requested: RequestedEstimate | None = getattr(estimate, "requested", None)
    if requested is None and estimate.reading:
        same = {f"estimate__{name}": getattr(estimate, name) for name in IDENTITY}
        requested = RequestedEstimate.objects.filter(estimate__benchmark=None, **same).first()
    if requested is None or requested.linked_at:
        return None
    return requested.requested_at + timedelta(days=settings.COMPARISON_DAYS)


def estimate_request(comparison: str, version: str) -> EstimateRequest | None:
    """Return the request for a comparison on a version of the record, or None."""
    requests = EstimateRequest.objects.select_related("estimate__benchmark", "estimate__requested")
    return requests.filter(comparison=comparison, record_version=version).first()


def requested_estimates() -> list[tuple[LagEstimate, str]]:
    """Return the estimates requested last, each with the language of its request."""
    newest = EstimateRequest.objects.filter(estimate__isnull=False).order_by("-ended_at")
    requests = newest.select_related("estimate__benchmark")[:NEWEST]
    return [(request.estimate, request.language) for request in requests if request.estimate]


def linked_estimates() -> list[LagEstimate]:
    """Return the estimates made permanent last."""
    newest = LagEstimate.objects.filter(requested__linked_at__isnull=False).select_related("benchmark")
    return list(newest.order_by("-requested__linked_at")[:NEWEST])
