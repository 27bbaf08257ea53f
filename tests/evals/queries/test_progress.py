"""How far submissions have come, whatever their number, in three queries."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from evals import queries
from evals.models import Attempt, Run, RunState, Submission, SubmissionState
from tests.support.record import (
    NOW,
    add_samples,
    make_endpoint,
    make_submission,
    make_suite,
    make_task,
    make_user,
)

pytestmark = pytest.mark.django_db


def progress_of(submission: Submission) -> queries.Progress:
    return queries.progress(submission_ids=[submission.pk], now=NOW)[submission.pk]


def begun(*states: str, seconds: int = 20, parts: int = 1) -> Submission:
    submission = make_submission()
    run = submission.runs.get()
    add_samples(run, states, parts=parts)
    Run.objects.filter(pk=run.pk).update(state=RunState.CALLING, n_samples=len(states))
    Submission.objects.filter(pk=submission.pk).update(
        state=SubmissionState.RUNNING, started_at=NOW - timedelta(seconds=seconds)
    )
    return submission


def test_a_submission_that_waits_has_no_total_yet() -> None:
    progress = progress_of(make_submission())
    assert (progress.counted.samples_total, progress.counted.samples_done, progress.pace.eta_s) == (
        None,
        0,
        None,
    )
    assert [(run.task, run.state) for run in progress.runs] == [("mini_sums", "queued")]


def test_samples_tokens_rate_and_time_left_are_counted() -> None:
    progress = progress_of(begun("answered", "answered", "answered", "answered", "leased", "pending"))
    assert (
        progress.counted.samples_total,
        progress.counted.samples_done,
        progress.counted.samples_in_flight,
    ) == (6, 4, 1)
    assert (progress.counted.input_tokens, progress.counted.output_tokens) == (40, 8)
    # Four answers in the 20 seconds since the start: 0.2 a second, so the last two take 10 seconds.
    assert progress.pace.responses_per_s == pytest.approx(0.2)
    assert progress.pace.eta_s == pytest.approx(10.0)


def test_a_sample_is_done_when_each_of_its_requests_is_answered() -> None:
    submission = begun("answered", "pending", parts=4)
    pending = submission.runs.get().samples.get(doc_id=1).requests.first()
    assert pending is not None
    pending.state = "answered"
    pending.save()
    progress = progress_of(submission)
    assert (
        progress.counted.samples_total,
        progress.counted.samples_done,
        progress.runs[0].counted.requests_open,
    ) == (2, 1, 3)


def test_what_is_leased_and_waits_for_a_limit_is_not_in_flight() -> None:
    submission = begun("leased", "leased")
    Attempt.objects.order_by("pk")[0].delete()
    assert progress_of(submission).counted.samples_in_flight == 1


def test_a_refused_request_is_not_done() -> None:
    assert progress_of(begun("answered", "refused")).counted.samples_done == 1


def test_answers_from_before_the_last_minute_make_no_rate() -> None:
    submission = make_submission()
    add_samples(submission.runs.get(), ["answered", "pending"], answered_at=NOW - timedelta(minutes=2))
    progress = progress_of(submission)
    assert (progress.pace.responses_per_s, progress.pace.eta_s) == (0.0, None)


def test_progress_of_many_submissions_takes_three_queries(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    make_suite("mini", make_task(), make_task("dates"))
    endpoint = make_endpoint()
    submissions = [make_submission(endpoint=endpoint) for _ in range(30)]
    for run in Run.objects.all():
        add_samples(run, ["answered", "leased"])
    with django_assert_num_queries(3):
        progress = queries.progress(submission_ids=[submission.pk for submission in submissions], now=NOW)
    assert len(progress) == 30
    assert {
        (row.counted.samples_total, row.counted.samples_done, len(row.runs)) for row in progress.values()
    } == {(None, 2, 2)}


def test_the_queue_is_told_first_come_first_named() -> None:
    first, second, third = (make_submission(submitter=make_user(name)) for name in ("ann", "bob", "eve"))
    Submission.objects.filter(pk=first.pk).update(state=SubmissionState.RUNNING)
    assert {pk: row.place for pk, row in queries.queue_places(now=NOW).items()} == {second.pk: 1, third.pk: 2}
