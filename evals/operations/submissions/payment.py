"""Who pays for a submission, what it needs, and whether an operator has to approve it first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_UP, Decimal
from typing import Any

from django.utils.translation import gettext as _

from evals.models import (
    CapKind,
    Endpoint,
    Owner,
    ReviewOutcome,
    SpendingCap,
    Submission,
    SubmissionState,
    Suite,
)
from evals.operations.owners.access import Actor
from evals.operations.refusals import Refused
from evals.operations.runs.budgets import price_in_force
from evals.operations.submissions.access import has_permission
from evals.operations.submissions.cost_estimates import estimate_suite
from evals.queries.spending import Unit, cap_kind, cap_limits

CENT = Decimal("0.01")


class BudgetNeedsPrice(Refused):
    """A budget or a cap in USD says nothing about an endpoint without a price."""

    code = "price_unknown"
    field = "budget_usd"


class AboveLimit(Refused):
    """A budget cannot be raised above what was approved, or above the owner's cap."""

    code = "above_limit"
    field = "budget_usd"


@dataclass(frozen=True, slots=True)
class Need:
    """What a submission may use: its budget, or else the upper end of its estimate; None if unknown."""

    usd: Decimal | None
    calls: int | None
    unit: Unit

    @property
    def amount(self) -> Decimal | None:
        """Return the amount in the unit that the caps of its endpoint count."""
        amount = self.usd if self.unit is Unit.USD else self.calls
        return None if amount is None else Decimal(amount)


def need_of(
    *,
    endpoint: Endpoint,
    suite: Suite,
    budget_usd: Decimal | None,
    budget_calls: int | None,
    today: date,
    fresh: bool = False,
) -> Need:
    """Return what a submission needs: the smaller of its budget and of its estimate's upper end."""
    estimate = estimate_suite(endpoint=endpoint, suite=suite, today=today, fresh=fresh)
    has_price = price_in_force(endpoint, today) is not None
    high = None
    if estimate.usd is not None:
        high = Decimal(str(estimate.usd.high)).quantize(CENT, ROUND_UP)
    return Need(
        usd=_smaller(budget_usd, high),
        calls=_smaller(budget_calls, estimate.calls),
        unit=Unit.USD if has_price else Unit.CALLS,
    )


def first_state(*, submitter: Actor, owner: Owner, endpoint: Endpoint, need: Need) -> dict[str, Any]:
    """Return the state that a submission starts in, and its approval if an operator submits it."""
    if cap_kind(endpoint) != CapKind.OPERATOR:
        return {"state": SubmissionState.PENDING}
    if has_permission(submitter, "evals.review_submission"):
        return {"state": SubmissionState.PENDING, "review_outcome": ReviewOutcome.APPROVED}
    fits = is_within_cap(owner, need)
    return {"state": SubmissionState.PENDING if fits else SubmissionState.PENDING_REVIEW}


def is_within_cap(owner: Owner, need: Need) -> bool:
    """Tell whether the operator's caps could bear a submission; it may have to wait for their renewal."""
    limits = operator_limits(owner, need.unit)
    if not limits or need.amount == 0:
        return True
    return need.amount is not None and need.amount <= min(limits)


def operator_limits(owner: Owner, unit: Unit) -> list[Decimal]:
    """Return the operator's caps for an owner, by day and month, as far as they bind."""
    cap, _created = SpendingCap.objects.get_or_create(owner=owner, kind=CapKind.OPERATOR)
    return [limit for limit in cap_limits(cap, unit).values() if limit is not None]


def refuse_budget_without_price(endpoint: Endpoint, budget_usd: Decimal | None, today: date) -> None:
    """Refuse a budget in USD where no price is known, and an own cap that could not be kept."""
    if price_in_force(endpoint, today) is not None:
        return
    if budget_usd is not None:
        message = _(
            "Endpoint '%(slug)s' has no price, so a budget in USD cannot be kept. "
            "Set budget_calls instead: the most calls that it may send."
        )
        raise BudgetNeedsPrice(message % {"slug": endpoint.slug})
    if endpoint.owner is None:
        return
    cap = endpoint.owner.caps.filter(kind=CapKind.OWN).first()
    if cap is None or any(limit is not None for limit in cap_limits(cap, Unit.CALLS).values()):
        return
    if any(limit is not None for limit in cap_limits(cap, Unit.USD).values()):
        message = _(
            "Endpoint '%(slug)s' has no price, so its owner's cap in USD cannot be kept. "
            "Set a price, or a cap by calls."
        )
        raise BudgetNeedsPrice(message % {"slug": endpoint.slug}, field="endpoint")


def refuse_above_limits(submission: Submission, budget_usd: Decimal | None, budget_calls: int | None) -> None:
    """Refuse a budget above what was approved, or above the operator's cap, unless it waits for review."""
    if cap_kind(submission.endpoint) != CapKind.OPERATOR:
        return
    if submission.is_approved:
        _refuse_above(submission.approved_usd, budget_usd, "budget_usd", is_approved=True)
        _refuse_above(submission.approved_calls, budget_calls, "budget_calls", is_approved=True)
    elif submission.state != SubmissionState.PENDING_REVIEW:
        for unit, budget in ((Unit.USD, budget_usd), (Unit.CALLS, budget_calls)):
            most = min(operator_limits(submission.owner, unit), default=None)
            if budget is not None:
                _refuse_above(most, budget, f"budget_{unit}", is_approved=False)


def _refuse_above(
    most: Decimal | int | None, budget: Decimal | int | None, field: str, *, is_approved: bool
) -> None:
    if most is None or (budget is not None and budget <= most):
        return
    if is_approved:
        message = _("The budget can be lowered, and raised up to the approved amount: %(most)s.")
    else:
        message = _("The budget can be raised up to your spending cap: %(most)s.")
    raise AboveLimit(
        message % {"most": f"{most.normalize():f}" if isinstance(most, Decimal) else most}, field=field
    )


def _smaller(budget: Any, estimate: Any) -> Any:
    known = [value for value in (budget, estimate) if value is not None]
    return min(known, default=None)
