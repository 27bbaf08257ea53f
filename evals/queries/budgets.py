"""The budgets of a submission: their limits, spending and reservations."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Q, Sum

from evals.models import Attempt, Limit, Request, RequestState, SampleRequest, Submission

OWN, CREDENTIAL = "submission", "credential"


@dataclass(frozen=True, slots=True)
class Budget:
    """A budget that pays for a submission's calls; without a limit it only counts."""

    kind: str
    limit_usd: Decimal | None
    spent_usd: Decimal
    reserved_usd: Decimal
    possibly_billed_usd: Decimal
    limit_calls: int | None = None
    spent_calls: int | None = None
    """The calls that were sent, where they are limited."""

    @property
    def left_calls(self) -> int | None:
        """Return how many calls may still be sent, at least 0; None if they are not limited."""
        return None if self.limit_calls is None else max(0, self.limit_calls - (self.spent_calls or 0))

    @property
    def left_usd(self) -> Decimal | None:
        """Return the rest in USD after the maximum cost of calls in flight or possibly billed, at least 0.

        None if unlimited.
        """
        if self.limit_usd is None:
            return None
        spent = self.spent_usd + self.reserved_usd + self.possibly_billed_usd
        return max(Decimal(0), self.limit_usd - spent)


def budgets(submission: Submission) -> tuple[Budget, ...]:
    """Return the submission's budget and, if its credential has one, that too."""
    reserved = _reserved_usd(paid_by_submission(submission))
    lost = possibly_billed_usd(submission)
    calls = submission.budget_calls
    rows = [
        Budget(
            OWN,
            submission.budget_usd,
            submission.spent_usd,
            reserved,
            lost,
            limit_calls=calls,
            spent_calls=None if calls is None else submission.spent_calls,
        )
    ]
    name = submission.endpoint.credential
    limits = Limit.objects.filter(kind=Limit.Kind.CREDENTIAL, name=name) if name else Limit.objects.none()
    if limit := limits.exclude(budget_usd=None).first():
        reserved = _reserved_usd(Q(endpoint__credential=name))
        lost = possibly_billed_usd(limit)
        rows.append(Budget(CREDENTIAL, limit.budget_usd, limit.spent_usd, reserved, lost))
    return tuple(rows)


def paid_by_submission(submission: Submission) -> Q:
    """Return the condition for requests that a submission pays for: those of its samples and canaries."""
    of_samples = SampleRequest.objects.filter(run__submission=submission)
    return Q(pk__in=of_samples.values("request")) | Q(asked_for__submission=submission)


def possibly_billed_usd(payer: Submission | Limit) -> Decimal:
    """Return the most that a budget's calls without usage may have cost: lost, timed out, unreadable."""
    if isinstance(payer, Limit):
        whose = Q(request__endpoint__credential=payer.name)
    else:
        whose = Q(paid_by__submission=payer)
    unknown = Attempt.objects.filter(whose, possibly_billed_usd__isnull=False)
    return unknown.aggregate(sum=Sum("possibly_billed_usd"))["sum"] or Decimal(0)


def _reserved_usd(whose: Q) -> Decimal:
    leased = Request.objects.filter(whose, state=RequestState.LEASED)
    return leased.aggregate(sum=Sum("reserved_usd"))["sum"] or Decimal(0)
