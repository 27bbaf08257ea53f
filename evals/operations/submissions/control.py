"""Change a submission that exists: pause, resume, prioritise, fund, rescore or rerun it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import cast

from django.contrib.auth.models import AbstractBaseUser
from django.db import IntegrityError, transaction
from django.db.models import Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from evals.models import AuditAction, NoticeType, Owner, Run, RunState, Submission
from evals.models.submissions import ENDED_STATES, OPEN_STATES
from evals.operations.audit import record_event
from evals.operations.endpoints.preflights import refuse_without_preflight
from evals.operations.notices.notify import notify_submission
from evals.operations.owners.access import Actor, acts_for, owner_of
from evals.operations.refusals import Conflict
from evals.operations.submissions.access import controlled_submission, has_permission, refuse_without
from evals.operations.submissions.events import record_new_submission, record_submission_change
from evals.operations.submissions.lifecycle import (
    KeyConflict,
    refuse_bad_budget,
    refuse_bad_budget_calls,
    refuse_bad_key,
)
from evals.operations.submissions.payment import (
    first_state,
    need_of,
    refuse_above_limits,
    refuse_budget_without_price,
)
from evals.operations.submissions.quotas import refuse_above_quotas
from evals.operations.submissions.targets import refuse_sealed, resolve_endpoint
from evals.operations.wakeup import wake_worker
from evals.queries.embargo import is_embargoed


class NotOpen(Conflict):
    """Only an open submission can be paused, resumed or moved."""

    code = "submission_has_ended"
    field = "state"


class NotEnded(Conflict):
    """Only an ended submission can be rerun: an open one would share its answers."""

    code = "submission_is_open"
    field = "state"


class NothingToScore(Conflict):
    """Only a finished run can be rescored."""

    code = "nothing_to_score"
    field = "state"


def pause(*, submission_id: int, by: Actor, now: datetime) -> None:
    """Stop sending calls; calls in flight are completed. A paused submission keeps the time of its pause."""
    changes = {"paused_at": Coalesce("paused_at", Value(now))}
    with transaction.atomic():
        former = _update_open(submission_id, by, AuditAction.SUBMISSION_PAUSE, changes)
        if former.paused_at is None:
            notify_submission(NoticeType.SUBMISSION_PAUSED, former, now)


def resume(*, submission_id: int, by: Actor) -> None:
    """Continue a paused submission."""
    _update_open(submission_id, by, AuditAction.SUBMISSION_RESUME, {"paused_at": None, "held_reason": ""})


def prioritise(*, submission_id: int, by: Actor, priority: int) -> None:
    """Set the priority of a submission, larger first; only an operator may."""
    refuse_without(by, "evals.prioritise_submission", "Only an operator sets a priority.")
    _update_open(submission_id, by, AuditAction.SUBMISSION_PRIORITY, {"priority": priority})


def set_budget(
    *,
    submission_id: int,
    by: Actor,
    now: datetime,
    budget_usd: Decimal | None = None,
    budget_calls: int | None = None,
) -> None:
    """Set the budgets of a submission, or None for no budget; a retry uses them.

    A submitter cannot raise them above what was approved or above the operator's cap; an operator can.
    """
    refuse_bad_budget(budget_usd)
    refuse_bad_budget_calls(budget_calls)
    with transaction.atomic():
        submission = controlled_submission(submission_id=submission_id, by=by)
        refuse_budget_without_price(submission.endpoint, budget_usd, now.date())
        changes: dict[str, object] = {"budget_usd": budget_usd, "budget_calls": budget_calls}
        if not has_permission(by, "evals.review_submission"):
            refuse_above_limits(submission, budget_usd, budget_calls)
        elif submission.is_approved:
            changes |= {"approved_usd": budget_usd, "approved_calls": budget_calls}
        Submission.objects.filter(pk=submission.pk).update(**changes)
        record_submission_change(AuditAction.SUBMISSION_BUDGET, submission)
        transaction.on_commit(wake_worker)


def request_rescore(*, submission_id: int, by: Actor, now: datetime) -> int:
    """Request the rescoring of every finished run of a submission, without calls; return their number."""
    with transaction.atomic():
        submission = controlled_submission(submission_id=submission_id, by=by)
        n_runs = submission.runs.filter(state=RunState.FINISHED).update(rescore_asked_at=now)
        if not n_runs:
            message = _("The submission is %(state)s, and none of its runs has a score yet.")
            raise NothingToScore(message % {"state": submission.get_state_display()})
        record_event(
            action=AuditAction.SUBMISSION_RESCORE,
            object_type="submission",
            object_id=submission.public_id,
            after={"rescored_runs": n_runs},
        )
        transaction.on_commit(wake_worker)
    return n_runs


@transaction.atomic
def rerun_afresh(*, submission_id: int, by: Actor, now: datetime, idempotency_key: str = "") -> Submission:
    """Submit the same again as the actor and repeat every call; `retry` makes only the missing ones.

    Repeated with the same key, it returns the submission that this key created.
    """
    earlier = controlled_submission(submission_id=submission_id, by=by)
    if earlier.state not in ENDED_STATES:
        message = _("The submission is %(state)s; it can be asked anew when it has ended.")
        raise NotEnded(message % {"state": earlier.get_state_display()})
    refuse_bad_key(idempotency_key)
    owner = _owner_of_rerun(earlier, by)
    endpoint = resolve_endpoint(earlier.endpoint.slug, "", [owner])
    refuse_sealed(earlier.suite.tasks.all(), endpoint)
    refuse_without_preflight(endpoint)
    keyed = Submission.objects.filter(submitter_id=by.pk, idempotency_key=idempotency_key)
    if not (idempotency_key and keyed.exists()):
        refuse_above_quotas(owner=owner, submitter=by, now=now)
    need = need_of(
        endpoint=earlier.endpoint,
        suite=earlier.suite,
        today=now.date(),
        fresh=True,
        budget_usd=earlier.budget_usd,
        budget_calls=earlier.budget_calls,
    )
    again = Submission(
        endpoint=endpoint,
        suite=earlier.suite,
        submitter_id=cast("int", by.pk),
        owner=owner,
        idempotency_key=idempotency_key,
        created_at=now,
        embargo_until=earlier.embargo_until if is_embargoed(earlier, now=now) else None,
        budget_usd=earlier.budget_usd,
        budget_calls=earlier.budget_calls,
        **first_state(submitter=by, owner=owner, endpoint=earlier.endpoint, need=need),
    )
    try:
        with transaction.atomic():
            again.save()
            Run.objects.bulk_create(_fresh_run(run, again) for run in earlier.runs.all())
            record_new_submission(again, rerun_of=earlier)
            notify_submission(NoticeType.SUBMISSION_QUEUED, again, now, attempt=again.attempt)
    except IntegrityError:
        again = _created_before(again)
    transaction.on_commit(wake_worker)
    return again


def _owner_of_rerun(earlier: Submission, by: Actor) -> Owner:
    """Return the same owner, or the actor if an operator repeats somebody else's."""
    return earlier.owner if acts_for(by, earlier.owner) else owner_of(cast("AbstractBaseUser", by))


