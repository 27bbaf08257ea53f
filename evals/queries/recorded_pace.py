"""How long submissions waited and ran lately: the basis of expected times."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from django.db.models import F, Q, Sum
from django.db.models.functions import Coalesce

from evals.models import RunState, Submission, SubmissionState

SINCE = timedelta(days=30)
MOST = 200  # of the newest submissions
FEWEST = 5  # with fewer, nothing is expected


@dataclass(frozen=True, slots=True)
class SecondsRange:
    """A time in seconds: the median of `n` recorded ones, and the limits of 90% of them."""

    low: float
    likely: float
    high: float
    n: int

    def times(self, factor: float) -> SecondsRange:
        """Return the range multiplied by a factor."""
        return SecondsRange(self.low * factor, self.likely * factor, self.high * factor, self.n)

    def plus(self, other: SecondsRange) -> SecondsRange:
        """Return the sum of two ranges, on as little evidence as the weaker of them."""
        return SecondsRange(
            self.low + other.low, self.likely + other.likely, self.high + other.high, min(self.n, other.n)
        )


@dataclass(frozen=True, slots=True)
class RecordedPace:
    """The waiting times of recent submissions, and their seconds per call by endpoint."""

    waits_s: tuple[float, ...]
    per_call_s: dict[int, tuple[float, ...]]

    def wait(self, *, waited_s: float = 0.0) -> SecondsRange | None:
        """Return how much longer a submission waits that has waited so long already."""
        return spread([wait - waited_s for wait in self.waits_s if wait > waited_s])

    def seconds_per_call(self, endpoint_id: int) -> SecondsRange | None:
        """Return the seconds per call of an endpoint, or of all endpoints if it has too few submissions."""
        own = spread(self.per_call_s.get(endpoint_id, ()))
        return own or spread([value for values in self.per_call_s.values() for value in values])


def recorded_pace(*, now: datetime) -> RecordedPace:
    """Return the pace of the newest submissions that finished within 30 days. One query."""
    finished = Submission.objects.filter(
        state=SubmissionState.FINISHED, finished_at__gt=now - SINCE, started_at__isnull=False
    )
    calls = Sum("runs__n_requests", filter=Q(runs__state=RunState.FINISHED))
    rows = (
        finished.annotate(queued=queued_at(), n_calls=calls)
        .order_by("-finished_at")
        .values_list("endpoint_id", "queued", "started_at", "finished_at", "n_calls")
    )
    waits, per_call = [], defaultdict(list)
    for endpoint_id, queued, started, ended, n_calls in rows[:MOST]:
        assert started is not None and ended is not None  # noqa: PT018 - the filter leaves no others
        waits.append(max(0.0, (started - queued).total_seconds()))
        if n_calls:
            per_call[endpoint_id].append((ended - started).total_seconds() / n_calls)
    return RecordedPace(tuple(waits), {pk: tuple(values) for pk, values in per_call.items()})


def queued_at() -> Coalesce:
    """Return the expression of when a submission came into the queue: after its review, if it had one."""
    return Coalesce(F("reviewed_at"), F("created_at"))


def spread(values: Sequence[float]) -> SecondsRange | None:
    """Return the median and the limits of 90% of some values, or None if they are too few."""
    if len(values) < FEWEST:
        return None
    ordered = sorted(values)
    cut = int(len(ordered) * 0.05)
    return SecondsRange(ordered[cut], median(ordered), ordered[-1 - cut], len(ordered))
