"""Hold a submission: nothing more is sent or scored until a person has read the reason and resumes it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from evals.engine.requests import Failure
from evals.models import AuditAction, NoticeType, Request, RequestState, Run, Submission
from evals.models.submissions import OPEN_STATES
from evals.operations.audit import record_event
from evals.operations.notices.notify import notify_submission
from evals.operations.runs.store import storable

BROKEN_OFF = (
    "If these answers are complete, declare their finish reason as the endpoint's capability, such as "
    '{"finish_reasons": {"REASON": "stop"}}; then resume.'
)
UNKNOWN_MARKER = (
    "If they enclose reasoning, declare them as the endpoint's capability, such as "
    '{"reasoning_markers": [["<x>", "</x>"]]}; if they belong to the answers, {"answer_markers": ["<x>"]}; '
    "then resume."
)


def hold_submission(*, submission_id: int, reason: str, now: datetime) -> bool:
    """Hold an open submission with a reason; return whether it was not paused before."""
    free = Submission.objects.filter(pk=submission_id, state__in=OPEN_STATES, paused_at=None)
    with transaction.atomic():
        held = bool(free.update(paused_at=now, held_reason=storable(reason)))
        if held:
            submission = Submission.objects.get(pk=submission_id)
            record_event(
                action=AuditAction.SUBMISSION_HOLD, object_type="submission", object_id=submission.public_id
            )
            notify_submission(NoticeType.SUBMISSION_HELD, submission, now)
    return held


def hold_broken_off(run: Run, failure: Failure, *, now: datetime) -> None:
    """Hold a run of which every answer breaks off; when it is resumed, these are requested again."""
    Request.objects.filter(samplerequest__run=run, state=RequestState.REFUSED).update(
        state=RequestState.PENDING, not_before=None, failures=0
    )
    reason = f"Run {run.pk}, task {run.task.name}: {failure.message}. {BROKEN_OFF}"
    hold_submission(submission_id=run.submission_id, reason=reason, now=now)


def hold_unknown_markers(run: Run, suspicion: str, *, now: datetime) -> None:
    """Hold a run before it is scored, because its texts may hold reasoning."""
    reason = f"Run {run.pk}, task {run.task.name}: {suspicion}. {UNKNOWN_MARKER}"
    hold_submission(submission_id=run.submission_id, reason=reason, now=now)
