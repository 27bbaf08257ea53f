"""The status of a submission: its current activity, and until when it lasts."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.db.models import Count, Min, Q

from evals.engine.limit_status import LimitSeen, limits_seen
from evals.engine.outcomes import Kind
from evals.models import Attempt, Endpoint, RequestState, RunState, SampleRequest, Submission, SubmissionState
from evals.models.submissions import OPEN_STATES
from evals.queries.progress import Progress
from evals.queries.queue import ExpectedTime, QueuePlace

LIMITING = (Kind.RATE_LIMITED, Kind.OVERLOADED)


class SubmissionActivity(StrEnum):
    """The current activity of a submission."""

    IN_REVIEW = "in_review"
    QUEUED = "queued"
    PAUSED = "paused"
    HELD = "held"
    CAPPED = "capped"
    SWITCHED_OFF = "switched_off"
    NO_REDIS = "no_redis"
    PROVIDER_DOWN = "provider_down"
    PROVIDER_ASKS = "provider_asks"
    PLANNING = "planning"
    CALLING = "calling"
    SLOWED = "slowed"
    RETRYING = "retrying"
    LIMITED = "limited"
    NO_WORKER = "no_worker"
    SCORING = "scoring"
    FINISHED = "finished"
    FAILED = "failed"
    CANCELLED = "cancelled"
    REJECTED = "rejected"


ENDED = {
    SubmissionState.FINISHED: SubmissionActivity.FINISHED,
    SubmissionState.FAILED: SubmissionActivity.FAILED,
    SubmissionState.CANCELLED: SubmissionActivity.CANCELLED,
    SubmissionState.REJECTED: SubmissionActivity.REJECTED,
}


@dataclass(frozen=True, slots=True)
class SubmissionStatus:
    """The activity with the values of its message: provider, time, queue position, rate.

    `reason` is the recorded cause of a pause by the service itself.
    """

    activity: SubmissionActivity
    provider: str = ""
    at: datetime | None = None
    place: int | None = None
    start: ExpectedTime | None = None
    end: ExpectedTime | None = None
    in_flight: int = 0
    calls_per_s: float | None = None
    http_status: int | None = None
    reason: str = ""


def submission_statuses(
    *,
    submissions: Collection[Submission],
    progress: Mapping[int, Progress],
    places: Mapping[int, QueuePlace],
    now: datetime,
) -> Mapping[int, SubmissionStatus]:
    """Return the status of each submission; facts that they share are read once."""
    endpoints = {
        submission.endpoint_id: submission.endpoint
        for submission in submissions
        if submission.state in OPEN_STATES
    }
    seen = limits_seen(settings.REDIS_URL, sorted(endpoints)) if endpoints else {}
    limits = {pk: LimitSeen() if seen is None else seen[pk] for pk in endpoints}
    around = _Around(
        now=now,
        has_redis=seen is not None,
        limits=limits,
        held_back={pk: _held_back(submission, limits[pk], now) for pk, submission in endpoints.items()},
        idle=_idle([submission for submission in submissions if _is_idle(progress[submission.pk])], now),
    )
    return {
        submission.pk: _situation(submission, progress[submission.pk], places.get(submission.pk), around)
        for submission in submissions
    }


@dataclass(frozen=True, slots=True)
class _Around:
    """The facts that statuses share: observed limits, open circuits and idle submissions."""

    now: datetime
    has_redis: bool
    limits: Mapping[int, LimitSeen]
    held_back: Mapping[int, SubmissionStatus | None]
    idle: Mapping[int, SubmissionStatus]


def _situation(
    submission: Submission, progress: Progress, place: QueuePlace | None, around: _Around
) -> SubmissionStatus:
    in_flight = progress.counted.samples_in_flight
    provider = submission.endpoint.provider
    if submission.state not in OPEN_STATES:
        activity = ENDED[SubmissionState(submission.state)]
        return SubmissionStatus(activity, provider, submission.finished_at, in_flight=in_flight)
    if submission.state == SubmissionState.PENDING_REVIEW:
        return SubmissionStatus(SubmissionActivity.IN_REVIEW, at=submission.created_at)
    if submission.paused_at is not None:
        activity, reason = (
            (SubmissionActivity.HELD if submission.held_reason else SubmissionActivity.PAUSED),
            submission.held_reason,
        )
        return SubmissionStatus(activity, provider, submission.paused_at, in_flight=in_flight, reason=reason)
    if not submission.endpoint.enabled:
        return SubmissionStatus(SubmissionActivity.SWITCHED_OFF, provider, in_flight=in_flight)
    if submission.capped_until is not None and submission.capped_until > around.now:
        return SubmissionStatus(SubmissionActivity.CAPPED, provider, submission.capped_until)
    if held := around.held_back[submission.endpoint_id]:
        return held
    if not around.has_redis and _has(progress, RunState.CALLING):
        return SubmissionStatus(SubmissionActivity.NO_REDIS)
    if submission.state == SubmissionState.PENDING:
        return _queued(place)
    if _is_idle(progress):
        return around.idle[submission.pk]
    return _running(progress, provider, around.limits[submission.endpoint_id])


def _queued(place: QueuePlace | None) -> SubmissionStatus:
    if place is None:
        return SubmissionStatus(SubmissionActivity.QUEUED)
    return SubmissionStatus(SubmissionActivity.QUEUED, place=place.place, start=place.start, end=place.end)


def _held_back(endpoint: Endpoint, limit: LimitSeen, now: datetime) -> SubmissionStatus | None:
    """Return the status while an endpoint's circuit is open or its provider asked to wait, or None."""
    paused_until = now + timedelta(seconds=limit.pause_s)
    until = max(endpoint.resting_until or now, paused_until)
    if until <= now:
        return None
    activity = (
        SubmissionActivity.PROVIDER_DOWN
        if endpoint.rests and endpoint.resting_until == until
        else SubmissionActivity.PROVIDER_ASKS
    )
    faults = Attempt.objects.filter(request__endpoint=endpoint, ended_at__isnull=False)
    if activity is SubmissionActivity.PROVIDER_ASKS:
        faults = faults.filter(outcome__in=LIMITING)
    status = faults.exclude(http_status=None).order_by("-pk").values_list("http_status", flat=True).first()
    return SubmissionStatus(activity, endpoint.provider, until, http_status=status)


