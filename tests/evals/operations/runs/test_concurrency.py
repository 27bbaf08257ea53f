"""What several do at the same moment ends as if one had done it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier
from typing import TypeVar

import pytest
from django.db import connection

from evals.models import Run, Submission, SubmissionState
from evals.operations.submissions.lifecycle import TransitionRefused, cancel, start, submit
from tests.support.record import (
    NOW,
    make_endpoint,
    make_submission,
    make_suite,
    make_task,
    make_user,
    operator,
)

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE = 6
Answer = TypeVar("Answer")


def at_once(do: Callable[[], Answer]) -> list[Answer]:
    """Do the same in several threads, each with a connection of its own, from one starting line."""
    line = Barrier(AT_ONCE)

    def run() -> Answer:
        try:
            line.wait()
            return do()
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return [future.result() for future in [pool.submit(run) for _ in range(AT_ONCE)]]


def test_one_key_makes_one_submission_with_its_runs_once() -> None:
    make_endpoint()
    make_suite("mini", make_task(), make_task("dates"))
    user = make_user()

    def ask() -> int:
        submission = submit(
            submitter=user, endpoint="deepseek-api", suite="mini", idempotency_key="k1", now=NOW
        )
        return submission.pk

    assert len(set(at_once(ask))) == 1
    assert (Submission.objects.count(), Run.objects.count()) == (1, 2)


def test_one_of_many_starts_is_the_first() -> None:
    pk = make_submission().pk
    assert sorted(at_once(lambda: start(submission_id=pk, now=NOW))) == [False] * (AT_ONCE - 1) + [True]


def test_of_a_start_and_a_cancel_no_half_of_either_remains() -> None:
    submission = make_submission()

    def either() -> None:
        with suppress(TransitionRefused):
            start(submission_id=submission.pk, now=NOW)
        cancel(submission_id=submission.pk, by=operator(), now=NOW)

    at_once(either)
    submission.refresh_from_db()
    assert submission.state == SubmissionState.CANCELLED
    assert set(submission.runs.values_list("state", flat=True)) == {"cancelled"}
