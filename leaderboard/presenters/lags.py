"""The published lag on one benchmark: its figures with their states, and its records."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from leaderboard.estimate_values import SIDES, BenchmarkValues, ModelLevel
from leaderboard.lag.data import DAYS_PER_MONTH, TIE
from leaderboard.lag.exact_lags import EventLag, EventSummary
from leaderboard.lag.intervals import Interval
from leaderboard.models import LagEstimate
from leaderboard.presenters.labels import StrOrPromise, lag_state_label

SORTS = ("benchmark", "domain", "catchup", "levels", "standing", "data")


@dataclass(frozen=True)
class NamedModel:
    """A model as an estimate names it."""

    slug: str
    name: str


@dataclass(frozen=True)
class Event:
    """One record of the follower, and the leader's first model at its level."""

    on: date
    model: NamedModel
    level: float
    status: str
    match: NamedModel | None
    match_on: date | None
    months: float | None
    low: float | None
    high: float | None
    at_least: bool
    verified: bool | None
    saturated: bool

    @property
    def is_unverified(self) -> bool:
        """Tell whether it looks like a lead only because the leader's best model was not tested."""
        return self.status in ("ahead_matched", "ahead_open") and not self.verified

    @property
    def is_range(self) -> bool:
        """Tell whether the lag is a range because dates are known to the month only."""
        return None not in (self.low, self.high, self.months) and self.low != self.high


@dataclass(frozen=True)
class LeaderRecord:
    """One record of the leader, and the follower's first model at its level, if any."""

    model: NamedModel
    on: date
    level: float
    match: NamedModel | None
    match_on: date | None

    @property
    def months(self) -> float | None:
        """Return the months until the follower reached the level."""
        return (self.match_on - self.on).days / DAYS_PER_MONTH if self.match_on else None


@dataclass(frozen=True)
class CatchupLag:
    """The catch-up lag; its interval is the range over the levels."""

    interval: Interval
    width: float | None
    n_levels: int
    n_dates: int

    @property
    def brief(self) -> StrOrPromise:
        """Return why there is no figure, for a narrow column."""
        return lag_state_label(self.interval.status, briefly=True)


@dataclass(frozen=True)
class StandingLag:
    """The standing lag: the age of the follower's level in the leader's terms."""

    state: str
    months: float | None
    gap: float | None
    match: NamedModel | None
    at_least: bool

    @property
    def size(self) -> float | None:
        """Return the months without their sign."""
        return None if self.months is None else abs(self.months)

    @property
    def reason(self) -> StrOrPromise:
        """Return why there is no figure."""
        return lag_state_label(self.state)


@dataclass(frozen=True)
class Lag:
    """One published estimate on a benchmark."""

    estimate: LagEstimate

    @cached_property
    def values(self) -> BenchmarkValues:
        """Return the values of the estimate."""
        return BenchmarkValues(self.estimate.values)

    @property
    def benchmark(self) -> Any:
        """Return the benchmark."""
        return self.estimate.benchmark

    @cached_property
    def catchup(self) -> CatchupLag:
        """Return the catch-up lag."""
        catchup = self.values.catchup
        lags = [segment.lag_months for segment in catchup.segments]
        low, high = min(lags, default=None), max(lags, default=None)
        interval = Interval(catchup.status, catchup.lag_months, low, high)
        return CatchupLag(interval, catchup.width, n_levels=len(lags), n_dates=catchup.n_events or 0)

    @cached_property
    def standing(self) -> StandingLag:
        """Return the standing lag."""
        standing = self.values.standing
        match = self._named(standing.match) if standing.match else None
        return StandingLag(
            standing.state, standing.signed_months, standing.gap, match, bool(standing.at_least)
        )

    @cached_property
    def events(self) -> list[Event]:
        """Return the follower's records, newest first."""
        return [self._event(event) for event in reversed(self.values.event_lags)]

    @cached_property
    def leader_records(self) -> list[LeaderRecord]:
        """Return the leader's records, newest first, each with the follower's first model at its level."""
        mine, theirs = map(self.values.records, SIDES)
        return [self._reached(record, mine) for record in reversed(theirs)]

    def _reached(self, record: ModelLevel, mine: Iterable[ModelLevel]) -> LeaderRecord:
        match = next((other for other in mine if other.level >= record.level - TIE), None)
        return LeaderRecord(
            model=self._named(record.model),
            on=record.on,
            level=self.sign * record.level,
            match=self._named(match.model) if match else None,
            match_on=match.on if match else None,
        )

    @property
    def totals(self) -> EventSummary:
        """Return the counts, mean and median over the follower's records."""
        return self.values.events

    @property
    def best(self) -> Event | None:
        """Return the follower's best model: its last record."""
        return self.events[0] if self.events else None

    @property
    def sign(self) -> int:
        """Return the sign that turns levels into scores: levels are negative if lower scores are better."""
        return -1 if self.benchmark.direction == "lower" else 1

    @property
    def is_unverified_lead(self) -> bool:
        """Tell whether the follower seems to lead only because the leader's best model was not tested."""
        return self.standing.state == "ahead" and self.best is not None and self.best.is_unverified

    @property
    def is_current(self) -> bool:
        """Tell whether the estimate has a catch-up or a standing lag."""
        return self.catchup.interval.median is not None or self.standing.months is not None

    def _named(self, slug: str) -> NamedModel:
        return NamedModel(slug, self.values.name(slug))

    def _event(self, event: EventLag) -> Event:
        on, months = date.fromordinal(event.day), event.lag_months
        return Event(
            on=on,
            model=self._named(event.model),
            level=self.sign * event.level,
            status=event.status,
            match=self._named(event.match) if event.match else None,
            match_on=None if months is None else on - timedelta(days=round(months * DAYS_PER_MONTH)),
            months=months,
            low=event.lag_lo,
            high=event.lag_hi,
            at_least=bool(event.at_least),
            verified=event.verified,
            saturated=bool(event.saturated),
        )