def _running(progress: Progress, provider: str, limit: LimitSeen) -> SubmissionStatus:
    if in_flight := progress.counted.samples_in_flight:
        activity = SubmissionActivity.SLOWED if limit.calls_per_s else SubmissionActivity.CALLING
        return SubmissionStatus(activity, provider, in_flight=in_flight, calls_per_s=limit.calls_per_s)
    return SubmissionStatus(
        SubmissionActivity.PLANNING if _has(progress, RunState.QUEUED) else SubmissionActivity.SCORING
    )


def _is_idle(progress: Progress) -> bool:
    """Tell whether a submission in the calling step has no request in flight."""
    return not progress.counted.samples_in_flight and _has(progress, RunState.CALLING)


def _idle(submissions: Collection[Submission], now: datetime) -> dict[int, SubmissionStatus]:
    """Return the status of each idle submission, in one query."""
    waiting = Q(request__state=RequestState.PENDING)
    may_go = Q(request__not_before=None) | Q(request__not_before__lte=now)
    whose = "run__submission_id"
    parts = SampleRequest.objects.filter(run__submission__in=submissions).order_by().values(whose)
    rows = parts.annotate(
        leased=Count("pk", filter=Q(request__state=RequestState.LEASED)),
        due=Count("pk", filter=waiting & may_go),
        at=Min("request__not_before", filter=waiting),
    )
    counts = {row[whose]: row for row in rows}
    return {
        submission.pk: _standing_still(counts.get(submission.pk, {}), submission.endpoint.provider)
        for submission in submissions
    }


def _standing_still(counts: Mapping[str, Any], provider: str) -> SubmissionStatus:
    if counts.get("leased"):
        return SubmissionStatus(SubmissionActivity.LIMITED, provider)
    if counts.get("at") is not None and not counts["due"]:
        return SubmissionStatus(SubmissionActivity.RETRYING, provider, counts["at"])
    return SubmissionStatus(SubmissionActivity.NO_WORKER)


def _has(progress: Progress, state: RunState) -> bool:
    return any(run.state == state for run in progress.runs)
