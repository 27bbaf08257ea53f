"""The Celery jobs. The database is the queue: a message only wakes a worker, which then reads its work."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from celery import Task
from celery.worker.control import inspect_command
from django.conf import settings
from django.db import InterfaceError, OperationalError
from kombu.exceptions import OperationalError as BrokerError

from evals import queries
from evals.models import RunState
from evals.operations.catalogue import fresh
from evals.operations.clock import database_clock, database_now
from evals.operations.endpoints.key_use import reseal_keys
from evals.operations.endpoints.keys import delete_unneeded_keys
from evals.operations.endpoints.preflights import fail_preflights_of, run_next_preflight
from evals.operations.endpoints.worker_keys import retire_replaced_keys
from evals.operations.imports import sync
from evals.operations.notices.fan_out import fan_out_notices
from evals.operations.notices.mail_subscriptions import delete_unconfirmed
from evals.operations.notices.retention import delete_old_notices
from evals.operations.runs import execution
from evals.operations.runs.host import host_problem, is_host_fault
from evals.operations.runs.lease_owners import current_lease_owner
from evals.operations.runs.recovery import recover
from evals.operations.runs.scoring import rescore_on_request, score_run
from evals.operations.runs.states import fail_run
from evals.operations.submissions.embargo import publish_scores_after_embargo
from evals.operations.verifications.checks import check_due_claims
from evals.operations.webhooks.delivery import deliver_due
from leaderboard.accounts.sessions import delete_expired_sessions
from leaderboard.exports.export import write_export
from leaderboard.operations import (
    draw_charts,
    make_forecasts,
    publish_estimates,
    record_has_changed,
    score_forecasts,
)
from leaderboard.operations.comparison_retention import delete_expired_comparisons
from leaderboard.operations.mails import send_due_mails
from leaderboard.operations.requested_comparisons import compute_next
from worker.celery import app, stopping
from worker.private_keys import delete_private_key, open_keys_here
from worker.wakeups import valid_for

log = logging.getLogger(__name__)

MAX_WAKE_UPS = 8
WAKE_UP_VALID_S = 30
CALL_SECONDS = 20.0
WORK_SECONDS = 60.0
HOST_POLL_S = 1.0
DRAW_SECONDS = 20.0


def wake(job: Task[..., Any]) -> None:
    """Send a job; if the broker is down, beat sends it again later."""
    try:
        job.apply_async(retry=False, **valid_for(WAKE_UP_VALID_S))
    except BrokerError as error:
        log.warning("%s was not sent (%s); beat sends it again.", job.name, type(error).__name__)


@inspect_command()
def report_host(state: object) -> dict[str, str]:
    """Answer the health check: why this host takes no work, or nothing."""
    return {"problem": host_problem()}


def host_is_fit() -> bool:
    """Return whether this host can take work; if not, hold its worker back for a while, and log why."""
    until, logged = time.monotonic() + WORK_SECONDS, ""
    while problem := host_problem():
        if problem != logged:
            log.error("This host takes no work: %s", problem)
        logged = problem
        if stopping.wait(HOST_POLL_S) or time.monotonic() > until:
            return False
    return True


@app.task(name="worker.dispatch")
def dispatch() -> int:
    """Reclaim the leases of dead workers, then wake a worker for each run with work."""
    if not host_is_fit():
        return 0
    now = database_now()
    recover(now=now)
    if publish_scores_after_embargo(now=now):
        wake(publish)
    waiting = len(queries.runnable(now=now)) + len(queries.rescorable(now=now))
    for _ in range(min(waiting, MAX_WAKE_UPS)):
        wake(work)
    return waiting


@app.task(name="worker.export")
def nightly_export() -> str:
    """Export the record and the published estimates to the storage; a simulated world is not exported."""
    return "" if settings.SIMULATED_WORLD else write_export(now=database_now())


@app.task(name="worker.work")
def work() -> int:
    """Do steps of runs, those with the fewest workers first, for WORK_SECONDS or until none is left."""
    if not host_is_fit():
        return 0
    owner = current_lease_owner()
    until = time.monotonic() + WORK_SECONDS
    steps = 0
    while not stopping.is_set() and time.monotonic() < until and take_step(owner):
        steps += 1
    if steps:
        wake(dispatch)
    return steps


@app.task(name="worker.preflight")
def preflight() -> int:
    """Run the preflights that wait, oldest first, until none is left."""
    if not host_is_fit():
        return 0
    until, done = time.monotonic() + WORK_SECONDS, 0
    owner = current_lease_owner()
    while not stopping.is_set() and time.monotonic() < until and try_endpoint(owner):
        done += 1
    return done


@app.task(name="worker.keys")
def keys() -> int:
    """Delete the keys that no submission needs, seal the others by the current key, retire former ones."""
    open_keys_here()
    now = database_now()
    deleted = delete_unneeded_keys(now=now)
    reseal_keys()
    for fingerprint in retire_replaced_keys(now=now):
        delete_private_key(fingerprint)
    return deleted


@app.task(name="worker.publish")
def publish() -> int:
    """Publish the lag if the record has changed, then wake a worker to draw its charts."""
    if not record_has_changed():
        return 0
    published = len(publish_estimates(now=database_now()))
    wake(draw)
    return published


@app.task(name="worker.answer")
def answer() -> int:
    """Compute the requested comparisons, oldest first, until none waits."""
    until, done = time.monotonic() + WORK_SECONDS, 0
    while not stopping.is_set() and time.monotonic() < until and compute_next(clock=database_clock()):
        done += 1
    return done


@app.task(name="worker.notify")
def notify() -> int:
    """Fan out new notices, and deliver the webhooks and send the mails that are due."""
    clock = database_clock()
    while fan_out_notices(now=clock()) and not stopping.is_set():
        pass
    delivered = deliver_due(clock=clock, stopping=stopping.is_set)
    return delivered + send_due_mails(clock=clock, stopping=stopping.is_set)


@app.task(name="worker.draw")
def draw() -> int:
    """Draw missing or outdated charts for DRAW_SECONDS, then wake a worker to continue."""
    left = draw_charts(seconds=DRAW_SECONDS)
    if left:
        wake(draw)
    return left


@app.task(name="worker.nightly")
def nightly() -> int:
    """Publish the lag, record and score forecasts, and delete what has expired."""
    clock = database_clock()
    published = len(publish_estimates(now=clock()))
    score_forecasts(now=clock())
    make_forecasts(now=clock())
    delete_expired_comparisons(now=clock())
    wake(draw)
    delete_expired_sessions(now=clock())
    delete_unconfirmed(now=clock())
    delete_old_notices(now=clock(), stopping=stopping.is_set)
    return published


@app.task(name="worker.sync_imports")
def sync_imports() -> list[str]:
    """Fetch and import published results if the operator has turned that on."""
    sentences = sync.sync_imports(mode=settings.SYNC_IMPORTS, now=database_now())
    for sentence in sentences:
        log.info("%s", sentence)
    return sentences


@app.task(name="worker.check_claims")
def check_claims() -> int:
    """Check the proofs of organisations that claim a developer, where a check is due."""
    return check_due_claims(now=database_now())


@app.task(name="worker.renew_fresh")
def renew_fresh() -> str:
    """Draw the month's edition of lagline-fresh if it is missing, and publish the seeds of past months."""
    return fresh.renew_fresh_edition(now=database_now()).month


