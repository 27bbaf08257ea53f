"""The budgets that pay a run's calls: their cost, and whether the next calls are affordable.

Calls in flight are reserved at their maximum cost, and so are those whose usage never came back: a budget is
never exceeded. The rows of the budgets are locked during an exchange, so two workers cannot spend the same
dollar.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Max
from django.db.models.functions import Length

from evals.engine.outcomes import LOST, POSSIBLY_BILLED
from evals.engine.prices import TokenPrice, cost_usd, most_usd
from evals.engine.requests import Claim, Ended
from evals.models import Attempt, CapKind, Endpoint, Limit, Request, Run, RunState, SampleRequest, SpendingCap
from evals.operations.runs.payers import Payer, Rest, charge, count_calls, lock_and_read
from evals.queries.spending import Unit, cap_kind, cap_limits


class PriceUnknown(ValueError):
    """A budget needs a price, and none is set."""

    code = "price_unknown"


class CapTooSmall(ValueError):
    """A spending cap is smaller than the most that one call can cost."""

    code = "cap_too_small"


@dataclass
class CallBudget:
    """The budgets and caps that pay calls; without a price no dollars are counted."""

    price: TokenPrice | None = None
    most_usd: Decimal = Decimal(0)
    payers: tuple[Payer, ...] = ()
    rests: list[Rest] = field(default_factory=list, init=False)

    def open(self, now: datetime) -> None:
        """Lock the payers and read their rests; call it in the transaction that spends."""
        has_price = self.price is not None
        self.rests = [rest for payer in self.payers for rest in lock_and_read(payer, has_price, now)]

    @property
    def left_usd(self) -> Decimal | None:
        """Return the smallest rest in USD, or None without one."""
        return min((rest.usd for rest in self.rests if rest.usd is not None), default=None)

    def payable(self, want: int) -> int:
        """Return how many of the wanted calls every payer bears at their maximum cost."""
        return max(0, min((self._calls_borne(rest, want) for rest in self.rests), default=want))

    def renews_at(self) -> datetime | None:
        """Return when the used-up caps have renewed; None if another budget is used up, or nothing is."""
        used_up = [rest for rest in self.rests if self._calls_borne(rest, 1) < 1]
        times = [rest.renews_at for rest in used_up]
        return None if None in times else max((at for at in times if at is not None), default=None)

    def _calls_borne(self, rest: Rest, want: int) -> int:
        if rest.calls is not None:
            return min(want, rest.calls)
        if rest.usd is None or not self.most_usd:
            return want
        return min(want, int(rest.usd // self.most_usd))

    def reserve(self, claims: Sequence[Claim], now: datetime) -> None:
        """Reserve the maximum cost of the claimed calls, and count them."""
        if not claims:
            return
        if self.left_usd is not None:
            ids = [claim.request_id for claim in claims]
            Request.objects.filter(pk__in=ids).update(reserved_usd=self.most_usd)
        for payer in self.payers:
            count_calls(payer, len(claims), now=now)

    def give_back(self, n_claims: int, now: datetime) -> None:
        """Take back the count of claims that were never sent."""
        for payer in self.payers:
            count_calls(payer, -n_claims, now=now)

    def cost(self, ended: Ended) -> Decimal | None:
        """Return the cost of an answer, or None if the price or the tokens are unknown."""
        known = self.price is not None and ended.answer is not None
        return cost_usd(ended.answer.usage, self.price) if known else None  # type: ignore[union-attr, arg-type]

    def possibly_billed(self, ended: Ended) -> Decimal | None:
        """Return the most that a call without usage may have cost; None where the provider bills nothing."""
        if self.price is None or ended.fault is None or ended.fault.kind not in POSSIBLY_BILLED:
            return None
        if ended.fault.partial is not None and ended.fault.partial.usage.total is not None:
            return None
        body = ended.sent.claim.body  # empty where the journal of a killed worker is read
        return most_usd(body, self.price) if body else self.most_usd

    def spend(self, answered: Sequence[Ended], costs: Sequence[Decimal | None], now: datetime) -> None:
        """Charge the answers to the payers; an unknown cost counts at its maximum."""
        if self.price is None or not answered:
            return
        spent = sum((self.most_usd if cost is None else cost for cost in costs), Decimal(0))
        for payer in self.payers:
            charge(payer, spent, now=now)
        for rest in self.rests:
            if rest.usd is not None:
                rest.usd += len(answered) * self.most_usd - spent


def call_budget_of_run(run: Run, *, today: date) -> CallBudget:
    """Return the budget of a run's calls, at the price in force today."""
    requests = Request.objects.filter(samplerequest__run=run)
    longest = requests.aggregate(length=Max(Length("payload")))["length"] or 0
    any_body = requests.values_list("payload", flat=True).first() or ""
    return call_budget_for(endpoint=run.endpoint, run=run, bodies=[any_body.ljust(longest)], today=today)


