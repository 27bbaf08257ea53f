"""The place in the queue follows turns and priorities, and expected times are learned from the record."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from evals import queries
from evals.models import Submission
from evals.queries.queue import WaitingSubmission, order_of_turns
from evals.queries.recorded_pace import recorded_pace, spread
from evals.queries.reliability import reliability
from tests.support.record import NOW, add_samples, make_endpoint, make_submission, make_user

MINUTE = timedelta(minutes=1)


def waiting(pk: int, owner: int, **fields: Any) -> WaitingSubmission:
    values = {"endpoint_id": pk, "priority": 0, "turn_at": None, "created_at": NOW + pk * MINUTE} | fields
    return WaitingSubmission(pk=pk, owner_id=owner, **values)


def test_owners_take_turns_and_a_priority_goes_first() -> None:
    rows = [waiting(1, 1), waiting(2, 1), waiting(3, 1), waiting(4, 2), waiting(5, 3, priority=5)]
    order = order_of_turns(rows, last_turns={}, busy=frozenset())
    assert order == [5, 1, 4, 2, 3]


def test_an_owner_whose_turn_was_lately_waits_and_a_busy_endpoint_comes_last() -> None:
    rows = [waiting(1, 1), waiting(2, 2), waiting(3, 3, endpoint_id=9)]
    order = order_of_turns(rows, last_turns={1: NOW}, busy=frozenset({9}))
    assert order == [2, 1, 3]


@pytest.mark.django_db
def test_the_places_are_the_order_in_which_workers_begin() -> None:
    ann, bob = make_user("ann"), make_user("bob")
    endpoints = [make_endpoint(f"e{number}") for number in range(4)]
    for number, (endpoint, user) in enumerate(zip(endpoints, (ann, ann, ann, bob), strict=True)):
        make_submission(endpoint=endpoint, submitter=user, now=NOW + number * MINUTE)
    Submission.objects.filter(endpoint=endpoints[2]).update(priority=1)
    begun = []
    while runnable := queries.runnable(now=NOW):
        first = runnable[0].submission_id
        begun.append(first)
        Submission.objects.filter(pk=first).update(turn_at=NOW + len(begun) * MINUTE)
        run = Submission.objects.get(pk=first).runs.get()
        add_samples(run, ["leased"])  # a worker calls for it
        type(run).objects.filter(pk=run.pk).update(state="calling")
    Submission.objects.update(turn_at=None)
    places = queries.queue_places(now=NOW)
    assert sorted(places, key=lambda pk: places[pk].place) == begun


@pytest.mark.django_db
def test_what_is_paused_or_capped_has_no_place() -> None:
    submission = make_submission()
    assert queries.queue_places(now=NOW)[submission.pk].place == 1
    Submission.objects.update(capped_until=NOW + MINUTE)
    assert not queries.queue_places(now=NOW)
    assert queries.queue_places(now=NOW + MINUTE)


@pytest.mark.django_db
def test_start_and_end_are_expected_once_enough_is_recorded(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(5):
        make_submission(endpoint=make_endpoint(f"done{number}"), state="FINISHED")
    for number in range(3):
        make_submission(endpoint=make_endpoint(f"e{number}"), submitter=make_user(f"u{number}"))
    with django_assert_num_queries(6):
        places = queries.queue_places(now=NOW)
    first = places[min(places)]
    assert first.start is not None
    assert first.end is not None
    assert first.start.likely == NOW + MINUTE, "each waited a minute"
    assert first.end.likely == NOW + 9 * MINUTE, "eight calls took eight minutes"
    assert first.start.n == 5
    later = queries.queue_places(now=NOW + 2 * MINUTE)
    assert later[min(later)].start is None, "none has waited so long"


@pytest.mark.django_db
def test_with_too_little_on_record_nothing_is_expected() -> None:
    make_submission(state="FINISHED")
    make_submission(endpoint=make_endpoint("other"))
    (place,) = queries.queue_places(now=NOW).values()
    assert (place.start, place.end) == (None, None)
    assert recorded_pace(now=NOW).wait() is None
    assert spread([1.0, 2.0, 3.0, 4.0, 90.0]).likely == 3.0  # type: ignore[union-attr]


@pytest.mark.django_db
def test_reliability_counts_what_ended_waited_and_was_lost() -> None:
    day = timedelta(days=1)
    for row in reliability(now=NOW):
        assert (row.share_finished, row.wait_median_s, row.n_lost) == (None, None, 0)
    make_submission(endpoint=make_endpoint("a"), state="FINISHED", now=NOW)
    make_submission(endpoint=make_endpoint("b"), state="FINISHED", now=NOW - 10 * day)
    make_submission(endpoint=make_endpoint("c"), state="FAILED", now=NOW)
    make_submission(endpoint=make_endpoint("d"), now=NOW - 2 * day)
    paused = make_submission(endpoint=make_endpoint("e"), now=NOW - 2 * day)
    Submission.objects.filter(pk=paused.pk).update(paused_at=NOW)
    week, month, year = reliability(now=NOW)
    assert (week.days, week.n_finished, week.n_ended, week.share_finished) == (7, 1, 2, 0.5)
    assert (month.n_finished, month.n_ended) == (2, 3)
    assert (week.n_waited, week.wait_median_s, week.wait_p90_s) == (2, 60, 60)
    assert (week.n_lost, week.n_submissions, year.n_submissions) == (1, 4, 5)
