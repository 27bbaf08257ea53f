"""Compute the median over benchmarks of the lag of the follower's latest record (METHOD §6)."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from leaderboard.lag.data import DAYS_PER_YEAR
from leaderboard.lag.exact_lags import EventLag, EventState
from leaderboard.lag.summary import BenchmarkLag
from leaderboard.lag.turnbull import estimate_turnbull


@dataclass(frozen=True, slots=True)
class BenchmarkMedian:
    """The median in months, or the limits `lo` and `hi` of a median that is not exact; None is open.

    `n_open` counts leads that the leader has not matched yet, `n_at_least` counts lower limits. It is a
    cross-check only: in worlds with a known lag it is 0.6 to 2.1 months too low.
    """

    status: str
    months: float | None = None
    lo: float | None = None
    hi: float | None = None
    n_benchmarks: int = 0
    n_open: int = 0
    n_at_least: int = 0


def compute_benchmark_median(lags: Iterable[BenchmarkLag], today: int) -> BenchmarkMedian:
    """Return Turnbull's median of the lag of each benchmark's latest record of the follower.

    Use records of the last 12 months with a reference at unsaturated levels, and open leads only where
    verified. A matched lag is exact, an open lead lies in (-inf, lag_hi], an "at least" lag in [lag, inf).
    """
    used = [event for lag in lags if (event := _latest(lag, today)) is not None]
    if not used:
        return BenchmarkMedian("no_records")
    low, high = estimate_turnbull(_interval(event) for event in used).median()
    return BenchmarkMedian(
        status="ok" if low == high else "bounded",
        months=low if low == high else None,
        lo=low if math.isfinite(low) else None,
        hi=high if math.isfinite(high) else None,
        n_benchmarks=len(used),
        n_open=sum(event.status is EventState.AHEAD_OPEN for event in used),
        n_at_least=sum(event.at_least for event in used),
    )


def _latest(lag: BenchmarkLag, today: int) -> EventLag | None:
    fresh = [e for e in lag.event_lags if e.day > today - DAYS_PER_YEAR and not e.saturated]
    event = fresh[-1] if fresh else None
    if event is None or event.status is EventState.NO_REFERENCE:
        return None
    return None if event.status is EventState.AHEAD_OPEN and not event.verified else event


def _interval(event: EventLag) -> tuple[float, float]:
    if event.lag_months is None:
        return -math.inf, event.lag_hi if event.lag_hi is not None else math.inf
    return event.lag_months, math.inf if event.at_least else event.lag_months
