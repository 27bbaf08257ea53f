"""The queue: the place of each waiting submission by turns and priorities, and when it starts and ends."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Max

from evals.models import Run, RunState, Submission, SubmissionState
from evals.queries.recorded_pace import RecordedPace, SecondsRange, recorded_pace
from evals.queries.runs import NEVER


@dataclass(frozen=True, slots=True)
class ExpectedTime:
    """A time that is expected, with its interval and the number of submissions that it is learned from."""

    low: datetime
    likely: datetime
    high: datetime
    n: int


@dataclass(frozen=True, slots=True)
class QueuePlace:
    """The place of a waiting submission, from 1, and its expected start and end where enough is recorded."""

    place: int
    start: ExpectedTime | None = None
    end: ExpectedTime | None = None


@dataclass(frozen=True, slots=True)
class WaitingSubmission:
    """A submission in the queue, with what its turn depends on."""

    pk: int
    owner_id: int
    endpoint_id: int
    priority: int
    turn_at: datetime | None
    created_at: datetime


def queue_places(*, now: datetime) -> Mapping[int, QueuePlace]:
    """Return the place of each submission that only waits for its turn. Five queries."""
    waiting = _waiting(now)
    if not waiting:
        return {}
    order = order_of_turns(waiting, last_turns=_last_turns(), busy=_busy_endpoints())
    pace, calls = recorded_pace(now=now), _expected_calls([row.pk for row in waiting])
    rows = {row.pk: row for row in waiting}
    return {pk: _place(place, rows[pk], calls.get(pk), pace, now) for place, pk in enumerate(order, start=1)}


def order_of_turns(
    waiting: Iterable[WaitingSubmission], *, last_turns: Mapping[int, datetime], busy: frozenset[int]
) -> list[int]:
    """Return waiting submissions in the order in which workers begin them.

    Priorities go first, then endpoints that nobody calls. Owners take turns: whose last turn is longest ago
    goes next, and has then had a turn. `runnable` hands out work by the same rules.
    """
    groups: dict[tuple[int, bool], dict[int, list[WaitingSubmission]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for row in waiting:
        groups[-row.priority, row.endpoint_id in busy][row.owner_id].append(row)
    taken: dict[int, int] = {}  # the turns that owners have had in this simulation
    order: list[int] = []
    for group in (groups[key] for key in sorted(groups)):
        for rows in group.values():
            rows.sort(key=lambda row: (row.turn_at or NEVER, row.created_at, row.pk), reverse=True)

        def turn(owner: int, rows: list[WaitingSubmission]) -> tuple[int, datetime, datetime, int, int]:
            first = rows[-1]
            return taken.get(owner, 0), last_turns.get(owner, NEVER), first.created_at, first.pk, owner

        heap = [turn(owner, rows) for owner, rows in group.items()]
        heapq.heapify(heap)
        while heap:
            owner = heapq.heappop(heap)[-1]
            rows = group[owner]
            order.append(rows.pop().pk)
            taken[owner] = len(order)
            if rows:
                heapq.heappush(heap, turn(owner, rows))
    return order


def _waiting(now: datetime) -> list[WaitingSubmission]:
    queued = Submission.objects.filter(
        state=SubmissionState.PENDING, paused_at=None, endpoint__enabled=True
    ).exclude(capped_until__gt=now)
    columns = ("pk", "owner_id", "endpoint_id", "priority", "turn_at", "created_at")
    return [WaitingSubmission(*row) for row in queued.values_list(*columns)]


def _last_turns() -> dict[int, datetime]:
    """Return the last turn of each owner with open submissions."""
    states = [SubmissionState.PENDING, SubmissionState.RUNNING]
    rows = Submission.objects.filter(state__in=states, turn_at__isnull=False).order_by()
    return dict(rows.values_list("owner_id").annotate(last=Max("turn_at")))


def _busy_endpoints() -> frozenset[int]:
    running = Submission.objects.filter(state=SubmissionState.RUNNING, paused_at=None).order_by()
    return frozenset(running.values_list("endpoint_id", flat=True))


def _expected_calls(ids: list[int]) -> dict[int, int]:
    """Return the calls of each submission, as earlier runs of its tasks needed; unknown ones are left out."""
    tasks: dict[int, list[int]] = defaultdict(list)
    for submission_id, task_id in Run.objects.filter(submission__in=ids).values_list(
        "submission_id", "task_id"
    ):
        tasks[submission_id].append(task_id)
    every = {task for group in tasks.values() for task in group}
    planned = Run.objects.filter(task__in=every, state=RunState.FINISHED, n_requests__isnull=False).order_by()
    most = dict(planned.values_list("task_id").annotate(most=Max("n_requests")))
    return {
        pk: sum(most[task] for task in group)
        for pk, group in tasks.items()
        if all(task in most for task in group)
    }


def _place(
    place: int, row: WaitingSubmission, calls: int | None, pace: RecordedPace, now: datetime
) -> QueuePlace:
    wait = pace.wait(waited_s=(now - row.created_at).total_seconds())
    per_call = pace.seconds_per_call(row.endpoint_id)
    run = per_call.times(calls) if per_call and calls is not None else None
    return QueuePlace(
        place,
        start=_expected(now, wait) if wait else None,
        end=_expected(now, wait.plus(run)) if wait and run else None,
    )


def _expected(now: datetime, seconds: SecondsRange) -> ExpectedTime:
    low, likely, high = (now + timedelta(seconds=s) for s in (seconds.low, seconds.likely, seconds.high))
    return ExpectedTime(low, likely, high, seconds.n)
