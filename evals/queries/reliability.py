"""How reliable the queue was: the share of submissions that finished, their waiting times, and lost ones."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from evals.models import Submission, SubmissionState
from evals.queries.recorded_pace import queued_at

WINDOWS_DAYS = (7, 30, 365)
LOST_AFTER = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Reliability:
    """The figures of the submissions created in the last `days`; None where there are none to count."""

    days: int
    n_ended: int
    n_finished: int
    n_waited: int
    wait_median_s: float | None
    wait_p90_s: float | None
    n_submissions: int
    n_lost: int

    @property
    def share_finished(self) -> float | None:
        """Return the share of finished among finished and failed ones."""
        return self.n_finished / self.n_ended if self.n_ended else None


def reliability(*, now: datetime) -> list[Reliability]:
    """Return the figures of each window. Two queries.

    A submission waits from its creation, or from its approval, until its first run begins. It is lost if it
    is open, nothing holds it back, and no worker has begun a step of it for 24 hours.
    """
    since = now - timedelta(days=max(WINDOWS_DAYS))
    rows = Submission.objects.filter(created_at__gt=since, created_at__lte=now).order_by()
    rows = rows.annotate(queued=queued_at())
    columns = list(rows.values_list("created_at", "state", "queued", "started_at"))
    lost = _lost(now, since)
    return [_window(days, columns, lost, now) for days in WINDOWS_DAYS]


def _lost(now: datetime, since: datetime) -> list[datetime]:
    """Return when the lost submissions were created."""
    states = [SubmissionState.PENDING, SubmissionState.RUNNING]
    open_ones = Submission.objects.filter(
        state__in=states, paused_at=None, endpoint__enabled=True, created_at__gt=since
    ).exclude(capped_until__gt=now)
    columns = ("created_at", "reviewed_at", "started_at", "turn_at")
    return [
        row[0]
        for row in open_ones.values_list(*columns)
        if max(at for at in row if at is not None) < now - LOST_AFTER
    ]


def _window(
    days: int,
    rows: list[tuple[datetime, str, datetime, datetime | None]],
    lost: list[datetime],
    now: datetime,
) -> Reliability:
    since = now - timedelta(days=days)
    inside = [row for row in rows if row[0] > since]
    states = Counter(state for _, state, _, _ in inside)
    waits = sorted(max(0.0, (at - queued).total_seconds()) for _, _, queued, at in inside if at is not None)
    return Reliability(
        days=days,
        n_ended=states[SubmissionState.FINISHED] + states[SubmissionState.FAILED],
        n_finished=states[SubmissionState.FINISHED],
        n_waited=len(waits),
        wait_median_s=median(waits) if waits else None,
        wait_p90_s=waits[math.ceil(0.9 * len(waits)) - 1] if waits else None,
        n_submissions=len(inside),
        n_lost=sum(created > since for created in lost),
    )
