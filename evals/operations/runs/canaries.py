"""Canaries in a run: an endpoint that no longer says what it said when it was probed is called no further."""

from __future__ import annotations

import time

from evals.engine.canaries import Singing, body_of, canaries, differences, hear
from evals.engine.limits import Limits
from evals.engine.requests import EndpointSpec
from evals.models import Endpoint, Run, Submission
from evals.models.submissions import OPEN_STATES
from evals.operations.endpoints.auxiliary_calls import Clock, make_auxiliary_calls

EVERY_S = 60.0  # how often a worker lets them sing while it calls for a run
_sung: dict[int, float] = {}  # when this process last heard the canaries of a run


def run_canaries(
    *,
    endpoint: Endpoint,
    spec: EndpointSpec,
    limits: Limits,
    owner: str,
    clock: Clock,
    run: Run | None = None,
) -> Singing:
    """Ask an endpoint all its canaries, as calls like all others; a run's are paid by its submission."""
    questions = canaries(spec)
    bodies = [body_of(canary, spec) for canary in questions]
    replies = make_auxiliary_calls(
        endpoint=endpoint, spec=spec, bodies=bodies, limits=limits, owner=owner, clock=clock, run=run
    )
    return hear(spec, list(zip(questions, replies, strict=True)))


def are_canaries_due(run: Run) -> bool:
    """Whether a run's endpoint has canaries that this process has not heard for a while."""
    last = _sung.get(run.pk)
    return bool(run.endpoint.canaries) and (last is None or time.monotonic() - last > EVERY_S)


def hold_if_canaries_fail(run: Run, spec: EndpointSpec, *, limits: Limits, owner: str, clock: Clock) -> bool:
    """Let the canaries of a run's endpoint sing; hold its submission, with the reason, where they fail."""
    if not run.endpoint.canaries:
        return False
    heard = run_canaries(endpoint=run.endpoint, spec=spec, limits=limits, owner=owner, clock=clock, run=run)
    problems = differences(run.endpoint.canaries, heard)
    _sung[run.pk] = time.monotonic()
    if problems:
        reason = f"The canaries of endpoint {run.endpoint.slug} fail: {'; '.join(problems)}."
        held = Submission.objects.filter(pk=run.submission_id, state__in=OPEN_STATES, paused_at=None)
        held.update(paused_at=clock(), held_reason=reason)
        _sung.pop(run.pk)
    return bool(problems)
