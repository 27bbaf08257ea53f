"""What waits for moderators and operators, and what failed: counts for the dashboard."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Min, Q, QuerySet

from evals.models import (
    DeveloperVerification,
    Dispute,
    DisputeState,
    Import,
    Limit,
    ModelProposal,
    ProposalState,
    Submission,
    SubmissionState,
    VerificationState,
)

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
    failures: tuple[Failures, ...]


def moderation_counts(*, now: datetime) -> ModerationCounts:
    """Return what waits, and the failures of the last day. Six queries."""
    states = {"reviews": SubmissionState.PENDING_REVIEW, "queued": SubmissionState.PENDING}
    submissions = _waiting(
        Submission.objects.all(), "created_at", **{k: Q(state=v) for k, v in states.items()}
    )
    proposals = Q(state=ProposalState.OPEN)
    claims = Q(state=VerificationState.CLAIMED)
    disputes = Q(state=DisputeState.OPEN)
    imports = Q(state=Import.State.PROPOSED)
    failed = Submission.objects.filter(state=SubmissionState.FAILED, finished_at__gt=now - DAY)
    failures = (
        failed.order_by().values_list("failure_code").annotate(n=Count("pk")).order_by("-n", "failure_code")
    )
    return ModerationCounts(
        reviews=submissions["reviews"],
        queued=submissions["queued"],
        proposals=_waiting(ModelProposal.objects.all(), "submitted_at", open=proposals)["open"],
        claims=_waiting(DeveloperVerification.objects.all(), "claimed_at", open=claims)["open"],
        disputes=_waiting(Dispute.objects.all(), "filed_at", open=disputes)["open"],
        imports=_waiting(Import.objects.all(), "proposed_at", open=imports)["open"],
        failures=tuple(Failures(code, n) for code, n in failures),
    )


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
