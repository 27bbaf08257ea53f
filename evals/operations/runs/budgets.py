"""The budgets that pay a run's calls: their cost, and whether the next calls are affordable.

Calls in flight are reserved at their maximum cost, and so are those whose usage never came back: a budget is
never exceeded. The rows of the budgets are locked during an exchange, so two workers cannot spend the same
dollar.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.db.models import F, Max, QuerySet, Sum
from django.db.models.functions import Length

from evals.engine.outcomes import LOST, POSSIBLY_BILLED
from evals.engine.prices import TokenPrice, cost_usd, most_usd
from evals.engine.requests import Claim, Ended
from evals.models import (
    Attempt,
    Endpoint,
    Limit,
    Request,
    RequestState,
    Run,
    RunState,
    SampleRequest,
    Submission,
)
from evals.queries.budgets import paid_by_submission, possibly_billed_usd


class PriceUnknown(ValueError):
    """A budget needs a price, and none is set."""

    code = "price_unknown"


Payer = Submission | Limit


@dataclass
class CallBudget:
    """The budgets that pay calls; without a price nothing is counted, without budgets nothing stops."""

    price: TokenPrice | None = None
    most_usd: Decimal = Decimal(0)
    payers: tuple[Payer, ...] = ()
    left_usd: Decimal | None = field(default=None, init=False)

    def open(self) -> None:
        """Lock the budgets and read the smallest rest; call it in the transaction that spends."""
        budgets = [payer for payer in self.payers if payer.budget_usd is not None]
        self.left_usd = min(map(_left_usd, budgets), default=None)

    def payable(self, want: int) -> int:
        """Return how many of the wanted calls are affordable at their maximum cost."""
        if self.left_usd is None or not self.most_usd:
            return want
        return max(0, min(want, int(self.left_usd // self.most_usd)))

    def reserve(self, claims: Sequence[Claim]) -> None:
        """Reserve the maximum cost of the claimed calls."""
        if self.left_usd is not None and claims:
            ids = [claim.request_id for claim in claims]
            Request.objects.filter(pk__in=ids).update(reserved_usd=self.most_usd)

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

    def spend(self, answered: Sequence[Ended], costs: Sequence[Decimal | None]) -> None:
        """Charge the answers to the budgets; an unknown cost counts at its maximum."""
        if self.price is None or not answered:
            return
        spent = sum((self.most_usd if cost is None else cost for cost in costs), Decimal(0))
        for payer in self.payers:
            type(payer)._default_manager.filter(pk=payer.pk).update(spent_usd=F("spent_usd") + spent)
        if self.left_usd is not None:
            self.left_usd += len(answered) * self.most_usd - spent


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
        if any(payer.budget_usd is not None for payer in payers):
            raise PriceUnknown(
                f"There is a budget, and nobody told what endpoint {endpoint.slug} costs: set its prices."
            )
        return CallBudget()
    most = max((most_usd(body.encode(), price) for body in bodies), default=Decimal(0))
    return CallBudget(price=price, most_usd=most, payers=payers)


def price_in_force(endpoint: Endpoint, day: date) -> TokenPrice | None:
    """Return the price of an endpoint that was in force on a day."""
    row = endpoint.prices.filter(in_force_on__lte=day).order_by("-in_force_on").first()
    if row is not None:
        return TokenPrice(row.input_usd_per_mtok, row.output_usd_per_mtok, row.cached_input_usd_per_mtok)
    if endpoint.input_usd_per_mtok is None or endpoint.output_usd_per_mtok is None:
        return None
    return TokenPrice(endpoint.input_usd_per_mtok, endpoint.output_usd_per_mtok)


def _payers(endpoint: Endpoint, run: Run | None) -> tuple[Payer, ...]:
    """Return the payers of calls: a run's submission, and the credential if it has a budget."""
    limits = Limit.objects.filter(kind=Limit.Kind.CREDENTIAL, name=endpoint.credential)
    return (*([run.submission] if run else []), *limits.exclude(budget_usd=None))


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


def _left_usd(budget: Payer) -> Decimal:
    """Return the rest of a budget after the maximum cost of calls in flight or possibly billed."""
    locked = type(budget)._default_manager.select_for_update().get(pk=budget.pk)
    reserved = _in_flight(budget).aggregate(sum=Sum("reserved_usd"))["sum"] or Decimal(0)
    spent: Decimal = locked.spent_usd + reserved + possibly_billed_usd(budget)
    return (locked.budget_usd or Decimal(0)) - spent


def _in_flight(budget: Payer) -> QuerySet[Request]:
    leased = Request.objects.filter(state=RequestState.LEASED)
    if isinstance(budget, Limit):
        return leased.filter(endpoint__credential=budget.name)
    return leased.filter(paid_by_submission(budget))
