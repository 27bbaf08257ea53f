"""The dashboard of moderators and operators: what waits for a decision, what failed, what was spent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from evals import queries as record
from evals.models import (
    DeveloperVerification,
    Limit,
    ModelProposal,
    ProposalState,
    Submission,
    SubmissionState,
    VerificationState,
)
from evals.queries.moderation import CapSpending, ModerationCounts
from evals.queries.record_version import RecordVersion
from leaderboard import queries
from leaderboard.models import Publication
from leaderboard.presenters.labels import StrOrPromise
from leaderboard.presenters.messages import failure_message

SHOWN = 20
"""How many rows of a kind are listed; the admin lists them all."""


@dataclass(frozen=True, slots=True)
class FailureCount:
    """How many submissions failed with a code, and what the code means."""

    code: str
    title: StrOrPromise
    n: int


@dataclass(frozen=True, slots=True)
class Dashboard:
    """What the dashboard shows; the oldest of a kind come first."""

    counts: ModerationCounts
    reviews: list[Submission]
    proposals: list[ModelProposal]
    claims: list[DeveloperVerification]
    failures: list[FailureCount]
    caps: list[CapSpending]
    budgets: list[Limit]
    record: RecordVersion
    age_days: int | None
    publication: Publication | None


def build_dashboard(*, now: datetime) -> Dashboard:
    """Return what waits, failed and was spent; the number of queries does not depend on how much it is."""
    reviews = record.submissions().filter(state=SubmissionState.PENDING_REVIEW)
    version = record.record_version()
    return Dashboard(
        counts=record.moderation_counts(),
        reviews=list(reviews.order_by("created_at", "pk")[:SHOWN]),
        proposals=list(record.proposals(state=ProposalState.OPEN).order_by("submitted_at", "pk")[:SHOWN]),
        claims=list(
            record.verifications(state=VerificationState.CLAIMED).order_by("claimed_at", "pk")[:SHOWN]
        ),
        failures=[
            FailureCount(row.code, failure_message(row.code).title, row.n)
            for row in record.recent_failures(now=now)
        ],
        caps=record.cap_spending(now=now, most=SHOWN),
        budgets=list(record.credential_budgets()),
        record=version,
        age_days=(now.date() - version.as_of).days if version.as_of else None,
        publication=queries.last_publication(),
    )
