"""The leases of a run's steps, its failures, and the leases of dead workers."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q

from evals.engine.outcomes import LOST, POLICIES
from evals.models import Attempt, Request, RequestState, Run, RunState, Submission
from evals.models.runs import OPEN_RUN_STATES
from evals.models.submissions import OPEN_STATES
from evals.operations.batches import chunks
from evals.operations.runs.budgets import price_lost_attempts
from evals.operations.runs.lease_owners import is_lease_owner_dead
from evals.operations.runs.scores import record_scores
from evals.operations.runs.store import storable
from evals.operations.submissions import lifecycle

STEP_LEASE = timedelta(minutes=10)
MOST_STEP_ATTEMPTS = 5
CHUNK = 500
# Failures that every other run of the submission would meet as well.
FOR_ALL = frozenset(kind.value for kind, policy in POLICIES.items() if policy.for_all) | {
    "credential_missing",
    "price_unknown",
    "budget_used_up",
    "cap_too_small",
}
NO_LEASE: dict[str, Any] = {"lease_owner": "", "lease_until": None, "step_attempts": 0}


def fail_run(*, run_id: int, code: str, message: str, now: datetime) -> bool:
    """End an open run as failed: a code for programs, a sentence for people.

    A failure that would affect the submission's other runs ends them too; otherwise they go on.
    """
    with transaction.atomic():
        failed = Run.objects.filter(pk=run_id, state__in=OPEN_RUN_STATES).update(
            state=RunState.FAILED,
            failure_code=code[:40],
            failure_message=storable(message),
            finished_at=now,
            **NO_LEASE,
        )
        if failed:
            submission_id = Run.objects.values_list("submission_id", flat=True).get(pk=run_id)
            if code in FOR_ALL:
                lifecycle.fail(submission_id=submission_id, code=code[:40], message=message, now=now)
            else:
                close_submission_if_done(submission_id, now)
    return bool(failed)


def reclaim_leases(*, now: datetime) -> int:
    """Reclaim the leases of dead workers; requests they may have sent are marked as possibly billed.

    A worker is dead when its lease has lapsed, or when its process was one of this host and is gone. What its
    journal tells better has been put on record before; nobody knows which of the other leases it had sent.
    """
    gone = Q(lease_until__lt=now) | Q(lease_owner__in=_dead_owners())
    Run.objects.filter(gone, state__in=OPEN_RUN_STATES).exclude(lease_until=None).update(
        lease_owner="", lease_until=None
    )
    leased = Request.objects.filter(gone, state=RequestState.LEASED)
    lost = list(leased.values_list("pk", "attempts"))
    release_lost_requests(lost, now)
    return len(lost)


def release_lost_requests(
    lost: Iterable[tuple[int, int]], now: datetime, *, run_id: int | None = None
) -> None:
    """Free requests of a dead worker, given with their attempt numbers; each may have been billed."""
    for chunk in chunks(lost, CHUNK):
        ids = [request_id for request_id, _ in chunk]
        rows = [lost_attempt(request_id, number, now, now) for request_id, number in chunk]
        with transaction.atomic():
            Attempt.objects.filter(request__in=ids, ended_at=None).update(outcome=LOST, ended_at=now)
            Attempt.objects.bulk_create(rows, ignore_conflicts=True)
            price_lost_attempts(ids, run_id=run_id, today=now.date())
            Request.objects.filter(pk__in=ids, state=RequestState.LEASED).update(
                state=RequestState.PENDING, lease_owner="", lease_until=None
            )


def lost_attempt(request_id: int, number: int, sent_at: datetime, now: datetime) -> Attempt:
    """Return the row of an attempt that its dead worker did not record."""
    return Attempt(request_id=request_id, number=number, sent_at=sent_at, ended_at=now, outcome=LOST)


def _dead_owners() -> list[str]:
    """Return the lease owners that are dead processes of this host."""
    requests = Request.objects.filter(state=RequestState.LEASED).values_list("lease_owner", flat=True)
    runs = Run.objects.exclude(lease_until=None).order_by().values_list("lease_owner", flat=True)
    return [owner for owner in requests.union(runs) if is_lease_owner_dead(owner)]


def claim_step(run_id: int, state: RunState, owner: str, now: datetime) -> Run | None:
    """Lease a run for its next step if it waits for that step and is free."""
    free = Q(lease_until=None) | Q(lease_until__lt=now)
    claimed = Run.objects.filter(free, pk=run_id, state=state).update(
        lease_owner=owner, lease_until=now + STEP_LEASE, step_attempts=F("step_attempts") + 1
    )
    if not claimed:
        return None
    run = Run.objects.select_related("endpoint", "task").get(pk=run_id)
    if run.step_attempts > MOST_STEP_ATTEMPTS:
        step = f"The step after {str(state.label)!r}"
        message = f"{step} was begun {MOST_STEP_ATTEMPTS} times, and no worker survived it."
        fail_run(run_id=run_id, code="step_crashed", message=message, now=now)
        return None
    return run


def renew_step(run_id: int, state: RunState, owner: str, now: datetime) -> bool:
    mine = Run.objects.filter(pk=run_id, state=state, lease_owner=owner)
    return bool(mine.update(lease_until=now + STEP_LEASE))


def release_step(run_id: int, owner: str) -> None:
    """Free a run that its step could not work on, at no attempt."""
    Run.objects.filter(pk=run_id, lease_owner=owner).update(**NO_LEASE)


def close_submission_if_done(submission_id: int, now: datetime) -> None:
    """End a submission whose runs have all ended, and record its scores; called in a transaction."""
    # The lock: of two last runs that end at once, the second sees the first.
    submission = Submission.objects.select_for_update().get(pk=submission_id)
    if Run.objects.filter(submission=submission, state__in=OPEN_RUN_STATES).exists():
        return
    if submission.state in OPEN_STATES:  # it has ended before, where a run was scored anew
        failed = list(submission.runs.filter(state=RunState.FAILED).order_by("finished_at", "pk"))
        if failed:
            code, message = failed[0].failure_code, _of_how_many(failed, submission.runs.count())
            lifecycle.fail(submission_id=submission_id, code=code, message=message, now=now)
        else:
            lifecycle.finish(submission_id=submission_id, now=now)
    record_scores(submission_id=submission_id, now=now)


def _of_how_many(failed: list[Run], runs: int) -> str:
    """Return the first failure's message, and how many tasks failed."""
    first = failed[0]
    if runs == 1:
        return first.failure_message
    return f"{len(failed)} of {runs} tasks failed, first {first.task.name}: {first.failure_message}"
