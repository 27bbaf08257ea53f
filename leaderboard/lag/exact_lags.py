"""Compute the exact lags of two frontiers: event lags, standing lag, catch-up lag (METHOD §2 and §3)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from statistics import mean, median

from leaderboard.lag.data import DAYS_PER_YEAR, TIE, days_to_months
from leaderboard.lag.frontier import Frontier, Point


class EventState(StrEnum):
    """Whether the leader reached a record of the follower before it, after it, or never."""

    BEHIND = "behind"
    AHEAD_MATCHED = "ahead_matched"
    AHEAD_OPEN = "ahead_open"
    NO_REFERENCE = "no_reference"


class StandingState(StrEnum):
    """Which cohort's frontier is higher now, or why that is unknown."""

    BEHIND = "behind"
    AHEAD = "ahead"
    LEVEL = "level"
    STALE = "stale"
    NO_FOLLOWER = "no_follower"
    NO_LEADER = "no_leader"


class CatchupState(StrEnum):
    """Whether the catch-up lag is defined, or why not."""

    OK = "ok"
    NO_NEW_COMMON_LEVEL = "no_new_common_level"
    STALE = "stale"
    NO_FOLLOWER = "no_follower"
    NO_LEADER = "no_leader"


@dataclass(frozen=True, slots=True)
class EventLag:
    """The lag of one record of the follower, in months; None where the status leaves a figure undefined.

    `lag_lo` and `lag_hi` come from date precision alone; an `ahead_open` lead has only `lag_hi`, its limit.
    `at_least` marks a left-censored lag: the match is the leader's first observed model. `verified`, for
    leads only, tells whether the leader's best model of that day was tested on this benchmark.
    """

    model: str
    day: int
    level: float
    status: EventState
    match: str | None = None
    lag_months: float | None = None
    lag_lo: float | None = None
    lag_hi: float | None = None
    at_least: bool = False
    lag_interp: float | None = None
    verified: bool | None = None
    saturated: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """The age of the follower's frontier in months: positive behind, negative ahead, 0 only when level.

    `gap` is the leader's frontier less the follower's, in the benchmark's unit. `mirror_months` is the time
    since the follower first reached the leader's frontier, None where it has not. `verified`, for leads
    only, tells whether the leader's best model of today was tested here; an unverified lead is not shown.
    """

    state: StandingState
    signed_months: float | None = None
    gap: float | None = None
    match: str | None = None
    at_least: bool = False
    mirror_months: float | None = None
    mirror_match: str | None = None
    verified: bool | None = None


@dataclass(frozen=True, slots=True)
class Segment:
    """Levels (low, high] with one lag; the later cohort reached them on `day`."""

    low: float
    high: float
    day: int
    lag_months: float
    follower: str
    leader: str


@dataclass(frozen=True, slots=True)
class Catchup:
    """The width-weighted mean lag of the levels that the later cohort reached in the window.

    `width` is in the benchmark's unit, `n_events` counts distinct days. Both are None where the lag is
    unknown, and 0 where no common level is new.
    """

    status: CatchupState
    lag_months: float | None = None
    width: float | None = None
    n_events: int | None = None
    segments: tuple[Segment, ...] = ()


@dataclass(frozen=True, slots=True)
class EventSummary:
    """Mean, median and last of the defined event lags at unsaturated levels; None without any."""

    n_events: int
    n_behind: int
    n_ahead: int
    n_at_least: int
    mean_months: float | None
    median_months: float | None
    last_months: float | None


def compute_event_lags(
    follower: Frontier,
    leader: Frontier,
    today: int,
    *,
    tested: Callable[[int], bool] = lambda day: True,
    saturates: Callable[[float], bool] = lambda level: False,
) -> tuple[EventLag, ...]:
    """Compute the lag of every record of the follower, oldest first: empty without a record.

    Both frontiers are those known on `today` (a day number). `tested` tells whether the leader's best model
    of a day was tested on this benchmark, `saturates` whether a level is too extreme to separate models.
    Formula: date(m) minus the first date on which the leader's frontier was at or above m's level.
    """
    return tuple(
        _event(record, leader, today, tested, saturates(record.value)) for record in follower.records
    )


def _event(
    record: Point, leader: Frontier, today: int, tested: Callable[[int], bool], saturated: bool
) -> EventLag:
    undefined = EventLag(record.model, record.day, record.value, EventState.NO_REFERENCE, saturated=saturated)
    if not leader.records:
        return undefined
    # A leader without any earlier score on this benchmark makes no lead over it verified.
    verified = leader.first.day <= record.day and tested(record.day)
    match = leader.first_at_level(record.value)
    if match is None:
        return EventLag(
            record.model,
            record.day,
            record.value,
            EventState.AHEAD_OPEN,
            lag_hi=days_to_months(min(record.day_hi - today, 0)),
            verified=verified,
            saturated=saturated,
        )
    earliest, latest = leader.days_at_level(record.value)
    behind = match.day <= record.day
    return EventLag(
        record.model,
        record.day,
        record.value,
        EventState.BEHIND if behind else EventState.AHEAD_MATCHED,
        match=match.model,
        lag_months=days_to_months(record.day - match.day),
        lag_lo=days_to_months(record.day_lo - latest),
        lag_hi=days_to_months(record.day_hi - earliest),
        at_least=match == leader.first,
        lag_interp=days_to_months(record.day - (leader.interpolated_day(record.value) or 0.0)),
        verified=None if behind else verified,
        saturated=saturated,
    )


