"""What pays for calls: the budget of a submission or a credential, and the spending caps of an owner."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Case, F, QuerySet, Sum, Value, When
from django.db.models.functions import Coalesce, Greatest

from evals.models import CapKind, Limit, Request, RequestState, SpendingCap, Submission
from evals.queries.budgets import paid_by_submission, possibly_billed_usd
from evals.queries.spending import Unit, cap_limits, cap_uses

IN_FLIGHT_FOR = timedelta(minutes=1)  # calls in flight cost less than their reservation

Payer = Submission | Limit | SpendingCap


@dataclass
class Rest:
    """The rest of a budget or cap, in USD or in calls; a cap renews, a budget does not."""

    usd: Decimal | None = None
    calls: int | None = None
    renews_at: datetime | None = None


def lock_and_read(payer: Payer, has_price: bool, now: datetime) -> Iterator[Rest]:
    """Lock a payer that has a limit, and return its rests after calls in flight or possibly billed."""
    if isinstance(payer, SpendingCap):
        yield from _rests_of_cap(payer, has_price, now)
        return
    budget_calls = payer.budget_calls if isinstance(payer, Submission) else None
    if payer.budget_usd is None and budget_calls is None:
        return
    locked = type(payer)._default_manager.select_for_update().get(pk=payer.pk)
    if locked.budget_usd is not None:
        reserved = _in_flight(payer).aggregate(sum=Sum("reserved_usd"))["sum"] or Decimal(0)
        yield Rest(usd=locked.budget_usd - locked.spent_usd - reserved - possibly_billed_usd(payer))
    if isinstance(locked, Submission) and locked.budget_calls is not None:
        yield Rest(calls=locked.budget_calls - locked.spent_calls)


def charge(payer: Payer, usd: Decimal, *, now: datetime) -> None:
    """Add dollars to what a payer has spent."""
    if isinstance(payer, SpendingCap):
        _count(payer, Unit.USD, usd, now)
    else:
        type(payer)._default_manager.filter(pk=payer.pk).update(spent_usd=F("spent_usd") + usd)


def count_calls(payer: Payer, n_calls: int, *, now: datetime) -> None:
    """Count claimed calls, or take back (if negative) those that were never sent."""
    if isinstance(payer, SpendingCap):
        _count(payer, Unit.CALLS, n_calls, now)
    elif isinstance(payer, Submission) and payer.budget_calls is not None:
        spent = Greatest(F("spent_calls") + n_calls, 0)
        Submission.objects.filter(pk=payer.pk).update(spent_calls=spent)


def _rests_of_cap(cap: SpendingCap, has_price: bool, now: datetime) -> Iterator[Rest]:
    units = [Unit.USD] if has_price else []
    if cap.kind == CapKind.OWN or not has_price:
        units.append(Unit.CALLS)
    units = [unit for unit in units if any(limit is not None for limit in cap_limits(cap, unit).values())]
    if not units:
        return
    locked = SpendingCap.objects.select_for_update().get(pk=cap.pk)
    for unit in units:
        for use in cap_uses(locked, unit, now=now):
            if use.limit is None:
                continue
            left = use.limit - use.used
            if unit is Unit.USD:
                soon = now + IN_FLIGHT_FOR if use.reserved else use.renews_at
                yield Rest(usd=left, renews_at=min(use.renews_at, soon))
            else:
                yield Rest(calls=int(left), renews_at=use.renews_at)


def _count(cap: SpendingCap, unit: Unit, amount: Decimal | int, now: datetime) -> None:
    """Add to the figures of the day and the month by one UPDATE; a new day or month begins at 0.

    A worker whose clock is behind counts in the day that has begun, and nothing falls below 0.
    """
    today = now.astimezone(UTC).date()
    starts = {"today": today, "this_month": today.replace(day=1)}
    updates = {
        f"{each}_{period}": _added(f"{each}_{period}", start, amount if each is unit else 0)
        for each in Unit
        for period, start in starts.items()
    }
    counted_on = Greatest(Coalesce("counted_on", Value(today)), Value(today))
    SpendingCap.objects.filter(pk=cap.pk).update(counted_on=counted_on, **updates)


def _added(name: str, start: date, amount: Decimal | int) -> Case:
    """Return a figure plus an amount, at least 0; a figure from before the start is forgotten."""
    field: Any = SpendingCap._meta.get_field(name)
    added = Greatest(F(name) + Value(amount, output_field=field), Value(0, output_field=field))
    then = When(counted_on__gte=start, then=added)
    return Case(then, default=Value(max(amount, 0), output_field=field), output_field=field)


def _in_flight(budget: Submission | Limit) -> QuerySet[Request]:
    leased = Request.objects.filter(state=RequestState.LEASED)
    if isinstance(budget, Limit):
        return leased.filter(endpoint__credential=budget.name)
    return leased.filter(paid_by_submission(budget))
