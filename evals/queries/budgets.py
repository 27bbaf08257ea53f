"""What may be spent on a submission, what is, and what its calls in flight may still cost."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Q, Sum

from evals.models import Limit, Request, RequestState, Submission

OWN, CREDENTIAL = "submission", "credential"


@dataclass(frozen=True, slots=True)
class Budget:
    """One budget that a submission's calls are paid from; without a limit it only counts."""

    kind: str
    limit_usd: Decimal | None
    spent_usd: Decimal
    reserved_usd: Decimal

    @property
    def left_usd(self) -> Decimal | None:
        """What may still be spent once everything in flight has cost its most; never below nothing."""
        if self.limit_usd is None:
            return None
        return max(Decimal(0), self.limit_usd - self.spent_usd - self.reserved_usd)


def budgets(submission: Submission) -> tuple[Budget, ...]:
    """Return the submission's own budget and, where its credential has one, that."""
    own = Request.objects.filter(samplerequest__run__submission=submission)
    found = [
        Budget(OWN, submission.budget_usd, submission.spent_usd, _reserved_usd(Q(pk__in=own.values("pk"))))
    ]
    name = submission.endpoint.credential
    limits = Limit.objects.filter(kind=Limit.Kind.CREDENTIAL, name=name) if name else Limit.objects.none()
    if limit := limits.exclude(budget_usd=None).first():
        reserved = _reserved_usd(Q(endpoint__credential=name))
        found.append(Budget(CREDENTIAL, limit.budget_usd, limit.spent_usd, reserved))
    return tuple(found)


def _reserved_usd(whose: Q) -> Decimal:
    leased = Request.objects.filter(whose, state=RequestState.LEASED)
    return leased.aggregate(sum=Sum("reserved_usd"))["sum"] or Decimal(0)
