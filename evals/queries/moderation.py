"""What waits for moderators and operators, what failed, and what was spent, for the dashboard."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Min, Q, QuerySet

from evals.models import (
    CapKind,
    DeveloperVerification,
    Dispute,
    DisputeState,
    Import,
    Limit,
    ModelProposal,
    ProposalState,
    SpendingCap,
    Submission,
    SubmissionState,
    VerificationState,
)
from evals.queries.spending import Period, Unit, cap_limits

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class WaitingRows:
    """How many rows wait, and since when the oldest of them does."""

    n: int
    oldest_at: datetime | None


@dataclass(frozen=True, slots=True)
class Failures:
    """How many submissions failed with a code."""

    code: str
    n: int


@dataclass(frozen=True, slots=True)
class ModerationCounts:
    """The counts of the dashboard."""

    reviews: WaitingRows
    queued: WaitingRows
    proposals: WaitingRows
    claims: WaitingRows
    disputes: WaitingRows
    imports: WaitingRows

    @property
    def decisions(self) -> int:
        """Return how many rows wait for a person; what is queued waits for a worker."""
        waiting = (self.reviews, self.proposals, self.claims, self.disputes, self.imports)
        return sum(rows.n for rows in waiting)


@dataclass(frozen=True, slots=True)
class CapSpending:
    """What an owner's calls to the operator's endpoints cost this month; a limit of None does not bind."""

    owner: str
    usd: Decimal
    usd_limit: Decimal | None
    calls: int
    calls_limit: Decimal | None


def moderation_counts() -> ModerationCounts:
    """Return what waits. Five queries."""
    states = {"reviews": SubmissionState.PENDING_REVIEW, "queued": SubmissionState.PENDING}
    submissions = _waiting(
        Submission.objects.all(), "created_at", **{k: Q(state=v) for k, v in states.items()}
    )
    proposals = Q(state=ProposalState.OPEN)
    claims = Q(state=VerificationState.CLAIMED)
    disputes = Q(state=DisputeState.OPEN)
    imports = Q(state=Import.State.PROPOSED)
    return ModerationCounts(
        reviews=submissions["reviews"],
        queued=submissions["queued"],
        proposals=_waiting(ModelProposal.objects.all(), "submitted_at", open=proposals)["open"],
        claims=_waiting(DeveloperVerification.objects.all(), "claimed_at", open=claims)["open"],
        disputes=_waiting(Dispute.objects.all(), "filed_at", open=disputes)["open"],
        imports=_waiting(Import.objects.all(), "proposed_at", open=imports)["open"],
    )


def recent_failures(*, now: datetime) -> list[Failures]:
    """Return how many submissions failed in the last day by code, the most frequent first."""
    failed = Submission.objects.filter(state=SubmissionState.FAILED, finished_at__gt=now - DAY)
    counted = failed.order_by().values_list("failure_code").annotate(n=Count("pk"))
    return [Failures(code, n) for code, n in counted.order_by("-n", "failure_code")]


def _waiting(rows: QuerySet[Any], at: str, **conditions: Q) -> dict[str, WaitingRows]:
    """Count the rows of each condition, with the oldest. One query."""
    wanted: dict[str, Any] = {}
    for name, condition in conditions.items():
        wanted |= {f"{name}_n": Count("pk", filter=condition), f"{name}_at": Min(at, filter=condition)}
    counted = rows.aggregate(**wanted)
    return {name: WaitingRows(counted[f"{name}_n"], counted[f"{name}_at"]) for name in conditions}


def credential_budgets() -> QuerySet[Limit]:
    """Return the limits of credentials that have a budget, with what was spent."""
    return Limit.objects.filter(kind=Limit.Kind.CREDENTIAL, budget_usd__isnull=False).order_by("name")


def cap_spending(*, now: datetime, most: int) -> list[CapSpending]:
    """Return the owners who spent most of their operator's caps this month (UTC), the first ones."""
    caps = SpendingCap.objects.filter(
        Q(usd_this_month__gt=0) | Q(calls_this_month__gt=0),
        kind=CapKind.OPERATOR,
        counted_on__gte=now.astimezone(UTC).date().replace(day=1),
    )
    rows = caps.select_related("owner").order_by("-usd_this_month", "-calls_this_month", "owner__handle")
    return [
        CapSpending(
            owner=cap.owner.handle,
            usd=cap.usd_this_month,
            usd_limit=cap_limits(cap, Unit.USD)[Period.MONTH],
            calls=cap.calls_this_month,
            calls_limit=cap_limits(cap, Unit.CALLS)[Period.MONTH],
        )
        for cap in rows[:most]
    ]
