"""Run an endpoint's canaries during a run, and hold the submission if the replies have changed."""

from __future__ import annotations

import time

from evals.engine.canaries import CanaryResults, body_of, canaries, differences, evaluate_canaries
from evals.engine.limits import Limits
from evals.engine.requests import EndpointSpec
from evals.models import Endpoint, Run
from evals.operations.clock import Clock
from evals.operations.endpoints.auxiliary_calls import make_auxiliary_calls
from evals.operations.runs.holds import hold_submission

EVERY_S = 60.0  # how often a worker runs them while it calls for a run
_last_run: dict[int, float] = {}  # when this process last ran the canaries of a run


def run_canaries(
    *,
    endpoint: Endpoint,
    spec: EndpointSpec,
    limits: Limits,
    owner: str,
    clock: Clock,
    run: Run | None = None,
) -> CanaryResults:
    """Send an endpoint all its canaries as ordinary calls; the run's submission pays for them."""
    questions = canaries(spec)
    bodies = [body_of(canary, spec) for canary in questions]
    replies = make_auxiliary_calls(
        endpoint=endpoint, spec=spec, bodies=bodies, limits=limits, owner=owner, clock=clock, run=run
    )
    return evaluate_canaries(spec, list(zip(questions, replies, strict=True)))


def are_canaries_due(run: Run) -> bool:
    """Tell whether the canaries of a run's endpoint are due in this process."""
    last = _last_run.get(run.pk)
    return bool(run.endpoint.canaries) and (last is None or time.monotonic() - last > EVERY_S)


def hold_if_canaries_fail(run: Run, spec: EndpointSpec, *, limits: Limits, owner: str, clock: Clock) -> bool:
    """Run the canaries of a run's endpoint, and hold its submission with the reason if they fail."""
    if not run.endpoint.canaries:
        return False
    canary_results = run_canaries(
        endpoint=run.endpoint, spec=spec, limits=limits, owner=owner, clock=clock, run=run
    )
    problems = differences(run.endpoint.canaries, canary_results)
    _last_run[run.pk] = time.monotonic()
    if problems:
        reason = f"The canaries of endpoint {run.endpoint.slug} fail: {'; '.join(problems)}."
        hold_submission(submission_id=run.submission_id, reason=reason, now=clock())
        _last_run.pop(run.pk)
    return bool(problems)
