"""Recover the journals of killed workers: record their answers and attempts, and free the rest."""

from __future__ import annotations

import fcntl
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import DataError, IntegrityError
from django.db.models import Q

from evals.engine.capabilities import read_capabilities
from evals.engine.journal import SUFFIX, AbandonedJournal, Journal, JournalUnavailable, open_abandoned
from evals.engine.outcomes import LOST
from evals.engine.protocols import protocol_named
from evals.engine.requests import Claim, Ended
from evals.models import Attempt, Request, RequestState, Run
from evals.operations.batches import chunks
from evals.operations.runs.budgets import CallBudget, PriceUnknown, call_budget_of_run, price_lost_attempts
from evals.operations.runs.host import host_problem
from evals.operations.runs.states import lost_attempt, reclaim_leases, release_lost_requests
from evals.operations.runs.store import DatabaseStore

logger = logging.getLogger(__name__)

CHUNK = 100  # answers; each may be long


def journal_of(*, run_id: int, owner: str) -> Journal:
    """Return the journal of a worker that is about to call for a run."""
    return Journal(_folder(), run_id=run_id, owner=owner)


def recover(*, now: datetime) -> int:
    """Recover the journals of dead workers on this host, then reclaim their leases.

    Raises JournalUnavailable where this host cannot use its folder of journals.
    """
    with _alone():
        for path in sorted(_folder().glob(f"*{SUFFIX}")):
            _recover(path, now)
        return reclaim_leases(now=now)


def _folder() -> Path:
    return Path(settings.JOURNAL_DIR)


@contextmanager
def _alone() -> Iterator[None]:
    """Let one process of this host recover at a time: leases go back after the journals have been read."""
    if problem := host_problem():
        raise JournalUnavailable(problem)
    with (_folder() / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _recover(path: Path, now: datetime) -> None:
    """Read one journal and remove it; one that cannot be read is set aside, and the database alone counts."""
    try:
        with open_abandoned(path) as abandoned:
            if abandoned is not None:
                _put_on_record(abandoned, now)
                path.unlink()
    except (ValueError, LookupError, DataError, IntegrityError):
        logger.exception("The journal %s cannot be read and is set aside", path.name)
        path.rename(path.with_suffix(".unreadable"))
    except OSError:
        logger.exception("The journal %s cannot be read by this process and is left alone", path.name)


def _put_on_record(abandoned: AbandonedJournal, now: datetime) -> None:
    run = Run.objects.select_related("endpoint", "submission").filter(pk=abandoned.run_id).first()
    if run is None:
        return
    protocol, can = protocol_named(run.endpoint.protocol), read_capabilities(run.endpoint.capabilities)
    store = DatabaseStore(run_id=run.pk, owner=abandoned.owner, budget=_call_budget(run, now))
    for ended in chunks(abandoned.ended(protocol, can), CHUNK):
        store.exchange(sent=[], ended=_unrecorded(ended), want=0, now=now)
    sent = abandoned.sent()
    for sendings in chunks(sent.items(), CHUNK):
        rows = [lost_attempt(*which, at, now) for which, at in sendings]
        Attempt.objects.bulk_create(rows, ignore_conflicts=True)
        price_lost_attempts([request_id for (request_id, _), _ in sendings], run_id=run.pk, today=now.date())
    held = _held(run, abandoned.owner)
    never_sent = [which for which in held if which not in sent] if abandoned.whole else []
    store.give_back(claims=[Claim(*which, 0, b"") for which in never_sent], now=now)
    release_lost_requests(set(held).difference(never_sent), now, run_id=run.pk)


def _call_budget(run: Run, now: datetime) -> CallBudget:
    try:
        return call_budget_of_run(run, today=now.date())
    except PriceUnknown:
        return CallBudget()


def _unrecorded(ended: Sequence[Ended]) -> list[Ended]:
    """Return the ends that are not on record; most were recorded before the kill."""
    ids = [end.sent.claim.request_id for end in ended]
    recorded = Attempt.objects.filter(request__in=ids).exclude(Q(ended_at=None) | Q(outcome=LOST))
    known = set(recorded.values_list("request_id", "number"))
    return [end for end in ended if (end.sent.claim.request_id, end.sent.claim.attempt) not in known]


def _held(run: Run, owner: str) -> list[tuple[int, int]]:
    """Return the requests of a run that a worker still has leased, each with the number of its attempt."""
    leased = Request.objects.filter(state=RequestState.LEASED, lease_owner=owner, samplerequest__run=run)
    return list(leased.distinct().values_list("pk", "attempts"))
