"""The actions of a submission's page, and the buttons that a state offers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from evals.models import RunState, Submission, SubmissionState
from evals.models.submissions import OPEN_STATES
from evals.operations.refusals import Refused
from evals.operations.submissions import control
from evals.operations.submissions.embargo import shorten_embargo
from evals.operations.submissions.lifecycle import cancel, retry
from evals.operations.submissions.review import approve, reject, request_changes
from leaderboard.pages.forms import BudgetForm, EmbargoForm, PriorityForm, ReviewForm
from leaderboard.presenters.labels import StrOrPromise

Action = Callable[[Submission, HttpRequest, datetime], Submission | None]


class InvalidField(Refused):
    """A form field is invalid."""

    code = "invalid"


def _cancel(submission: Submission, request: HttpRequest, now: datetime) -> None:
    cancel(submission_id=submission.pk, by=request.user, now=now)


def _pause(submission: Submission, request: HttpRequest, now: datetime) -> None:
    control.pause(submission_id=submission.pk, by=request.user, now=now)


def _resume(submission: Submission, request: HttpRequest, now: datetime) -> None:
    control.resume(submission_id=submission.pk, by=request.user)


def _retry(submission: Submission, request: HttpRequest, now: datetime) -> None:
    retry(submission_id=submission.pk, by=request.user, now=now)


def _rescore(submission: Submission, request: HttpRequest, now: datetime) -> None:
    control.request_rescore(submission_id=submission.pk, by=request.user, now=now)


def _rerun(submission: Submission, request: HttpRequest, now: datetime) -> Submission:
    return control.rerun_afresh(
        submission_id=submission.pk, by=request.user, idempotency_key=request.POST.get("key", ""), now=now
    )


def _budget(submission: Submission, request: HttpRequest, now: datetime) -> None:
    budgets = _cleaned(BudgetForm(request.POST))
    control.set_budget(submission_id=submission.pk, by=request.user, now=now, **budgets)


def _embargo(submission: Submission, request: HttpRequest, now: datetime) -> None:
    until = _cleaned(EmbargoForm(request.POST))["embargo_on"] or now
    shorten_embargo(submission_id=submission.pk, by=request.user, embargo_until=until, now=now)


def _approve(submission: Submission, request: HttpRequest, now: datetime) -> None:
    given = _cleaned(ReviewForm(request.POST))
    approve(
        submission_id=submission.pk,
        by=request.user,
        now=now,
        reason=given["reason"],
        budget_usd=given["approved_usd"],
        budget_calls=given["approved_calls"],
    )


def _reject(submission: Submission, request: HttpRequest, now: datetime) -> None:
    reason = _cleaned(ReviewForm(request.POST))["reason"]
    reject(submission_id=submission.pk, by=request.user, now=now, reason=reason)


def _request_changes(submission: Submission, request: HttpRequest, now: datetime) -> None:
    reason = _cleaned(ReviewForm(request.POST))["reason"]
    request_changes(submission_id=submission.pk, by=request.user, now=now, reason=reason)


def _priority(submission: Submission, request: HttpRequest, now: datetime) -> None:
    control.prioritise(
        submission_id=submission.pk,
        by=request.user,
        priority=_cleaned(PriorityForm(request.POST))["priority"],
    )


def _cleaned(form: BudgetForm | EmbargoForm | PriorityForm | ReviewForm) -> dict[str, Any]:
    if not form.is_valid():
        messages = (
            f"{form.fields[name].label}: {' '.join(map(str, errors))}" for name, errors in form.errors.items()
        )
        raise InvalidField(" ".join(messages))
    return dict(form.cleaned_data)


ACTIONS: dict[str, Action] = {
    "cancel": _cancel,
    "pause": _pause,
    "resume": _resume,
    "retry": _retry,
    "rescore": _rescore,
    "rerun": _rerun,
    "budget": _budget,
    "priority": _priority,
    "embargo": _embargo,
    "approve": _approve,
    "reject": _reject,
    "request-changes": _request_changes,
}


@dataclass(frozen=True, slots=True)
class Button:
    """A button: the name of its action, its label, and its effect."""

    name: str
    label: StrOrPromise
    does: StrOrPromise


PAUSE = Button("pause", _("Pause"), _("sends nothing new; what is in flight is waited for"))
RESUME = Button("resume", _("Resume"), _("goes on where it stopped"))
CANCEL = Button("cancel", _("Cancel"), _("ends it; what is paid is kept"))
RETRY = Button("retry", _("Retry"), _("asks only what is missing"))
RESCORE = Button("rescore", _("Score anew"), _("from the answers on record, at no call"))
RERUN = Button("rerun", _("Ask everything anew"), _("as a new submission, at the full price"))


def available_buttons(submission: Submission) -> tuple[Button, ...]:
    """Return the buttons that a submission's state offers."""
    if submission.state in OPEN_STATES:
        return (RESUME if submission.paused_at else PAUSE, CANCEL)
    if submission.state == SubmissionState.REJECTED:
        return ()
    scored = submission.runs.filter(state=RunState.FINISHED).exists()
    again = () if submission.state == SubmissionState.FINISHED else (RETRY,)
    return (*again, *([RESCORE] if scored else []), RERUN)
