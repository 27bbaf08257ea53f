"""Spending caps: their limits, what is used of them, and when they renew."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet, Sum

from evals.models import (
    Attempt,
    CapKind,
    Endpoint,
    Owner,
    Request,
    RequestState,
    ReviewOutcome,
    SampleRequest,
    SpendingCap,
    Submission,
)


class Unit(StrEnum):
    """What a cap counts."""

    USD = "usd"
    CALLS = "calls"


class Period(StrEnum):
    """When a cap renews: each day or each month, in UTC."""

    DAY = "day"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class CapUse:
    """One limit of a cap, and what is used of it; a limit of None does not bind."""

    unit: Unit
    period: Period
    limit: Decimal | None
    used: Decimal
    reserved: Decimal
    """The part of it that calls in flight may still give back."""
    renews_at: datetime

    @property
    def left(self) -> Decimal | None:
        """Return the rest, at least 0; None without a limit."""
        return None if self.limit is None else max(Decimal(0), self.limit - self.used)


def cap_kind(endpoint: Endpoint) -> CapKind | None:
    """Return which caps bind calls to an endpoint; None for a simulated one, which costs nothing.

    This is the one place that exempts an endpoint from every cap and from review.
    """
    if endpoint.simulated:
        return None
    return CapKind.OPERATOR if endpoint.owner_id is None else CapKind.OWN


def cap_limits(cap: SpendingCap, unit: Unit) -> dict[Period, Decimal | None]:
    """Return the limits of a cap; the settings apply where it sets none for the operator's endpoints."""
    names = {period: f"{unit}_per_{period}" for period in Period}
    limits = {period: getattr(cap, name) for period, name in names.items()}
    if cap.kind == CapKind.OPERATOR and all(limit is None for limit in limits.values()):
        limits = {period: settings.SPENDING_CAPS[name] for period, name in names.items()}
    return {period: None if limit is None else Decimal(limit) for period, limit in limits.items()}


def cap_uses(cap: SpendingCap, unit: Unit, *, now: datetime) -> list[CapUse]:
    """Return the limits of a cap with what is used: spent, reserved for calls in flight, possibly billed."""
    day = max(now.astimezone(UTC).date(), cap.counted_on or date.min)
    starts = {Period.DAY: day, Period.MONTH: day.replace(day=1)}
    ends = {Period.DAY: day + timedelta(days=1), Period.MONTH: next_month(day)}
    counted = {Period.DAY: getattr(cap, f"{unit}_today"), Period.MONTH: getattr(cap, f"{unit}_this_month")}
    reserved = _reserved_usd(cap) if unit is Unit.USD else Decimal(0)
    uses = []
    for period, limit in cap_limits(cap, unit).items():
        is_current = cap.counted_on is not None and cap.counted_on >= starts[period]
        used = Decimal(counted[period] if is_current else 0) + reserved
        if unit is Unit.USD:
            used += _possibly_billed_usd(cap, since=_midnight(starts[period]))
        uses.append(CapUse(unit, period, limit, used, reserved, _midnight(ends[period])))
    return uses


def caps_of(owner: Owner) -> list[SpendingCap]:
    """Return the caps of an owner, the operator's first; one that nobody has set is not saved."""
    rows = {cap.kind: cap for cap in owner.caps.all()}
    return [rows.get(kind, SpendingCap(owner=owner, kind=kind)) for kind in CapKind]


def caps_binding(submission: Submission, *, now: datetime) -> list[tuple[SpendingCap, CapUse]]:
    """Return the limits that bind the calls of a submission, of caps of its own owner."""
    kind = cap_kind(submission.endpoint)
    if kind == CapKind.OPERATOR and submission.is_approved:
        return []
    if kind == CapKind.OWN and submission.endpoint.owner_id != submission.owner_id:
        return []  # how another owner caps an endpoint that they share is theirs alone
    caps = [cap for cap in caps_of(submission.owner) if cap.kind == kind]
    uses = [(cap, use) for cap in caps for unit in Unit for use in cap_uses(cap, unit, now=now)]
    return [(cap, use) for cap, use in uses if use.limit is not None]


def next_month(day: date) -> date:
    """Return the first day of the next month."""
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)


def _reserved_usd(cap: SpendingCap) -> Decimal:
    total: Decimal | None = in_flight(cap).aggregate(sum=Sum("reserved_usd"))["sum"]
    return total or Decimal(0)


def in_flight(cap: SpendingCap) -> QuerySet[Request]:
    """Return the calls in flight that a cap pays for."""
    leased = Request.objects.filter(state=RequestState.LEASED)
    if cap.kind == CapKind.OWN:
        return leased.filter(endpoint__owner=cap.owner_id)
    capped = Submission.objects.filter(owner=cap.owner_id).exclude(review_outcome=ReviewOutcome.APPROVED)
    of_samples = SampleRequest.objects.filter(request=OuterRef("pk"), run__submission__in=capped)
    return leased.filter(Q(Exists(of_samples)) | Q(asked_for__submission__in=capped), endpoint__owner=None)


def _possibly_billed_usd(cap: SpendingCap, *, since: datetime) -> Decimal:
    unknown = Attempt.objects.filter(possibly_billed_usd__isnull=False, ended_at__gte=since)
    if cap.kind == CapKind.OWN:
        unknown = unknown.filter(request__endpoint__owner=cap.owner_id)
    else:
        paid = Q(paid_by__submission__owner=cap.owner_id, paid_by__endpoint__owner=None)
        unknown = unknown.filter(paid).exclude(paid_by__submission__review_outcome=ReviewOutcome.APPROVED)
    total: Decimal | None = unknown.aggregate(sum=Sum("possibly_billed_usd"))["sum"]
    return total or Decimal(0)
