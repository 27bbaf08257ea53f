"""Compute the lag under every published reading, each a named function (METHOD §9)."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import mean, median

from leaderboard.lag.data import TIE, Benchmark, days_to_months
from leaderboard.lag.exact_lags import compute_catchup, compute_event_lags, compute_standing, summarise_events
from leaderboard.lag.frontier import Frontier, Point, build_frontier

LOG_LOSS_TOLERANCE = 0.02
THRESHOLDS = 20
"""Steps from chance to ceiling of the `threshold` reading, 5% each."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading of the lag in months over `n` cases from `lo` to `hi`; None with a reason in `state`."""

    state: str
    months: float | None = None
    lo: float | None = None
    hi: float | None = None
    n: int = 0
    at_least: bool = False


@dataclass(frozen=True)
class ReadingInput:
    """The input of a reading: both frontiers on one benchmark as known `today` (a day number)."""

    follower: Frontier
    leader: Frontier
    today: int
    benchmark: Benchmark
    point: float | None = 1.0
    """One index point on this scale, None where the scale has no points."""


def _of(lags: list[float], summary: Callable[[list[float]], float] = mean) -> Reading:
    if not lags:
        return Reading("no_pairs")
    return Reading("ok", summary(lags), min(lags), max(lags), len(lags))


def _catchup(case: ReadingInput) -> Reading:
    lag = compute_catchup(case.follower, case.leader, case.today)
    lags = [segment.lag_months for segment in lag.segments]
    low, high = min(lags, default=None), max(lags, default=None)
    return Reading(str(lag.status), lag.lag_months, low, high, lag.n_events or 0)


def _standing(case: ReadingInput) -> Reading:
    lag = compute_standing(case.follower, case.leader, case.today)
    state = "ok" if lag.signed_months is not None else str(lag.state)
    n = int(lag.signed_months is not None)
    return Reading(state, lag.signed_months, n=n, at_least=lag.at_least)


def _events(case: ReadingInput) -> list[float]:
    events = compute_event_lags(case.follower, case.leader, case.today, saturates=case.benchmark.saturates)
    return [e.lag_months for e in events if e.lag_months is not None and not e.saturated]


def _event_mean(case: ReadingInput) -> Reading:
    events = compute_event_lags(case.follower, case.leader, case.today, saturates=case.benchmark.saturates)
    reading = _of(_events(case))
    return Reading(
        reading.state,
        reading.months,
        reading.lo,
        reading.hi,
        reading.n,
        summarise_events(events).n_at_least > 0,
    )


def _event_median(case: ReadingInput) -> Reading:
    return _of(_events(case), median)


def read_epoch_daily(case: ReadingInput) -> Reading:
    """Return the mean over days of the time since B was last at or under A plus one index point.

    The first record of each cohort is dropped. A day on which B was never above counts as 0 months.
    """
    if case.point is None:
        return Reading("no_index_points")
    mine, theirs = _without_first(case.follower), _without_first(case.leader)
    if not (mine.records and theirs.records):
        return Reading("no_pairs")
    first = max(mine.first.day, theirs.first.day)
    lags = []
    for day in range(first, case.today + 1):
        level = (mine.value_at(day) or 0.0) + case.point
        above = next((r.day for r in theirs.records if r.day <= day and r.value > level + TIE), None)
        lags.append(0.0 if above is None else days_to_months(day - above))
    return _of(lags)


def _without_first(frontier: Frontier) -> Frontier:
    return build_frontier(
        point for point in frontier.points if frontier.records and point.model != frontier.first.model
    )


def read_leader_matched(case: ReadingInput) -> Reading:
    """Return the median months until A matched a record of B, with open ones by Kaplan-Meier."""
    times = []
    for record in case.leader.records:
        match = case.follower.first_at_level(record.value)
        end = match.day if match else case.today
        times.append((max(days_to_months(end - record.day), 0.0), match is not None))
    if not times or not case.follower.records:
        return Reading("no_pairs")
    median_months, last = kaplan_meier_median(times), max(time for time, _ in times)
    if median_months is None:
        return Reading("ok", last, n=len(times), at_least=True)
    matched = [time for time, done in times if done]
    return Reading("ok", median_months, min(matched), max(matched), len(times))


