"""Create submissions, and move them between states."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from evals.models import (
    AuditAction,
    Endpoint,
    NoticeType,
    Owner,
    Run,
    RunState,
    Submission,
    SubmissionState,
    Suite,
)
from evals.models.runs import OPEN_RUN_STATES
from evals.models.submissions import TRANSITIONS
from evals.operations.endpoints.preflights import refuse_without_preflight
from evals.operations.notices.notify import notify_submission
from evals.operations.owners.access import Actor, NotPermitted, resolve_owner
from evals.operations.refusals import Conflict, Refused
from evals.operations.submissions.access import UnknownSubmission, controlled_submission, refuse_without
from evals.operations.submissions.embargo import refuse_bad_embargo
from evals.operations.submissions.events import record_new_submission, record_submission_change
from evals.operations.submissions.payment import first_state, need_of, refuse_budget_without_price
from evals.operations.submissions.quotas import open_duplicate, refuse_above_quotas
from evals.operations.submissions.targets import (
    refuse_sealed,
    refuse_unsupported,
    resolve_endpoint,
    resolve_suite,
)
from evals.operations.wakeup import wake_worker

LONGEST_KEY = 120
MOST_USD = Decimal(100_000)
MOST_CALLS = 100_000_000
RETRIED = frozenset({SubmissionState.FAILED, SubmissionState.CANCELLED})


class BadKey(Refused):
    """An idempotency key must fit its column."""

    code = "bad_idempotency_key"
    field = "Idempotency-Key"


class BadBudget(Refused):
    """A budget is a non-negative amount of USD."""

    code = "bad_budget"
    field = "budget_usd"


class KeyConflict(Conflict):
    """The same idempotency key was used with another body."""

    code = "idempotency_key_conflict"
    field = "Idempotency-Key"


class BadBudgetCalls(BadBudget):
    """A budget in calls is a positive number."""

    field = "budget_calls"


class TransitionRefused(Conflict):
    """A submission cannot change from its state to the requested one."""

    code = "transition_refused"
    field = "state"


def submit(
    *,
    submitter: AbstractBaseUser,
    suite: str,
    now: datetime,
    endpoint: str = "",
    model: str = "",
    owner: str = "",
    idempotency_key: str = "",
    budget_usd: Decimal | None = None,
    budget_calls: int | None = None,
    embargo_until: datetime | None = None,
) -> Submission:
    """Create a submission with its runs, or return the one that this key created before.

    It belongs to the submitter, or to the organisation that `owner` names. While the owner has an open
    submission of the same endpoint and suite, that one is returned.
    """
    refuse_without(submitter, "evals.add_submission", "Only an account with the role of a submitter submits.")
    refuse_bad_key(idempotency_key)
    refuse_bad_budget(budget_usd)
    refuse_bad_budget_calls(budget_calls)
    submission = _earlier(submitter, idempotency_key, endpoint, model, suite)
    if submission is None:
        try:
            with transaction.atomic():
                belongs_to = resolve_owner(actor=submitter, handle=owner)
                submission = _submit_new(
                    submitter,
                    resolve_endpoint(endpoint, model, [belongs_to]),
                    resolve_suite(suite),
                    now,
                    owner=belongs_to,
                    idempotency_key=idempotency_key,
                    budget_usd=budget_usd,
                    budget_calls=budget_calls,
                    embargo_until=embargo_until,
                )
        except IntegrityError:
            # A concurrent request with the same key was first.
            if not (submission := _earlier(submitter, idempotency_key, endpoint, model, suite)):
                raise
    transaction.on_commit(wake_worker)
    return submission


def start(*, submission_id: int, now: datetime) -> bool:
    """Mark a submission as running when its first run begins; return False if it was running."""
    with transaction.atomic():
        moved = Submission.objects.filter(pk=submission_id, state=SubmissionState.PENDING).update(
            state=SubmissionState.RUNNING, started_at=now
        )
        if moved:
            notify_submission(NoticeType.SUBMISSION_STARTED, _locked(submission_id), now)
        else:
            _expect(submission_id, SubmissionState.RUNNING)
    return bool(moved)


def finish(*, submission_id: int, now: datetime) -> None:
    """Mark a submission as finished."""
    with transaction.atomic():
        former = _locked(submission_id)
        _move(submission_id, SubmissionState.FINISHED, finished_at=now)
        record_submission_change(AuditAction.SUBMISSION_FINISH, former)
        notify_submission(NoticeType.SUBMISSION_FINISHED, former, now)


def fail(*, submission_id: int, code: str, message: str, now: datetime) -> None:
    """Fail a submission with a code and a message; its open runs are cancelled."""
    with transaction.atomic():
        former = _locked(submission_id)
        _move(
            submission_id, SubmissionState.FAILED, finished_at=now, failure_code=code, failure_message=message
        )
        cancel_open_runs(submission_id, now)
        record_submission_change(AuditAction.SUBMISSION_FAIL, former)
        notify_submission(NoticeType.SUBMISSION_FAILED, former, now, failure_code=code)


def cancel(*, submission_id: int, by: Actor, now: datetime) -> Submission:
    """Cancel a submission; a cancelled one stays as it is, an ended one is refused."""
    with transaction.atomic():
        former = controlled_submission(submission_id=submission_id, by=by)
        if not cancel_if_open(former, now):
            _expect(submission_id, SubmissionState.CANCELLED)
        record_submission_change(AuditAction.SUBMISSION_CANCEL, former)
    transaction.on_commit(wake_worker)
    return Submission.objects.get(pk=submission_id)


def cancel_if_open(former: Submission, now: datetime) -> bool:
    """Cancel a submission that is open, and its runs; return whether it was. Called in a transaction."""
    still_open = Submission.objects.filter(pk=former.pk, state__in=_sources(SubmissionState.CANCELLED))
    if not still_open.update(state=SubmissionState.CANCELLED, finished_at=now):
        return False
    cancel_open_runs(former.pk, now)
    notify_submission(NoticeType.SUBMISSION_CANCELLED, former, now)
    return True


def retry(*, submission_id: int, by: Actor, now: datetime) -> Submission:
    """Queue a failed or cancelled submission again; answered calls are not repeated.

    One that the operator would pay for, and that nobody has approved, waits for review as a new one would.
    """
    with transaction.atomic():
        former = controlled_submission(submission_id=submission_id, by=by)
        _refuse_unless(submission_id, RETRIED)
        refuse_above_quotas(owner=former.owner, submitter=by, now=now, is_new=False)
        begins = _state_of_retry(former, by, now)
        _move(
            submission_id,
            begins.pop("state"),
            **begins,
            capped_until=None,
            attempt=F("attempt") + 1,
            failure_code="",
            failure_message="",
            started_at=None,
            finished_at=None,
            paused_at=None,
            held_reason="",
        )
        Run.objects.filter(submission_id=submission_id).exclude(state=RunState.FINISHED).update(
            state=RunState.QUEUED,
            failure_code="",
            failure_message="",
            finished_at=None,
            step_attempts=0,
            **_NO_LEASE,
        )
        record_submission_change(AuditAction.SUBMISSION_RETRY, former)
        notify_submission(NoticeType.SUBMISSION_QUEUED, former, now, attempt=former.attempt + 1)
    transaction.on_commit(wake_worker)
    return Submission.objects.get(pk=submission_id)


def _state_of_retry(former: Submission, by: Actor, now: datetime) -> dict[str, Any]:
    if former.is_approved:
        return {"state": SubmissionState.PENDING}
    need = need_of(
        endpoint=former.endpoint,
        suite=former.suite,
        budget_usd=former.budget_usd,
        budget_calls=former.budget_calls,
        today=now.date(),
    )
    return first_state(submitter=by, owner=former.owner, endpoint=former.endpoint, need=need)


# Creation --------------------------------------------------------------------------------------------------


def refuse_bad_key(key: str) -> None:
    """Refuse a key that does not fit its column."""
    if len(key) > LONGEST_KEY or not key.isprintable():
        message = _("An idempotency key is at most %(most)d printable characters; it had %(n)d.")
        raise BadKey(message % {"most": LONGEST_KEY, "n": len(key)})


def refuse_bad_budget(budget_usd: Decimal | None) -> None:
    """Refuse an invalid budget."""
    if budget_usd is not None and not 0 <= budget_usd <= MOST_USD:
        message = _("A budget is between 0 and %(most)s USD; it was %(asked)s.")
        raise BadBudget(message % {"most": MOST_USD, "asked": budget_usd})


def refuse_bad_budget_calls(budget_calls: int | None) -> None:
    """Refuse an invalid budget in calls."""
    if budget_calls is not None and not 0 <= budget_calls <= MOST_CALLS:
        message = _("A budget is between 0 and %(most)s calls; it was %(asked)s.")
        raise BadBudgetCalls(message % {"most": MOST_CALLS, "asked": budget_calls})


def _earlier(
    submitter: AbstractBaseUser, key: str, endpoint: str, model: str, suite: str
) -> Submission | None:
    """Return the submission that this key created, or refuse a key that was used for another target."""
    if not key:
        return None
    earlier = Submission.objects.filter(submitter_id=submitter.pk, idempotency_key=key)
    submission = earlier.select_related("endpoint__model", "suite").first()
    if submission is None:
        return None
    target, version = submission.endpoint, f"{submission.suite.slug}@{submission.suite.version}"
    same_target = endpoint == target.slug if endpoint else model == target.model.slug
    if same_target and suite in (submission.suite.slug, version):
        return submission
    message = _(
        "This idempotency key was used before, for endpoint '%(endpoint)s' (model '%(model)s') on suite "
        "'%(suite)s'. Use a new key for another submission."
    )
    raise KeyConflict(message % {"endpoint": target.slug, "model": target.model.slug, "suite": version})


def _submit_new(
    submitter: AbstractBaseUser,
    endpoint: Endpoint,
    suite: Suite,
    now: datetime,
    *,
    owner: Owner,
    **options: Any,
) -> Submission:
    """Create a submission within the quotas, in the state that its payment allows, or return the open one."""
    refuse_budget_without_price(endpoint, options["budget_usd"], now.date())
    refuse_bad_embargo(options["embargo_until"], now=now)
    _lock_owner(owner)  # quotas and duplicates are counted one after another
    if duplicate := open_duplicate(owner=owner, endpoint=endpoint, suite=suite):
        return duplicate
    refuse_above_quotas(owner=owner, submitter=submitter, now=now)
    budget = {name: options[name] for name in ("budget_usd", "budget_calls")}
    need = need_of(endpoint=endpoint, suite=suite, today=now.date(), **budget)
    begins = first_state(submitter=submitter, owner=owner, endpoint=endpoint, need=need)
    return create_submission(submitter, endpoint, suite, now, owner=owner, **options, **begins)


def _lock_owner(owner: Owner) -> None:
    locked = Owner.objects.select_for_update(of=("self",)).filter(pk=owner.pk)
    if locked.exclude(account__is_active=False).first() is None:
        raise NotPermitted(_("This account or organisation was deleted."))


@transaction.atomic
def create_submission(
    submitter: AbstractBaseUser, endpoint: Endpoint, suite: Suite, now: datetime, **options: Any
) -> Submission:
    """Write a submission with its runs; `submit` checks what it may be."""
    tasks = list(suite.tasks.order_by("suitetask__position"))
    refuse_unsupported(tasks, endpoint)
    refuse_sealed(tasks, endpoint)
    refuse_without_preflight(endpoint)
    submission = Submission.objects.create(
        submitter_id=submitter.pk, endpoint=endpoint, suite=suite, created_at=now, **options
    )
    Run.objects.bulk_create(
        Run(submission=submission, endpoint=endpoint, task=task, settings=suite.run_settings)
        for task in tasks
    )
    record_new_submission(submission)
    notify_submission(NoticeType.SUBMISSION_QUEUED, submission, now, attempt=submission.attempt)
    return submission


# Transitions -----------------------------------------------------------------------------------------------

_NO_LEASE: dict[str, Any] = {"lease_owner": "", "lease_until": None}


def _locked(submission_id: int) -> Submission:
    submission = Submission.objects.select_for_update(of=("self",)).filter(pk=submission_id).first()
    if submission is None:
        raise UnknownSubmission(_("There is no submission %(id)s.") % {"id": submission_id})
    return submission


def _sources(target: SubmissionState) -> list[SubmissionState]:
    return [state for state, following in TRANSITIONS.items() if target in following]


def _move(submission_id: int, target: SubmissionState, **changes: Any) -> None:
    """Make an allowed transition by one conditional UPDATE whose row count is checked."""
    allowed = Submission.objects.filter(pk=submission_id, state__in=_sources(target))
    if not allowed.update(state=target, **changes):
        _refuse_step(submission_id, target)


def _refuse_unless(submission_id: int, states: frozenset[SubmissionState]) -> None:
    state = Submission.objects.filter(pk=submission_id).values_list("state", flat=True).first()
    if state is not None and state not in states:
        message = _("Only a submission that failed or was cancelled is tried again; this one is %(state)s.")
        raise TransitionRefused(message % {"state": SubmissionState(state).label})


def _expect(submission_id: int, state: SubmissionState) -> None:
    if not Submission.objects.filter(pk=submission_id, state=state).exists():
        _refuse_step(submission_id, state)


def _refuse_step(submission_id: int, target: SubmissionState) -> None:
    state = Submission.objects.filter(pk=submission_id).values_list("state", flat=True).first()
    if state is None:
        raise UnknownSubmission(_("There is no submission %(id)s.") % {"id": submission_id})
    following = sorted(TRANSITIONS[SubmissionState(state)])
    if following:
        message = _("The submission is %(state)s and cannot become %(target)s. It may become: %(following)s.")
    else:
        message = _("The submission is %(state)s and cannot become %(target)s: it has ended for good.")
    values: dict[str, object] = {"state": SubmissionState(state).label, "target": target.label}
    values["following"] = ", ".join(
        str(SubmissionState(following_state).label) for following_state in following
    )
    raise TransitionRefused(message % values, allowed=following)


def cancel_open_runs(submission_id: int, now: datetime) -> None:
    """Cancel the open runs of a submission; called in a transaction."""
    Run.objects.filter(submission_id=submission_id, state__in=OPEN_RUN_STATES).update(
        state=RunState.CANCELLED, finished_at=now, **_NO_LEASE
    )
