"""The events of submissions in the audit log."""

from __future__ import annotations

from typing import Any

from evals.models import AuditAction, Submission
from evals.operations.audit import record_change, record_event


def record_new_submission(submission: Submission, *, rerun_of: Submission | None = None) -> None:
    """Record a new submission."""
    record_event(
        action=AuditAction.SUBMISSION_CREATE,
        object_type="submission",
        object_id=submission.public_id,
        after={
            "endpoint": submission.endpoint.slug,
            "suite": f"{submission.suite.slug}@{submission.suite.version}",
            "state": submission.state,
            "budget_usd": submission.budget_usd,
            "budget_calls": submission.budget_calls,
            "embargo_until": submission.embargo_until,
            "rerun_of": str(rerun_of.public_id) if rerun_of else None,
        },
    )


def record_submission_change(action: AuditAction, former: Submission) -> None:
    """Record how a submission differs from its former state, if it does."""
    record_change(
        action=action,
        object_type="submission",
        object_id=former.public_id,
        before=_recorded(former),
        after=_recorded(Submission.objects.get(pk=former.pk)),
    )


def record_review(action: AuditAction, former: Submission, *, reason: str) -> None:
    """Record the decision of a reviewer with its public reason."""
    submission = Submission.objects.get(pk=former.pk)
    before, after = _recorded(former), _recorded(submission) | {"reason": reason}
    record_event(
        action=action,
        object_type="submission",
        object_id=former.public_id,
        before={name: value for name, value in before.items() if after[name] != value},
        after={name: value for name, value in after.items() if before.get(name) != value},
    )


def _recorded(submission: Submission) -> dict[str, Any]:
    """Return the fields that the log records."""
    return {
        "state": submission.state,
        "attempt": submission.attempt,
        "paused": submission.paused_at is not None,
        "priority": submission.priority,
        "budget_usd": submission.budget_usd,
        "budget_calls": submission.budget_calls,
        "approved_usd": submission.approved_usd,
        "approved_calls": submission.approved_calls,
        "embargo_until": submission.embargo_until,
        "failure_code": submission.failure_code,
    }