def take_step(owner: str) -> bool:
    """Do one step of the first run that can be claimed; return whether there was one.

    A preflight goes first: somebody waits for it.
    """
    if try_endpoint(owner):
        return True
    now = database_now()
    if any(STEPS[RunState(row.state)](row.run_id, owner) for row in queries.runnable(now=now)):
        return True
    return any(rescore(run_id, owner) for run_id in queries.rescorable(now=now))


def try_endpoint(owner: str) -> bool:
    """Run the next preflight; an unexpected error fails it, with the traceback in the log."""
    try:
        return run_next_preflight(owner=owner, clock=database_clock())
    except (OperationalError, InterfaceError):
        log.exception("The database did not answer; the preflight is run again when its lease is over.")
    except Exception as problem:
        if is_host_fault(problem):
            log.exception("This host has a fault; the preflight is run again when its lease is over.")
            return False
        log.exception("A preflight ended in an error that nobody foresaw.")
        fail_preflights_of(owner=owner, now=database_now())
    return False


def plan(run_id: int, owner: str) -> bool:
    """Plan a run and its submission's other queued runs, so that the remaining work is known."""
    planned = [
        guarded(queued_id, partial(execution.plan_run, run_id=queued_id, owner=owner, now=database_now()))
        for queued_id in queries.queued_together(run_id)
    ]
    return any(planned)


def call(run_id: int, owner: str) -> bool:
    """Send a run's requests for CALL_SECONDS, or until the worker is told to stop."""

    def step() -> bool:
        summary = execution.call_run(
            run_id=run_id, owner=owner, seconds=CALL_SECONDS, clock=database_clock(), draining=stopping.is_set
        )
        return summary.progressed

    return guarded(run_id, step)


def score(run_id: int, owner: str) -> bool:
    """Score a run, then wake a worker to publish the lag."""
    scored = guarded(run_id, lambda: score_run(run_id=run_id, owner=owner, now=database_now()))
    if scored:
        wake(publish)
    return scored


def rescore(run_id: int, owner: str) -> bool:
    """Rescore a finished run on request, then wake a worker to publish the lag."""
    scored = guarded(run_id, lambda: rescore_on_request(run_id=run_id, owner=owner, now=database_now()))
    if scored:
        wake(publish)
    return scored


STEPS: dict[RunState, Callable[[int, str], bool]] = {
    RunState.QUEUED: plan,
    RunState.CALLING: call,
    RunState.SCORING: score,
}


def guarded(run_id: int, step: Callable[[], bool]) -> bool:
    """Run a step; an unexpected error fails this run only, with the traceback in the log.

    A fault of the database or of this host fails no run.
    """
    try:
        return step()
    except (OperationalError, InterfaceError):
        log.exception(
            "run %s: the database did not answer; the step is done again when its lease is over", run_id
        )
        return False
    except Exception as problem:
        if is_host_fault(problem):
            log.exception("run %s: this host has a fault; the step is done again, here or elsewhere", run_id)
            return False
        log.exception("run %s: a step ended in an error that nobody foresaw", run_id)
        fail_run(
            run_id=run_id,
            code="internal_error",
            message="The service made an error in this run; its operator finds it in the log.",
            now=database_now(),
        )
        return True
