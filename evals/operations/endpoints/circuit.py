"""The circuit of an endpoint: a provider that is down rests, is tried with one call, and comes back with all.

It is on record, so that it holds for every worker, and a reader sees until when a run waits, and why.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db.models import F

from evals.engine.requests import CallSummary, Stopped
from evals.models import Endpoint

FIRST_REST_S, LAST_REST_S = 5.0, 300.0


def call_through_circuit(
    endpoint: Endpoint, calls: Callable[[bool], CallSummary], clock: Callable[[], datetime]
) -> CallSummary:
    """Call unless the endpoint rests; after a rest with one call first, and with all if it was answered."""
    if endpoint.resting_until is not None and endpoint.resting_until > clock():
        return CallSummary(sent=0, answered=0, retried=0, unanswered=1, stopped=Stopped.DOWN)
    if endpoint.rests:
        summary = calls(True)
        if summary.stopped is Stopped.PROBED and not summary.answered:
            open_circuit(endpoint, clock())
        if summary.stopped is not Stopped.PROBED or not summary.answered:
            return summary
        _recovered(endpoint)
    summary = calls(False)
    if summary.stopped is Stopped.DOWN:
        open_circuit(endpoint, clock())
    elif summary.rest_s:
        until = clock() + timedelta(seconds=summary.rest_s)
        Endpoint.objects.filter(pk=endpoint.pk).update(resting_until=until)
    return summary


def open_circuit(endpoint: Endpoint, now: datetime) -> None:
    """Leave a provider that is down alone, twice as long each time."""
    seconds = min(LAST_REST_S, FIRST_REST_S * 2.0 ** min(endpoint.rests, 10))
    Endpoint.objects.filter(pk=endpoint.pk, rests=endpoint.rests).update(
        resting_until=now + timedelta(seconds=seconds), rests=F("rests") + 1
    )


def _recovered(endpoint: Endpoint) -> None:
    Endpoint.objects.filter(pk=endpoint.pk).update(resting_until=None, rests=0)
    endpoint.resting_until, endpoint.rests = None, 0