def call_budget_for(*, endpoint: Endpoint, run: Run | None, bodies: Sequence[str], today: date) -> CallBudget:
    """Return the budget of calls with bodies no larger than these; without a run the credential pays."""
    price, payers = price_in_force(endpoint, today), _payers(endpoint, run)
    if price is None:
        if any(_needs_price(payer) for payer in payers):
            raise PriceUnknown(
                f"There is a budget, but endpoint {endpoint.slug} has no price: set its prices."
            )
        return CallBudget(payers=payers)
    most = max((most_usd(body.encode(), price) for body in bodies), default=Decimal(0))
    return CallBudget(price=price, most_usd=most, payers=payers)


def _needs_price(payer: Payer) -> bool:
    """Tell whether a payer limits dollars and not calls."""
    if isinstance(payer, SpendingCap):
        return (
            payer.kind == CapKind.OWN and not _is_limited(payer, Unit.CALLS) and _is_limited(payer, Unit.USD)
        )
    return payer.budget_usd is not None


def _is_limited(cap: SpendingCap, unit: Unit) -> bool:
    return any(limit is not None for limit in cap_limits(cap, unit).values())


def refuse_small_caps(budget: CallBudget) -> None:
    """Refuse a cap that will never bear one call, so that no run waits for its renewal in vain."""
    caps = [payer for payer in budget.payers if isinstance(payer, SpendingCap)]
    limits = [limit for cap in caps for limit in cap_limits(cap, Unit.USD).values() if limit]
    if limits and min(limits) < budget.most_usd:
        least, most = min(limits), budget.most_usd
        raise CapTooSmall(f"One call can cost {most:f} USD, and the spending cap is {least:f} USD.")


def price_in_force(endpoint: Endpoint, day: date) -> TokenPrice | None:
    """Return the price of an endpoint that was in force on a day."""
    row = endpoint.prices.filter(in_force_on__lte=day).order_by("-in_force_on").first()
    if row is not None:
        return TokenPrice(row.input_usd_per_mtok, row.output_usd_per_mtok, row.cached_input_usd_per_mtok)
    if endpoint.input_usd_per_mtok is None or endpoint.output_usd_per_mtok is None:
        return None
    return TokenPrice(endpoint.input_usd_per_mtok, endpoint.output_usd_per_mtok)


def _payers(endpoint: Endpoint, run: Run | None) -> tuple[Payer, ...]:
    """Return the payers of calls: a run's submission, the credential if it has a budget, and a spending cap.

    An approved submission is paid from the amount that was approved, so no cap of the operator binds it.
    """
    limits = Limit.objects.filter(kind=Limit.Kind.CREDENTIAL, name=endpoint.credential)
    payers: list[Payer] = [*([run.submission] if run else []), *limits.exclude(budget_usd=None)]
    kind = cap_kind(endpoint)
    if kind == CapKind.OWN and endpoint.owner_id is not None:
        payers.append(_cap(endpoint.owner_id, kind))
    elif kind == CapKind.OPERATOR and run is not None and not run.submission.is_approved:
        payers.append(_cap(run.submission.owner_id, kind))
    return tuple(payers)


def _cap(owner_id: int, kind: CapKind) -> SpendingCap:
    return SpendingCap.objects.get_or_create(owner_id=owner_id, kind=kind)[0]


def price_lost_attempts(request_ids: Collection[int], *, run_id: int | None, today: date) -> None:
    """Reserve the maximum cost of each lost attempt of some requests, at the expense of the run that made it.

    Where no run is given, and none is on record, the first run that calls for the request pays.
    """
    lost = list(
        Attempt.objects.filter(
            request__in=request_ids, outcome=LOST, possibly_billed_usd=None
        ).select_related("request__endpoint")
    )
    calling = SampleRequest.objects.filter(request__in=request_ids, run__state=RunState.CALLING)
    callers = dict(calling.order_by("-run_id").values_list("request_id", "run_id"))
    endpoints = {attempt.request.endpoint for attempt in lost}
    prices = {endpoint.pk: price_in_force(endpoint, today) for endpoint in endpoints}
    for attempt in lost:
        request, price = attempt.request, prices[attempt.request.endpoint_id]
        attempt.paid_by_id = attempt.paid_by_id or run_id or request.asked_for_id or callers.get(request.pk)
        attempt.possibly_billed_usd = most_usd(request.payload.encode(), price) if price else None
    Attempt.objects.bulk_update(lost, ["paid_by", "possibly_billed_usd"])