def kaplan_meier_median(times: list[tuple[float, bool]]) -> float | None:
    """Return the first time at which the Kaplan-Meier curve is at most one half, None if it never is.

    `times` are (time, whether the event happened); without it the time is right-censored.
    """
    alive = 1.0
    for time in sorted({time for time, done in times if done}):
        at_risk = sum(other >= time for other, _ in times)
        alive *= 1 - sum(done and other == time for other, done in times) / at_risk
        if alive <= 0.5 + TIE:
            return time
    return None


def read_threshold(case: ReadingInput) -> Reading:
    """Return the mean of A's first day minus B's at levels every 5%, where both reached the level.

    Without a ceiling, the steps are 5% of the way from the lowest to the highest record.
    """
    records = case.follower.records + case.leader.records
    if not records:
        return Reading("no_pairs")
    floor, top = case.benchmark.chance, case.benchmark.ceiling
    if top is None:
        floor, top = min(r.value for r in records), max(r.value for r in records)
    lags = []
    for step in range(1, THRESHOLDS):
        level = floor + (top - floor) * step / THRESHOLDS
        mine, theirs = case.follower.first_at_level(level), case.leader.first_at_level(level)
        if mine and theirs:
            lags.append(days_to_months(mine.day - theirs.day))
    return _of(lags)


def read_log_loss_tolerance(case: ReadingInput, tolerance: float = LOG_LOSS_TOLERANCE) -> Reading:
    """Return the mean lag, over B's records, of A's first model with s > s_B - tolerance, s = -ln(1 - acc).

    `acc` is the value as a share of the ceiling. The reading is undefined on an unbounded scale.
    """
    if case.benchmark.ceiling is None:
        return Reading("no_ceiling")
    mine = build_frontier(_log_loss(case.follower.points, case.benchmark.ceiling))
    lags = []
    for record in build_frontier(_log_loss(case.leader.points, case.benchmark.ceiling)).records:
        match = next((r for r in mine.records if r.value > record.value - tolerance), None)
        if match:
            lags.append(days_to_months(match.day - record.day))
    return _of(lags)


def _log_loss(points: tuple[Point, ...], ceiling: float) -> list[Point]:
    share = [min(point.value / ceiling, 1 - 1e-12) for point in points]
    return [
        Point(p.model, p.day, -math.log1p(-s), p.day_lo, p.day_hi) for p, s in zip(points, share, strict=True)
    ]


def read_bracket(case: ReadingInput) -> Reading:
    """Return the age of B's records next to A's best: `lo` of the one above, `hi` of the one below.

    The value between them is linear in the score. It is "at least" where B has no record below.
    """
    if not (case.follower.records and case.leader.records):
        return Reading("no_pairs")
    best = case.follower.best.value
    over = case.leader.first_at_level(best)
    under = [r for r in case.leader.records if r.value < best - TIE]
    young = days_to_months(case.today - over.day) if over else None
    old = days_to_months(case.today - under[-1].day) if under else None
    if over is None:
        return Reading("ahead", None, None, old, n=1)
    crossed = case.leader.interpolated_day(best)
    middle = days_to_months(case.today - (crossed if crossed is not None else over.day))
    return Reading("ok", middle, young, old, n=1, at_least=not under)


READINGS: Mapping[str, Callable[[ReadingInput], Reading]] = {
    "catchup": _catchup,
    "standing": _standing,
    "event_mean": _event_mean,
    "event_median": _event_median,
    "epoch_daily": read_epoch_daily,
    "leader_matched": read_leader_matched,
    "threshold": read_threshold,
    "log_loss_tolerance": read_log_loss_tolerance,
    "bracket": read_bracket,
}


def compute_readings(case: ReadingInput, only: str | None = None) -> dict[str, Reading]:
    """Compute every reading by name, or only one; raise KeyError for an unknown name."""
    readings = READINGS if only is None else {only: READINGS[only]}
    return {name: reading(case) for name, reading in readings.items()}