@dataclass(frozen=True)
class BenchmarkEvent:
    """An event with the lag on whose benchmark it happened."""

    lag: Lag
    event: Event


def events_of_model(lags: Iterable[Lag], slug: str) -> list[BenchmarkEvent]:
    """Return the follower's records that a model set."""
    return [BenchmarkEvent(lag, event) for lag in lags for event in lag.events if event.model.slug == slug]


def events_matched_by(lags: Iterable[Lag], slug: str) -> list[BenchmarkEvent]:
    """Return the follower's records whose level this model reached first."""
    return [
        BenchmarkEvent(lag, event)
        for lag in lags
        for event in lag.events
        if event.match and event.match.slug == slug
    ]


@dataclass(frozen=True)
class BenchmarkRecord:
    """A leader's record with the lag on whose benchmark it was set."""

    lag: Lag
    record: LeaderRecord


def leader_records_of_model(lags: Iterable[Lag], slug: str) -> list[BenchmarkRecord]:
    """Return the leader's records that a model set."""
    return [
        BenchmarkRecord(lag, record)
        for lag in lags
        for record in lag.leader_records
        if record.model.slug == slug
    ]


def sort_lags(lags: Iterable[Lag], sort: str) -> list[Lag]:
    """Sort lags by a column, descending with a leading "-"; undefined values come last."""
    name, falling = sort.removeprefix("-"), sort.startswith("-")
    keyed = [(_key(lag, name), lag) for lag in lags]
    known = sorted(
        ((key, lag) for key, lag in keyed if key is not None), key=lambda pair: pair[0], reverse=falling
    )
    return [lag for _, lag in known] + [lag for key, lag in keyed if key is None]


def _key(lag: Lag, name: str) -> Any:
    keys: dict[str, Any] = {
        "benchmark": lag.benchmark.name.lower(),
        "domain": (lag.benchmark.domain, lag.benchmark.name.lower()),
        "catchup": lag.catchup.interval.median,
        "standing": None if lag.is_unverified_lead else lag.standing.months,
        "levels": lag.catchup.n_levels,
        "data": lag.estimate.as_of,
    }
    return keys[name]


@dataclass(frozen=True)
class MonthScale:
    """A common scale of months for a column of small charts, in SVG units."""

    low: float
    high: float
    width: float = 220.0

    def x(self, months: float) -> float:
        """Return the x position of a number of months."""
        inner = self.width - 8
        return round(4 + inner * (months - self.low) / (self.high - self.low), 1)


def common_scale(lags: Sequence[Lag]) -> MonthScale:
    """Return a scale that fits the figures of all lags and zero."""
    intervals = [lag.catchup.interval for lag in lags]
    figures = [
        months for interval in intervals for months in (interval.lo, interval.hi) if months is not None
    ]
    figures += [
        lag.standing.months for lag in lags if lag.standing.months is not None and not lag.is_unverified_lead
    ]
    return MonthScale(low=min([0.0, *figures]), high=max([1.0, *figures]))
