"""Canaries in a run: an endpoint that no longer says what it said when it was probed is called no further."""

from __future__ import annotations

import time
from datetime import datetime

from evals.engine.canaries import differences, sing
from evals.engine.requests import EndpointSpec
from evals.models import Run, Submission
from evals.models.submissions import OPEN_STATES

EVERY_S = 60.0  # how often a worker lets them sing while it calls for a run
_sung: dict[int, float] = {}  # when this process last heard the canaries of a run


def hold_if_broken(run: Run, spec: EndpointSpec, *, now: datetime, always: bool = False) -> bool:
    """Let the canaries of a run's endpoint sing; hold its submission, with the reason, where they fail."""
    if not run.endpoint.canaries or not (always or _is_time(run.pk)):
        return False
    problems = differences(run.endpoint.canaries, sing(spec))
    _sung[run.pk] = time.monotonic()
    if problems:
        reason = f"The canaries of endpoint {run.endpoint.slug} fail: {'; '.join(problems)}."
        held = Submission.objects.filter(pk=run.submission_id, state__in=OPEN_STATES, paused_at=None)
        held.update(paused_at=now, held_reason=reason)
        _sung.pop(run.pk)
    return bool(problems)


def _is_time(run_id: int) -> bool:
    return run_id not in _sung or time.monotonic() - _sung[run_id] > EVERY_S
