"""Keep requested estimates for a while, or permanently by a link; delete those that have expired.

This is the exception to the rule that a published estimate is never deleted.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from evals.models import AuditAction
from evals.operations.audit import record_event
from evals.operations.quotas import Counted, Of, Quota, Source, Things, refuse_exceeded
from leaderboard.comparisons import Comparison
from leaderboard.models import (
    EstimateChange,
    EstimateRequest,
    Forecast,
    ForecastOutcome,
    LagEstimate,
    RequestedEstimate,
)
from leaderboard.operations.requested_comparisons import WAITING, is_published_automatically
from leaderboard.queries import IDENTITY

DAY = timedelta(days=1)
LINK_QUOTAS = (
    Quota(Of.SUBSCRIBER, 5, DAY),
    Quota(Of.NETWORK, 10, DAY),
    Quota(Of.ANONYMOUS, 50, DAY),
    Quota(Of.ACCOUNT, 50, DAY),
)


@transaction.atomic
def create_permanent_link(*, estimate: LagEstimate, source: Source, now: datetime) -> bool:
    """Keep a requested estimate permanently; return False if it was permanent. Raises QuotaExceeded."""
    temporary = RequestedEstimate.objects.filter(estimate=estimate, linked_at=None)
    if not temporary.exists():
        return False
    counted = Counted(
        Things.LINKS,
        RequestedEstimate.objects.filter(linked_at__isnull=False),
        waiting=Q(),
        at="linked_at",
        subscriber="subscriber",
        network="network",
        account="account",
    )
    refuse_exceeded(LINK_QUOTAS, counted, source=source, now=now)
    linked = temporary.update(
        linked_at=now, subscriber=source.subscriber, network=source.network, account=source.account
    )
    if linked:
        record_event(action=AuditAction.COMPARISON_LINK, object_type="estimate", object_id=estimate.pk)
    return bool(linked)


def delete_expired_comparisons(*, now: datetime) -> int:
    """Delete temporary estimates that were not requested for a while, with their charts; return how many."""
    before = now - timedelta(days=settings.COMPARISON_DAYS)
    EstimateRequest.objects.filter(asked_at__lt=before, estimate=None).exclude(state__in=WAITING).delete()
    deleted = 0
    # Single benchmarks first: the composite that one rests on is kept as long as it.
    for kind in (Q(benchmark__isnull=False), Q(benchmark=None)):
        for estimate in list(_expired(before).filter(kind)):
            comparison = Comparison.from_estimate(estimate)
            if not is_published_automatically(comparison, today=now.date()):
                deleted += _delete(estimate, before)
    return deleted


def _expired(before: datetime) -> QuerySet[LagEstimate]:
    """Return the temporary estimates last requested before a time, without those that something rests on."""
    same = {name: OuterRef(name) for name in ("follower", "leader", "attribution", "scope")}
    single = LagEstimate.objects.filter(**same, benchmark__isnull=False)
    resting = single.filter(published_at__gte=OuterRef("published_at"))
    return (
        LagEstimate.objects.select_related("benchmark")
        .defer("values")
        .filter(requested__linked_at=None, requested__requested_at__lt=before)
        .exclude(Exists(resting) & Q(benchmark=None, domain=""))
        .exclude(Exists(EstimateChange.objects.filter(Q(estimate=OuterRef("pk")) | Q(former=OuterRef("pk")))))
        .exclude(Exists(Forecast.objects.filter(estimate=OuterRef("pk"))))
        .exclude(Exists(ForecastOutcome.objects.filter(estimate=OuterRef("pk"))))
    )


@transaction.atomic
def _delete(estimate: LagEstimate, before: datetime) -> bool:
    """Delete an estimate and its readings, unless it was requested again or linked meanwhile."""
    temporary = RequestedEstimate.objects.filter(estimate=estimate, linked_at=None, requested_at__lt=before)
    if not temporary.delete()[0]:
        return False
    same = {name: getattr(estimate, name) for name in IDENTITY}
    LagEstimate.objects.filter(**same, benchmark=estimate.benchmark_id).delete()
    return True
