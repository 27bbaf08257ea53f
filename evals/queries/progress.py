"""The progress of submissions: samples, tokens, cost, rate and remaining time, in three queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, Sum

from evals.models import Attempt, RequestState, Run, RunState, SampleRequest, Submission
from evals.queries.throughput import BIN_S, BINS, Pace, pace

TOKENS = ("input_tokens", "cached_tokens", "reasoning_tokens", "output_tokens")


@dataclass(frozen=True, slots=True)
class Tally:
    """The counts of a run or a submission; `samples_total` is None until it is planned."""

    samples_total: int | None
    samples_done: int
    samples_in_flight: int
    samples_failed: int
    requests_open: int
    requests_retried: int
    input_tokens: int
    cached_tokens: int
    reasoning_tokens: int
    output_tokens: int
    cost_usd: Decimal | None
    recent: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class RunProgress:
    """The progress of one task."""

    run_id: int
    task: str
    state: str
    counted: Tally
    pace: Pace
    failure_code: str
    failure_message: str
    usage: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress of a submission."""

    runs: tuple[RunProgress, ...]
    counted: Tally
    pace: Pace


def progress(*, submission_ids: Collection[int], now: datetime) -> Mapping[int, Progress]:
    """Return the progress of each submission."""
    started = dict(Submission.objects.filter(pk__in=submission_ids).values_list("pk", "started_at"))
    rows: dict[int, list[Mapping[str, Any]]] = defaultdict(list)
    columns = ("id", "submission_id", "task__name", "state", "n_samples", "failure_code", "failure_message")
    runs = Run.objects.filter(submission_id__in=submission_ids).order_by("id")
    for row in runs.values(*columns, "usage", "planned_at"):
        rows[row["submission_id"]].append(row)
    counts = _counts([row["id"] for group in rows.values() for row in group], now)
    return {pk: _progress(rows[pk], counts, started_at, now) for pk, started_at in started.items()}


def _counts(run_ids: list[int], now: datetime) -> dict[int, dict[str, Any]]:
    waiting = ~Q(request__state=RequestState.ANSWERED)
    grouped = SampleRequest.objects.filter(run_id__in=run_ids).order_by().values("run_id")
    rows = grouped.annotate(
        total=Count("sample_id", distinct=True),
        waiting=Count("sample_id", distinct=True, filter=waiting),
        in_flight=Count("sample_id", distinct=True, filter=_was_sent()),
        failed=Count("sample_id", distinct=True, filter=Q(request__state=RequestState.REFUSED)),
        requests_open=Count("id", filter=waiting),
        requests_retried=Count("id", filter=Q(request__failures__gt=0)),
        cost_usd=Sum("request__response__cost_usd"),
        **{f"sum_{name}": Sum(f"request__response__{name}") for name in TOKENS},
        **{f"recent_{number}": Count("id", filter=_came_in(number, now)) for number in range(BINS)},
    )
    return {row["run_id"]: dict(row) for row in rows}


def _was_sent() -> Q:
    """Return the condition for sent requests: a leased one may still wait for a limit."""
    open_attempts = Attempt.objects.filter(request=OuterRef("request_id"), ended_at=None)
    return Q(request__state=RequestState.LEASED) & Q(Exists(open_attempts))


def _came_in(number: int, now: datetime) -> Q:
    """Return the condition for answers received in one of the last bins; bin 0 is the newest."""
    until = now - timedelta(seconds=number * BIN_S)
    came = "request__response__received_at"
    return Q(**{f"{came}__gt": until - timedelta(seconds=BIN_S), f"{came}__lte": until})


def _tally(run: Mapping[str, Any], count: Mapping[str, Any]) -> Tally:
    total = count.get("total")
    if total is None or run["state"] == RunState.QUEUED:
        total = run["n_samples"]
    return Tally(
        samples_total=total,
        samples_done=count.get("total", 0) - count.get("waiting", 0),
        samples_in_flight=count.get("in_flight", 0),
        samples_failed=count.get("failed", 0),
        requests_open=count.get("requests_open", 0),
        requests_retried=count.get("requests_retried", 0),
        **{name: count.get(f"sum_{name}") or 0 for name in TOKENS},
        cost_usd=count.get("cost_usd"),
        recent=tuple(count.get(f"recent_{number}", 0) for number in range(BINS)),
    )


def _sum(parts: Collection[Tally]) -> Tally:
    """Add up the counts of a submission's runs."""
    totals = [part.samples_total for part in parts if part.samples_total is not None]
    costs = [part.cost_usd for part in parts if part.cost_usd is not None]
    added = ("samples_done", "samples_in_flight", "samples_failed", "requests_open", "requests_retried")
    return Tally(
        samples_total=sum(totals) if len(totals) == len(parts) else None,
        **{name: sum(getattr(part, name) for part in parts) for name in (*added, *TOKENS)},
        cost_usd=sum(costs, Decimal(0)) if costs else None,
        recent=tuple(map(sum, zip(*(part.recent for part in parts), strict=True))),
    )


def _progress(
    rows: Collection[Mapping[str, Any]],
    counts: Mapping[int, Mapping[str, Any]],
    started_at: datetime | None,
    now: datetime,
) -> Progress:
    runs = tuple(_run_progress(row, counts.get(row["id"], {}), now) for row in rows)
    counted = _sum([run.counted for run in runs])
    left = None if counted.samples_total is None else counted.requests_open
    return Progress(runs, counted, pace(counted.recent, seen_s=_seen_s(started_at, now), left=left))


def _run_progress(row: Mapping[str, Any], count: Mapping[str, Any], now: datetime) -> RunProgress:
    counted = _tally(row, count)
    left = None if counted.samples_total is None else counted.requests_open
    return RunProgress(
        run_id=row["id"],
        task=row["task__name"],
        state=row["state"],
        counted=counted,
        pace=pace(counted.recent, seen_s=_seen_s(row["planned_at"], now), left=left),
        failure_code=row["failure_code"],
        failure_message=row["failure_message"],
        usage=row["usage"],
    )


def _seen_s(since: datetime | None, now: datetime) -> float:
    return BIN_S * BINS if since is None else (now - since).total_seconds()
