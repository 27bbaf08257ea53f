"""Reads of runs: those with work for a worker, and their samples with answers."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.models import Count, Prefetch, Q, QuerySet

from evals.engine.outcomes import ANSWERS
from evals.models import RequestState, Run, RunState, Sample, SampleRequest, SubmissionState
from evals.models.runs import OPEN_RUN_STATES

ANSWER_OUTCOMES = frozenset(outcome.value for outcome in ANSWERS)
NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Runnable:
    """A run with work for a worker, and its next step."""

    run_id: int
    state: str
    submission_id: int
    endpoint_id: int
    owner_id: int
    priority: int = 0
    turn_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class OpenRequests:
    """The numbers of a run's requests that are available and leased."""

    due: int = 0
    held: int = 0


def runnable(*, now: datetime, limit: int = 200) -> list[Runnable]:
    """Return the runs with available work, those without a worker first.

    A higher priority goes first. Owners take turns, and so do the submissions of each: the longest wait
    since the last turn goes first, so that a large submission does not block a small one.
    """
    open_runs = Run.objects.filter(
        state__in=OPEN_RUN_STATES,
        submission__state__in=[SubmissionState.PENDING, SubmissionState.RUNNING],
        submission__paused_at=None,
        endpoint__enabled=True,
    )
    payable = Q(submission__capped_until=None) | Q(submission__capped_until__lte=now)
    rested = Q(endpoint__resting_until=None) | Q(endpoint__resting_until__lte=now)
    free = Q(state=RunState.CALLING) | Q(lease_until__isnull=True) | Q(lease_until__lte=now)
    rows = open_runs.filter(payable, rested, free).order_by("submission__created_at", "id")
    whose = ("submission_id", "endpoint_id", "submission__owner_id", "submission__priority")
    candidates = [Runnable(*row) for row in rows.values_list("id", "state", *whose, "submission__turn_at")]
    requests = _open_requests([row.run_id for row in candidates], now)
    worked_on = {row.endpoint_id for row in candidates if requests.get(row.run_id, OpenRequests()).held}
    can_be_taken = [
        row
        for row in candidates
        if row.state != RunState.CALLING or row.run_id not in requests or requests[row.run_id].due
    ]
    in_turn = _in_turn(_in_turn(can_be_taken, "submission_id"), "owner_id")
    last = _last_turns(candidates)

    def place(row: Runnable) -> tuple[int, bool, datetime, datetime]:
        turn_at = row.turn_at or NEVER
        return -row.priority, row.endpoint_id in worked_on, last[row.owner_id], turn_at

    return sorted(in_turn, key=place)[:limit]


def _last_turns(runs: list[Runnable]) -> dict[int, datetime]:
    """Return the time of each owner's last turn."""
    last: dict[int, datetime] = {}
    for row in runs:
        last[row.owner_id] = max(last.get(row.owner_id, NEVER), row.turn_at or NEVER)
    return last


def _open_requests(run_ids: list[int], now: datetime) -> dict[int, OpenRequests]:
    """Count the open requests of each run that has any, in one pass over the runs' requests."""
    can_go = Q(request__not_before__isnull=True) | Q(request__not_before__lte=now)
    held = Q(request__state=RequestState.LEASED, request__lease_until__gt=now)
    due = Q(request__state=RequestState.PENDING) & can_go
    lapsed = Q(request__state=RequestState.LEASED, request__lease_until__lte=now)
    unanswered = [RequestState.PENDING, RequestState.LEASED]
    waiting = SampleRequest.objects.filter(run_id__in=run_ids, request__state__in=unanswered)
    counted = (
        waiting.order_by()
        .values("run_id")
        .annotate(due=Count("id", filter=due | lapsed), held=Count("id", filter=held))
    )
    return {row["run_id"]: OpenRequests(row["due"], row["held"]) for row in counted}


def _in_turn(runs: list[Runnable], whose: str) -> list[Runnable]:
    """Order runs so that the first run of each group precedes the second of any, otherwise stably."""
    counts: Counter[int] = Counter()
    turns = []
    for row in runs:
        counts[getattr(row, whose)] += 1
        turns.append(counts[getattr(row, whose)])
    return [row for _, row in sorted(zip(turns, runs, strict=True), key=lambda pair: pair[0])]


def queued_together(run_id: int) -> list[int]:
    """Return the runs of the same submission that wait to be planned."""
    waiting = Run.objects.filter(submission__runs=run_id, state=RunState.QUEUED)
    return list(waiting.order_by("pk").values_list("pk", flat=True))


def rescorable(*, now: datetime) -> list[int]:
    """Return the finished runs with an open rescore request and no lease."""
    free = Q(lease_until__isnull=True) | Q(lease_until__lte=now)
    requested = Run.objects.filter(free, state=RunState.FINISHED, rescore_asked_at__isnull=False)
    return list(requested.order_by("rescore_asked_at", "pk").values_list("pk", flat=True))


def run(run_id: int) -> Run | None:
    """Return one run with its task, endpoint and submission, or None."""
    related = ("task__benchmark", "endpoint__model__developer", "submission__suite", "submission__endpoint")
    return Run.objects.filter(pk=run_id).select_related(*related).first()


def samples(*, run_id: int | None = None) -> QuerySet[Sample]:
    """Return samples, of one run if given, each with its requests and raw answers."""
    rows = Sample.objects.all() if run_id is None else Sample.objects.filter(run_id=run_id)
    parts = SampleRequest.objects.select_related("request__response").order_by("idx", "repeat")
    return rows.order_by("doc_id").prefetch_related(
        Prefetch("samplerequest_set", queryset=parts, to_attr="parts")
    )