def summarise_events(events: Iterable[EventLag]) -> EventSummary:
    """Summarise event lags without saturated levels; undefined lags count, but are not averaged."""
    used = [event for event in events if not event.saturated]
    lags = [event.lag_months for event in used if event.lag_months is not None]
    return EventSummary(
        n_events=len(used),
        n_behind=sum(event.status is EventState.BEHIND for event in used),
        n_ahead=sum(event.status in (EventState.AHEAD_MATCHED, EventState.AHEAD_OPEN) for event in used),
        n_at_least=sum(event.at_least for event in used),
        mean_months=mean(lags) if lags else None,
        median_months=median(lags) if lags else None,
        last_months=lags[-1] if lags else None,
    )


def check_frontiers(follower: Frontier, leader: Frontier, today: int) -> StandingState | None:
    """Return why there is no current lag: a cohort has no value, or none of the last 12 months."""
    if follower.last_day is None:
        return StandingState.NO_FOLLOWER
    if leader.last_day is None:
        return StandingState.NO_LEADER
    oldest = today - DAYS_PER_YEAR
    return StandingState.STALE if min(follower.last_day, leader.last_day) <= oldest else None


def compute_standing(
    follower: Frontier, leader: Frontier, today: int, *, tested: Callable[[int], bool] = lambda day: True
) -> Standing:
    """Compute the standing lag on a day, in months (METHOD §2).

    Both frontiers are those known on `today`. Behind: the time since the leader reached the follower's value.
    Ahead: minus the time since the follower reached the leader's. Level: 0. `tested`: see compute_event_lags.
    """
    state = check_frontiers(follower, leader, today)
    if state is not None:
        return Standing(state)
    gap = leader.best.value - follower.best.value
    match, mirror = leader.first_at_level(follower.best.value), follower.first_at_level(leader.best.value)
    mirror_months = days_to_months(today - mirror.day) if mirror else None
    mirror_match = mirror.model if mirror else None
    if match is not None and mirror is not None:
        return Standing(
            StandingState.LEVEL, 0.0, gap, match.model, match == leader.first, mirror_months, mirror_match
        )
    if match is not None:
        return Standing(
            StandingState.BEHIND, days_to_months(today - match.day), gap, match.model, match == leader.first
        )
    assert mirror is not None
    assert mirror_months is not None
    return Standing(
        StandingState.AHEAD,
        0.0 - mirror_months,
        gap,
        mirror.model,
        mirror == follower.first,
        mirror_months,
        mirror_match,
        tested(today),
    )


def cut_segments(follower: Frontier, leader: Frontier) -> tuple[Segment, ...]:
    """Cut the levels that both cohorts have reached, above both first records, into pieces of constant lag.

    lag(v) = tau_A(v) - tau_B(v), tau_g(v) the day of g's first record >= v, in months; lowest piece first.
    Empty where a cohort has no value or no level is common.
    """
    if not (follower.records and leader.records):
        return ()
    floor = max(follower.first.value, leader.first.value)
    top = min(follower.best.value, leader.best.value)
    levels = {record.value for record in follower.records + leader.records}
    edges = sorted(level for level in levels | {floor, top} if floor <= level <= top)
    return tuple(_segment(low, high, follower, leader) for low, high in pairwise(edges) if high - low > TIE)


def _segment(low: float, high: float, follower: Frontier, leader: Frontier) -> Segment:
    mine, theirs = follower.first_at_level(high), leader.first_at_level(high)
    assert mine is not None
    assert theirs is not None
    return Segment(
        low, high, max(mine.day, theirs.day), days_to_months(mine.day - theirs.day), mine.model, theirs.model
    )


def compute_catchup(
    follower: Frontier, leader: Frontier, today: int, window_days: float = DAYS_PER_YEAR
) -> Catchup:
    """Compute the catch-up lag of the segments dated in (today - window, today], in months (METHOD §3)."""
    state = check_frontiers(follower, leader, today)
    if state is not None:
        return Catchup(CatchupState(state.value))
    fresh = tuple(s for s in cut_segments(follower, leader) if today - window_days < s.day <= today)
    width = sum(segment.high - segment.low for segment in fresh)
    if not fresh:
        return Catchup(CatchupState.NO_NEW_COMMON_LEVEL, width=0.0, n_events=0)
    return Catchup(
        CatchupState.OK,
        sum(segment.lag_months * (segment.high - segment.low) for segment in fresh) / width,
        width,
        len({segment.day for segment in fresh}),
        fresh,
    )
