"""What may be done with a submission: pause it, let it go on or first, fund it, ask or score it anew."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from evals.models import Run, RunState, Submission, SubmissionState
from evals.models.submissions import ENDED_STATES, OPEN_STATES
from evals.operations.refusals import Conflict
from evals.operations.submissions.lifecycle import (
    KeyConflict,
    UnknownSubmission,
    refuse_bad_budget,
    refuse_bad_key,
)

__all__ = [
    "NotEnded",
    "NotOpen",
    "NothingToScore",
    "UnknownSubmission",
    "pause",
    "prioritise",
    "request_rescore",
    "rerun_afresh",
    "resume",
    "set_budget",
]


class NotOpen(Conflict):
    """Only a submission that has not ended can be paused, or go on."""

    code = "submission_has_ended"
    field = "state"


class NotEnded(Conflict):
    """Only a submission that has ended can be asked anew: another one would share its answers."""

    code = "submission_is_open"
    field = "state"


class NothingToScore(Conflict):
    """Only a finished run has a score that can be made anew."""

    code = "nothing_to_score"
    field = "state"


def pause(*, submission_id: int, now: datetime) -> None:
    """Send no more calls for a submission; what is in flight is waited for, and what is paid is kept.

    A submission that is paused already stays so since when it was.
    """
    _update_open(submission_id, paused_at=Coalesce("paused_at", Value(now)))


def resume(*, submission_id: int) -> None:
    """Let a paused submission go on where it stopped."""
    _update_open(submission_id, paused_at=None, held_reason="")


def prioritise(*, submission_id: int, priority: int) -> None:
    """Let a submission go before those with a smaller number; for operators."""
    _update_open(submission_id, priority=priority)


def set_budget(*, submission_id: int, budget_usd: Decimal | None) -> None:
    """Set what may be spent on a submission in all, or None for no limit; a retry then goes on with it."""
    refuse_bad_budget(budget_usd)
    if not Submission.objects.filter(pk=submission_id).update(budget_usd=budget_usd):
        _known(submission_id)


def request_rescore(*, submission_id: int, now: datetime) -> int:
    """Have a worker score every finished run of a submission anew, at no call; return how many there are."""
    finished = Run.objects.filter(submission_id=submission_id, state=RunState.FINISHED)
    asked = finished.update(rescore_asked_at=now)
    if not asked:
        said = _("The submission is %(state)s, and none of its runs has a score yet.")
        raise NothingToScore(said % {"state": _known(submission_id).get_state_display()})
    return asked


def rerun_afresh(
    *, submission_id: int, now: datetime, submitter_id: int | None = None, idempotency_key: str = ""
) -> Submission:
    """Submit the same again and ask everything anew; what is missing alone is asked by `retry`.

    Sent again with the same key, it returns the submission that this key made before.
    """
    earlier = _known(submission_id)
    if earlier.state not in ENDED_STATES:
        said = _("The submission is %(state)s; it can be asked anew when it has ended.")
        raise NotEnded(said % {"state": earlier.get_state_display()})
    refuse_bad_key(idempotency_key)
    again = Submission(
        endpoint=earlier.endpoint,
        suite=earlier.suite,
        submitter_id=submitter_id or earlier.submitter_id,
        idempotency_key=idempotency_key,
        budget_usd=earlier.budget_usd,
        state=SubmissionState.PENDING,
        created_at=now,
    )
    try:
        with transaction.atomic():
            again.save()
            Run.objects.bulk_create(_afresh(run, again) for run in earlier.runs.all())
    except IntegrityError:
        return _made_before(again)
    return again


def _afresh(run: Run, again: Submission) -> Run:
    settings = run.settings | {"fresh": str(again.public_id)}
    return Run(submission=again, endpoint_id=run.endpoint_id, task_id=run.task_id, settings=settings)


def _made_before(again: Submission) -> Submission:
    """Return the submission that a key made before, if it is the same that is asked for now."""
    key, whose = again.idempotency_key, again.submitter_id
    made = Submission.objects.filter(submitter_id=whose, idempotency_key=key).get()
    fresh = made.runs.filter(settings__fresh=str(made.public_id)).exists()
    if not fresh or (made.endpoint_id, made.suite_id) != (again.endpoint_id, again.suite_id):
        said = _("The idempotency key '%(key)s' was used before, for submission %(id)s.")
        raise KeyConflict(said % {"key": key, "id": made.public_id})
    return made


def _known(submission_id: int) -> Submission:
    found = Submission.objects.filter(pk=submission_id).first()
    if found is None:
        raise UnknownSubmission(_("There is no submission %(id)s.") % {"id": submission_id})
    return found


def _update_open(submission_id: int, **changes: object) -> None:
    if not Submission.objects.filter(pk=submission_id, state__in=OPEN_STATES).update(**changes):
        said = _("The submission is %(state)s; it can be paused, resumed or moved while it is open.")
        raise NotOpen(said % {"state": _known(submission_id).get_state_display()})
