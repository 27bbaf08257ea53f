"""Review a submission that the operator would pay for: approve it, reject it, or request changes."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from evals.models import AuditAction, NoticeType, ReviewOutcome, Submission, SubmissionState
from evals.operations.notices.notify import notify_submission
from evals.operations.owners.access import Actor
from evals.operations.refusals import Conflict, Refused
from evals.operations.runs.store import storable
from evals.operations.submissions.access import controlled_submission, refuse_without
from evals.operations.submissions.events import record_review
from evals.operations.submissions.lifecycle import (
    cancel_open_runs,
    refuse_bad_budget,
    refuse_bad_budget_calls,
)
from evals.operations.submissions.payment import Need, need_of, refuse_budget_without_price
from evals.operations.wakeup import wake_worker
from evals.queries.spending import Unit

LONGEST_REASON = 1000


class NotInReview(Conflict):
    """Only a submission that waits for review is reviewed."""

    code = "not_in_review"
    field = "state"


class ReasonMissing(Refused):
    """A rejection, or a request for changes, says why."""

    code = "reason_missing"
    field = "reason"


class AmountMissing(Refused):
    """The cost of a submission is unknown, so an approval names the amount."""

    code = "amount_missing"
    field = "budget_usd"


def approve(
    *,
    submission_id: int,
    by: Actor,
    now: datetime,
    reason: str = "",
    budget_usd: Decimal | None = None,
    budget_calls: int | None = None,
) -> None:
    """Queue a submission with an amount as its budget: the one given, or the one requested or estimated."""
    refuse_bad_budget(budget_usd)
    refuse_bad_budget_calls(budget_calls)
    with transaction.atomic():
        submission = _in_review(submission_id, by)
        refuse_budget_without_price(submission.endpoint, budget_usd, now.date())
        need = need_of(
            endpoint=submission.endpoint,
            suite=submission.suite,
            budget_usd=submission.budget_usd if budget_usd is None else budget_usd,
            budget_calls=submission.budget_calls if budget_calls is None else budget_calls,
            today=now.date(),
        )
        amount = _amount(submission, need, budget_usd, budget_calls)
        _decide(
            submission,
            ReviewOutcome.APPROVED,
            reason,
            now,
            state=SubmissionState.PENDING,
            budget_usd=amount["approved_usd"],
            budget_calls=amount["approved_calls"],
            **amount,
        )
        record_review(AuditAction.SUBMISSION_APPROVE, submission, reason=reason)
        notify_submission(NoticeType.SUBMISSION_APPROVED, submission, now)
    transaction.on_commit(wake_worker)


def reject(*, submission_id: int, by: Actor, now: datetime, reason: str) -> None:
    """End a submission with a public reason."""
    with transaction.atomic():
        submission = _in_review(submission_id, by)
        _refuse_empty(reason)
        _decide(
            submission, ReviewOutcome.REJECTED, reason, now, state=SubmissionState.REJECTED, finished_at=now
        )
        cancel_open_runs(submission.pk, now)
        record_review(AuditAction.SUBMISSION_REJECT, submission, reason=reason)
        notify_submission(NoticeType.SUBMISSION_REJECTED, submission, now)


def request_changes(*, submission_id: int, by: Actor, now: datetime, reason: str) -> None:
    """Say publicly what has to change; the submission keeps waiting for review."""
    with transaction.atomic():
        submission = _in_review(submission_id, by)
        _refuse_empty(reason)
        _decide(submission, ReviewOutcome.CHANGES_REQUESTED, reason, now)
        record_review(AuditAction.SUBMISSION_CHANGES, submission, reason=reason)
        notify_submission(NoticeType.SUBMISSION_CHANGES, submission, now)


def _in_review(submission_id: int, by: Actor) -> Submission:
    refuse_without(by, "evals.review_submission", _("Only an operator reviews a submission."))
    return controlled_submission(submission_id=submission_id, by=by)


def _amount(
    submission: Submission, need: Need, budget_usd: Decimal | None, budget_calls: int | None
) -> dict[str, Any]:
    """Return what is approved, in USD or calls: what an operator names goes before an estimate."""
    if need.unit is Unit.USD:
        usd = need.usd if budget_usd is None else budget_usd
        return {"approved_usd": _known(usd, "budget_usd"), "approved_calls": submission.budget_calls}
    calls = need.calls if budget_calls is None else budget_calls
    return {"approved_usd": None, "approved_calls": _known(calls, "budget_calls")}


def _known(amount: Any, field: str) -> Any:
    if amount is None:
        message = _("What this submission will cost is not known. Name the amount that you approve.")
        raise AmountMissing(message, field=field)
    return amount


def _decide(
    submission: Submission, outcome: ReviewOutcome, reason: str, now: datetime, **changes: Any
) -> None:
    """Record a decision by one conditional UPDATE whose row count is checked."""
    if len(reason) > LONGEST_REASON:
        message = _("A reason has at most %(most)d characters; it had %(n)d.")
        raise ReasonMissing(message % {"most": LONGEST_REASON, "n": len(reason)})
    waiting = Submission.objects.filter(pk=submission.pk, state=SubmissionState.PENDING_REVIEW)
    decision = {"review_outcome": outcome, "review_message": storable(reason.strip()), "reviewed_at": now}
    if not waiting.update(**decision, **changes):
        message = _("The submission is %(state)s; it is not waiting for review.")
        raise NotInReview(message % {"state": submission.get_state_display()})


def _refuse_empty(reason: str) -> None:
    if not reason.strip():
        raise ReasonMissing(_("Give a reason. It becomes public."))
