"""The steps of a run: plan, call, score, each begun by a claim that only one worker can win."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction

from evals.engine.call import call
from evals.engine.journal import JournalUnavailable
from evals.engine.limits import Limits, LimitsUnavailable
from evals.engine.plan import TaskPlan
from evals.engine.requests import CallSummary, EndpointSpec, PlannedSample, Stopped
from evals.models import Request, RequestState, Run, RunState, Sample, SampleRequest, Submission
from evals.operations.batches import chunks
from evals.operations.catalogue.fresh import prepare_task_files
from evals.operations.clock import Clock
from evals.operations.endpoints.circuit import call_through_circuit
from evals.operations.endpoints.key_use import KeyUnavailable
from evals.operations.endpoints.limits import endpoint_limits, is_endpoint_idle
from evals.operations.runs.budgets import (
    CallBudget,
    CapTooSmall,
    PriceUnknown,
    call_budget_of_run,
    refuse_small_caps,
)
from evals.operations.runs.canaries import are_canaries_due, hold_if_canaries_fail
from evals.operations.runs.code_version import code_version
from evals.operations.runs.holds import hold_broken_off, hold_submission
from evals.operations.runs.host import is_host_fault
from evals.operations.runs.recovery import journal_of
from evals.operations.runs.specs import MissingCredential, callable_endpoint, endpoint_spec, task_spec
from evals.operations.runs.states import CHUNK, NO_LEASE, claim_step, fail_run, release_step, renew_step
from evals.operations.runs.store import DatabaseStore, settle_item_faults, storable, storable_json
from evals.operations.submissions import lifecycle

logger = logging.getLogger(__name__)

MINUTE_S = 61.0  # and the second in which a call is on its way


# plan ------------------------------------------------------------------------------------------------------


def plan_run(*, run_id: int, owner: str, now: datetime) -> bool:
    """Plan a queued run: its samples and requests; return whether it can be called now.

    A fault of this host is raised, and leaves the run to be planned again.
    """
    run = claim_step(run_id, RunState.QUEUED, owner, now)
    if run is None:
        return False
    lifecycle.start(submission_id=run.submission_id, now=now)
    try:
        prepare_task_files(run.task.folder)
        plan = TaskPlan(task=task_spec(run), endpoint=endpoint_spec(run.endpoint, with_secret=False))
        counts = _write_plan(run, plan, owner, now)
    except (ValueError, OSError) as problem:
        if is_host_fault(problem):
            release_step(run_id, owner)
            raise
        fail_run(run_id=run_id, code="not_plannable", message=str(problem), now=now)
        return False
    return counts is not None and _planned(run, plan, counts, owner, now)


def _write_plan(run: Run, plan: TaskPlan, owner: str, now: datetime) -> Counter[str] | None:
    """Write the samples in short transactions; None where the lease was lost meanwhile."""
    Sample.objects.filter(run=run).delete()
    counts: Counter[str] = Counter()
    for chunk in chunks(plan.samples(), CHUNK):
        if not renew_step(run.pk, RunState.QUEUED, owner, now):
            return None
        with transaction.atomic():
            counts.update(samples=len(chunk), requests=_write_samples(run, chunk))
    return counts


def _write_samples(run: Run, chunk: list[PlannedSample]) -> int:
    """Write one chunk of samples with the requests that are not on record yet; return the new links."""
    bodies = {request.key: request.body for sample in chunk for request in sample.requests}
    Request.objects.bulk_create(
        [Request(key=key, endpoint_id=run.endpoint_id, payload=body) for key, body in bodies.items()],
        ignore_conflicts=True,
    )
    ids = dict(Request.objects.filter(key__in=bodies).values_list("key", "pk"))
    Request.objects.filter(pk__in=ids.values(), state=RequestState.REFUSED).update(
        state=RequestState.PENDING, not_before=None, failures=0
    )
    rows = Sample.objects.bulk_create([_sample_row(run, sample) for sample in chunk])
    links = [
        SampleRequest(
            run=run,
            sample=row,
            request_id=ids[part.key],
            idx=part.idx,
            repeat=part.repeat,
            continuation=storable(part.continuation),
        )
        for row, sample in zip(rows, chunk, strict=True)
        for part in sample.requests
    ]
    SampleRequest.objects.bulk_create(links)
    return len(links)


def _sample_row(run: Run, sample: PlannedSample) -> Sample:
    return Sample(
        run=run,
        doc_id=sample.doc_id,
        doc=storable_json(sample.doc),
        prompt=storable(sample.prompt),
        target=storable(sample.target),
        doc_hash=sample.doc_hash,
        prompt_hash=sample.prompt_hash,
        target_hash=sample.target_hash,
    )


def _planned(run: Run, plan: TaskPlan, counts: Counter[str], owner: str, now: datetime) -> bool:
    """Hand the run over to the callers."""
    moved = Run.objects.filter(pk=run.pk, state=RunState.QUEUED, lease_owner=owner).update(
        state=RunState.CALLING,
        n_samples=counts["samples"],
        n_requests=counts["requests"],
        lm_eval_version=plan.lm_eval_version,
        task_hash=plan.task_hash,
        base_url=run.endpoint.base_url,
        code_version=code_version(),
        planned_at=now,
        **NO_LEASE,
    )
    return bool(moved)


# call ------------------------------------------------------------------------------------------------------


def call_run(
    *,
    run_id: int,
    owner: str,
    seconds: float,
    clock: Clock,
    limits: Limits | None = None,
    draining: Callable[[], bool] = lambda: False,
) -> CallSummary:
    """Make the unclaimed calls of a run; advance the run when none is missing."""
    run = Run.objects.select_related("endpoint", "submission__owner", "task").get(pk=run_id)
    if run.state != RunState.CALLING or _has_moved(run):
        return _nothing(Stopped.NOT_WANTED)
    prepared = _prepare(run, clock())
    if isinstance(prepared, Stopped):
        return _nothing(prepared)
    endpoint, budget = prepared
    idle = is_endpoint_idle(run.endpoint, since=clock() - timedelta(seconds=MINUTE_S + seconds))

    def our_limits() -> Limits:
        return limits or endpoint_limits(run.endpoint, worker=f"{owner}:{run_id}", idle=idle)

    def calls(probe: bool) -> CallSummary:
        with journal_of(run_id=run_id, owner=owner) as journal:
            return call(
                endpoint=endpoint,
                store=DatabaseStore(run_id=run_id, owner=owner, budget=budget),
                journal=journal,
                limits=our_limits(),
                clock=clock,
                seconds=seconds,
                probe=probe,
                draining=draining,
            )

    def broken() -> bool:
        return hold_if_canaries_fail(run, endpoint, limits=our_limits(), owner=owner, clock=clock)

    Submission.objects.filter(pk=run.submission_id).update(turn_at=clock())
    try:
        if are_canaries_due(run) and broken():
            return _nothing(Stopped.NOT_WANTED)
        summary = call_through_circuit(run.endpoint, calls, clock)
        if not summary.unanswered and broken():
            return _nothing(Stopped.NOT_WANTED)
    except LimitsUnavailable as problem:
        logger.warning("Run %s waits: %s", run_id, problem)
        summary = _nothing(Stopped.NO_LIMITS)
    except JournalUnavailable as problem:
        logger.error("Run %s waits: %s", run_id, problem)
        summary = _nothing(Stopped.NO_JOURNAL)
    _called(run, summary, budget, clock())
    return summary


def _prepare(run: Run, now: datetime) -> tuple[EndpointSpec, CallBudget] | Stopped:
    """Return what the calls of a run need, or why it makes none now."""
    try:
        budget = call_budget_of_run(run, today=now.date())
        refuse_small_caps(budget)
        missing = Request.objects.filter(samplerequest__run=run).exclude(state=RequestState.ANSWERED)
        if missing.exists() and _waits_for_cap(run, budget, now):
            return Stopped.NO_BUDGET
        return callable_endpoint(run, now=now), budget
    except (MissingCredential, PriceUnknown, CapTooSmall) as problem:
        fail_run(run_id=run.pk, code=problem.code, message=str(problem), now=now)
    except KeyUnavailable as problem:
        hold_submission(submission_id=run.submission_id, reason=str(problem), now=now)
    return Stopped.GIVEN_UP


def _waits_for_cap(run: Run, budget: CallBudget, now: datetime) -> bool:
    """Let a submission wait while a spending cap, and no budget of its own, bears no call."""
    with transaction.atomic():
        budget.open(now)
        renews_at = budget.renews_at()
        if renews_at is not None:
            Submission.objects.filter(pk=run.submission_id).update(capped_until=renews_at)
    return renews_at is not None


def _has_moved(run: Run) -> bool:
    """Replan a run whose endpoint has another address: its answers would come from another server."""
    if run.base_url in ("", run.endpoint.base_url):
        return False
    return bool(Run.objects.filter(pk=run.pk, state=RunState.CALLING).update(state=RunState.QUEUED))


def _nothing(stopped: Stopped) -> CallSummary:
    return CallSummary(sent=0, answered=0, retried=0, unanswered=1, stopped=stopped)


def _called(run: Run, summary: CallSummary, budget: CallBudget, now: datetime) -> None:
    """Move a run on after calls: to its scoring, or to its end if no item can be answered."""
    run_id = run.pk
    if summary.failure is not None and summary.failure.held:
        hold_broken_off(run, summary.failure, now=now)
    elif summary.failure is not None:
        fail_run(run_id=run_id, code=summary.failure.code, message=summary.failure.message, now=now)
    elif not summary.unanswered:
        settle_item_faults(run_id=run_id)
        Run.objects.filter(pk=run_id, state=RunState.CALLING).update(
            state=RunState.SCORING, called_at=now, **NO_LEASE
        )
    elif summary.stopped is Stopped.NO_BUDGET:
        _fail_without_budget(run, budget, summary.unanswered, now)


def _fail_without_budget(run: Run, budget: CallBudget, unanswered: int, now: datetime) -> None:
    """Fail a run whose budget is used up; one that waits for a cap, or for calls in flight, goes on later."""
    if _waits_for_cap(run, budget, now) or budget.payable(1):
        return
    message = f"The budget is used up, and {unanswered} answers are missing. What is paid is kept."
    fail_run(run_id=run.pk, code="budget_used_up", message=message, now=now)