def _fresh_run(run: Run, again: Submission) -> Run:
    settings = run.settings | {"fresh": str(again.public_id)}
    return Run(submission=again, endpoint_id=run.endpoint_id, task_id=run.task_id, settings=settings)


def _created_before(again: Submission) -> Submission:
    """Return the submission that a key created before, or refuse the key if its target differs."""
    key = again.idempotency_key
    earlier = Submission.objects.get(submitter_id=again.submitter_id, idempotency_key=key)
    fresh = earlier.runs.filter(settings__fresh=str(earlier.public_id)).exists()
    if not fresh or (earlier.endpoint_id, earlier.suite_id) != (again.endpoint_id, again.suite_id):
        message = _("The idempotency key '%(key)s' was used before, for submission %(id)s.")
        raise KeyConflict(message % {"key": key, "id": earlier.public_id})
    return earlier


def _update_open(
    submission_id: int, by: Actor, action: AuditAction, changes: Mapping[str, object]
) -> Submission:
    """Change an open submission, and return it as it was."""
    with transaction.atomic():
        submission = controlled_submission(submission_id=submission_id, by=by)
        if not Submission.objects.filter(pk=submission_id, state__in=OPEN_STATES).update(**changes):
            submission.refresh_from_db(fields=["state"])
            message = _("The submission is %(state)s; it can be paused, resumed or moved while it is open.")
            raise NotOpen(message % {"state": submission.get_state_display()})
        record_submission_change(action, submission)
        transaction.on_commit(wake_worker)
    return submission
