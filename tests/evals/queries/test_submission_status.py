"""Whatever a submission does or waits for is told, with until when, and by whom."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import redis
from pytest_django import Settings

from evals.engine.shared_limits import key_of
from evals.models import Attempt, Endpoint, Request, Run, Submission
from evals.queries import SubmissionActivity, SubmissionStatus, progress, queue_places, submission_statuses
from tests.support.record import NOW, add_samples, make_submission

pytestmark = pytest.mark.django_db


def status_of(submission: Submission) -> SubmissionStatus:
    row = Submission.objects.select_related("endpoint").get(pk=submission.pk)
    counted = progress(submission_ids=[row.pk], now=NOW)
    return submission_statuses(submissions=[row], progress=counted, places=queue_places(now=NOW), now=NOW)[
        row.pk
    ]


def running(*states: str, run: str = "calling") -> Submission:
    submission = make_submission()
    add_samples(submission.runs.get(), states)
    Run.objects.update(state=run)
    Submission.objects.update(state="RUNNING", started_at=NOW)
    return submission


def change(submission: Submission, **fields: Any) -> Submission:
    Submission.objects.filter(pk=submission.pk).update(**fields)
    return submission


@pytest.mark.usefixtures("shared_limits")
def test_each_step_of_a_submission_has_its_word() -> None:
    submission = make_submission()
    assert (status_of(submission).activity, status_of(submission).place) == (SubmissionActivity.QUEUED, 1)
    assert status_of(change(submission, state="PENDING_REVIEW")).activity is SubmissionActivity.IN_REVIEW
    assert (
        status_of(change(submission, state="RUNNING", started_at=NOW)).activity is SubmissionActivity.PLANNING
    )
    add_samples(submission.runs.get(), ["answered", "pending"])
    Run.objects.update(state="calling")
    assert status_of(submission).activity is SubmissionActivity.NO_WORKER
    request = Request.objects.get(state="pending")
    Request.objects.filter(pk=request.pk).update(state="leased", lease_until=NOW + timedelta(minutes=1))
    assert status_of(submission).activity is SubmissionActivity.LIMITED, "what is leased was not sent yet"
    Attempt.objects.create(request=request, number=1, sent_at=NOW)
    assert (status_of(submission).activity, status_of(submission).in_flight) == (
        SubmissionActivity.CALLING,
        1,
    )
    Request.objects.update(state="answered")
    Run.objects.update(state="scoring")
    assert status_of(submission).activity is SubmissionActivity.SCORING
    for state in ("FINISHED", "FAILED", "CANCELLED", "REJECTED"):
        ended = status_of(change(submission, state=state, failure_code="timeout", finished_at=NOW))
        assert (ended.activity.value, ended.at) == (state.lower(), NOW)


@pytest.mark.usefixtures("shared_limits")
def test_what_stops_it_from_outside_is_told_before_what_it_would_do() -> None:
    submission = running("leased", "pending")
    paused = status_of(change(submission, paused_at=NOW))
    assert (paused.activity, paused.at, paused.in_flight) == (SubmissionActivity.PAUSED, NOW, 1)
    held = status_of(change(submission, held_reason="The canaries fail: a, b."))
    assert (held.activity, held.at, held.reason) == (SubmissionActivity.HELD, NOW, "The canaries fail: a, b.")
    change(submission, paused_at=None, held_reason="")
    Endpoint.objects.update(enabled=False)
    assert status_of(submission).activity is SubmissionActivity.SWITCHED_OFF


def test_a_provider_that_is_down_is_named_with_its_last_status_and_when_it_is_tried(
    shared_limits: str,
) -> None:
    submission = running("pending")
    until = NOW + timedelta(seconds=40)
    Attempt.objects.create(
        request=Request.objects.get(), number=1, sent_at=NOW, ended_at=NOW, outcome="server_error",
        http_status=500,
    )  # fmt: skip
    Endpoint.objects.update(resting_until=until, rests=2)
    assert status_of(submission) == SubmissionStatus(
        SubmissionActivity.PROVIDER_DOWN, "deepseek", until, http_status=500
    )
    Endpoint.objects.update(resting_until=until, rests=0)
    Attempt.objects.update(outcome="rate_limited", http_status=429)
    assert status_of(submission) == SubmissionStatus(
        SubmissionActivity.PROVIDER_ASKS, "deepseek", until, http_status=429
    )
    Endpoint.objects.update(resting_until=NOW - timedelta(seconds=1))
    assert status_of(submission).activity is SubmissionActivity.NO_WORKER


def test_a_pause_and_a_rate_that_only_redis_knows_are_told(shared_limits: str) -> None:
    submission = running("leased", "pending")
    prefix = key_of(f"endpoint:{submission.endpoint_id}")
    with redis.Redis.from_url(shared_limits) as client:
        client.hset(f"{prefix}:aimd", "rate", "12.5")
        slowed = status_of(submission)
        client.set(f"{prefix}:pause", 1, px=7000)
        asks = status_of(submission)
    assert (slowed.activity, slowed.calls_per_s) == (SubmissionActivity.SLOWED, 12.5)
    assert asks.activity is SubmissionActivity.PROVIDER_ASKS
    assert asks.at is not None
    assert 5 < (asks.at - NOW).total_seconds() <= 7


@pytest.mark.usefixtures("shared_limits")
def test_what_failed_and_is_tried_again_is_told_with_when() -> None:
    submission = running("pending", "answered")
    at = NOW + timedelta(seconds=9)
    Request.objects.filter(state="pending").update(not_before=at)
    assert status_of(submission) == SubmissionStatus(SubmissionActivity.RETRYING, "deepseek", at)


def test_without_redis_a_run_that_calls_waits_for_it(settings: Settings) -> None:
    settings.REDIS_URL = "unix:///nowhere/redis"
    assert status_of(running("pending")).activity is SubmissionActivity.NO_REDIS
