"""Serialise and parse the values of a published estimate: figures with their states, frontiers, names.

The stored JSON is the record, so each class keeps it whole as `json` and parses a part when it is read. Rows
of every method version are read; values that an early version did not store get the defaults given here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date
from functools import cached_property
from typing import Any, Self, TypeVar

from leaderboard.lag.diagnostics import Leverage
from leaderboard.lag.exact_lags import (
    Catchup,
    CatchupState,
    EventLag,
    EventState,
    EventSummary,
    Segment,
    Standing,
    StandingState,
)
from leaderboard.lag.fragility import Removal, measure_fragility
from leaderboard.lag.frontier import Frontier, Point, build_frontier
from leaderboard.lag.intervals import DatedLag, Interval
from leaderboard.lag.monthly_lag import compute_monthly_lags
from leaderboard.lag.report import LagReport, build_mode_frontier
from leaderboard.lag.summary import BenchmarkLag, serialise_benchmark
from leaderboard.lag.table import FOLLOWER, LEADER
from leaderboard.lag.trend import MONTHS

Json = dict[str, Any]
Row = TypeVar("Row")
SIDES = ("follower", "leader")


@dataclass(frozen=True, slots=True)
class ModelLevel:
    """The level of a model, from the day of its release."""

    model: str
    on: date
    level: float


@dataclass(frozen=True)
class EstimateValues:
    """The frontiers of both cohorts by side, every model's level, and the models' names."""

    json: Json

    @property
    def names(self) -> dict[str, str]:
        """Return the names of the models by slug."""
        names: dict[str, str] = self.json.get("names", {})
        return names

    @property
    def n_models(self) -> int:
        """Return the number of models in both cohorts."""
        return sum(self.json.get("n_models", {}).values())

    def name(self, model: str) -> str:
        """Return the name of a model, or its slug if none is stored."""
        return self.names.get(model, model)

    def records(self, side: str) -> list[ModelLevel]:
        """Return the models that set a cohort's frontier, oldest first; the first estimates have none."""
        return self._levels("frontiers", side)

    def models(self, side: str) -> list[ModelLevel]:
        """Return every model of a cohort; early estimates have none."""
        return self._levels("points", side)

    def frontier(self, side: str) -> Frontier:
        """Return the frontier of a cohort, from the records alone if no other models are stored."""
        levels = [(row.on.toordinal(), row) for row in self.models(side) or self.records(side)]
        return build_frontier(Point(row.model, day, row.level, day, day) for day, row in levels)

    def _levels(self, part: str, side: str) -> list[ModelLevel]:
        rows = self.json.get(part, {}).get(side, ())
        return [ModelLevel(row["model"], date.fromisoformat(row["date"]), row["level"]) for row in rows]


class BenchmarkValues(EstimateValues):
    """The exact lags on one benchmark."""

    @classmethod
    def of(cls, lag: BenchmarkLag, names: Mapping[str, str]) -> Self:
        """Serialise the lags on a benchmark, with the names of its models by slug."""
        drawn = _frontiers(lag.follower_frontier, lag.leader_frontier, names)
        return cls(serialise_benchmark(lag) | {"events": asdict(lag.events)} | drawn)

    @cached_property
    def event_lags(self) -> tuple[EventLag, ...]:
        """Return the lag of each record of the follower, oldest first."""
        return tuple(
            _parse(EventLag, row | {"status": EventState(row["status"])}) for row in self.json["event_lags"]
        )

    @property
    def events(self) -> EventSummary:
        """Return the counts and means of the event lags."""
        return _parse(EventSummary, self.json["events"])

    @cached_property
    def standing(self) -> Standing:
        """Return the standing lag."""
        row = self.json["standing"]
        return _parse(Standing, row | {"state": StandingState(row["state"])})

    @cached_property
    def catchup(self) -> Catchup:
        """Return the catch-up lag."""
        row = self.json["catchup"]
        segments = tuple(_parse(Segment, segment) for segment in row.get("segments", ()))
        return _parse(Catchup, row | {"status": CatchupState(row["status"]), "segments": segments})

    @property
    def lag(self) -> BenchmarkLag:
        """Return the lags as computed; the frontiers have release dates only."""
        mine, theirs = map(self.frontier, SIDES)
        return BenchmarkLag("", self.event_lags, self.events, self.standing, self.catchup, mine, theirs)


@dataclass(frozen=True)
class CompositeFigures:
    """The figures of a composite lag, without the frontiers that they are read from."""

    json: Json

    @property
    def catchup(self) -> Interval:
        """Return the catch-up lag in months."""
        return _parse_interval(self.json["catchup"])

    @property
    def standing(self) -> Interval:
        """Return the standing lag in months."""
        return _parse_interval(self.json["standing"])

    @property
    def n_models(self) -> tuple[int, int]:
        """Return the number of models of the follower and of the leader."""
        follower, leader = self.json["n_models"]
        return follower, leader

    @property
    def n_benchmarks(self) -> int:
        """Return the number of benchmarks."""
        return int(self.json["n_benchmarks"])

    @property
    def n_scores(self) -> int:
        """Return the number of scores."""
        return int(self.json["n_scores"])

    @property
    def too_little_data(self) -> bool:
        """Tell whether there is too little data to be reliable."""
        return bool(self.json["too_little_data"])


@dataclass(frozen=True)
class StoredTrend:
    """The slope of the lag in months a year with its 95% interval, and the first of the month of parity."""

    months: int
    slope: float
    low: float
    high: float
    p_shrinking: float
    parity_on: str | None

    @property
    def is_open(self) -> bool:
        """Tell whether the interval holds both a shrinking and a growing lag."""
        return self.low < 0 < self.high


class CompositeValues(EstimateValues):
    """The lag over several benchmarks, its trend, and its standing lag month by month."""

    @classmethod
    def of(cls, report: LagReport, names: Mapping[str, str]) -> Self:
        """Serialise a report, with the names of its models by slug; an undefined lag has no frontiers."""
        values = report.to_published_json()
        values["names"] = {row["model"]: names[row["model"]] for row in values["records"]}
        if report.joint_draws is None:
            return cls(values)
        mine, theirs = (build_mode_frontier(report.joint_draws, side) for side in (FOLLOWER, LEADER))
        drawn = _frontiers(mine, theirs, names)
        drawn["names"] |= values["names"]
        months = compute_monthly_lags(report.joint_draws)
        path = [{"date": month.on.isoformat()} | asdict(month.lag) for month in months]
        return cls(values | drawn | {"path": path, "fragility": _serialise_fragility(report)})

    @cached_property
    def figures(self) -> CompositeFigures:
        """Return the figures over all benchmarks."""
        return CompositeFigures(self.json["composite"])

    @property
    def trend(self) -> StoredTrend | None:
        """Return the trend, or None if it is undefined; method 1 did not store its length."""
        row = self.json["trend"]
        slope, months = row["slope_months_per_year"], row.get("months", MONTHS)
        if slope is None:
            return None
        parity_on = row["parity"]["median"]
        return StoredTrend(months, slope, row["lo"], row["hi"], row["p_shrinking"], parity_on)

    @property
    def frontier_shares(self) -> dict[str, float]:
        """Return the probability of each model of setting its cohort's frontier."""
        return {row["model"]: row["set_frontier"] for row in self.json.get("records", ())}

    @property
    def path(self) -> list[DatedLag]:
        """Return the standing lag month by month, oldest first; empty if the lag is undefined."""
        rows = self.json.get("path", ())
        return [DatedLag(date.fromisoformat(row["date"]), _parse_interval(row)) for row in rows]


@dataclass(frozen=True, slots=True)
class ReadingValues:
    """The lag in months by another reading, over `n` cases from `lo` to `hi`."""

    state: str = "not_published"
    months: float | None = None
    lo: float | None = None
    hi: float | None = None
    n: int | None = None
    at_least: bool | None = None

    @classmethod
    def parse(cls, json: Mapping[str, Any]) -> ReadingValues:
        """Parse the values of a reading's estimate."""
        return _parse(cls, json)

    @staticmethod
    def serialise(report: LagReport) -> dict[str, Json]:
        """Return the values of each reading by its name: over the composite, and on each benchmark."""
        values = {}
        for name, by_place in report.readings.items():
            plain = {place: asdict(reading) for place, reading in by_place.items()}
            whole = plain.pop("composite", {"state": report.composite.status.value, "months": None})
            values[name] = whole | {"benchmarks": plain}
        return values


@dataclass(frozen=True)
class RemovalValues:
    """The lag of a composite without parts of the data."""

    catchup_at_mode_months: float | None
    leverage: list[Leverage]
    is_measured: bool
    by_a_month: Removal | None
    sign: Removal | None

    @classmethod
    def parse(cls, diagnostics: Json, fragility: Json | None) -> Self:
        """Parse the diagnostics of a composite and its fragility, which early versions did not measure."""
        fewest = fragility or {}
        by_a_month, sign = (row and _parse(Removal, row) for row in map(fewest.get, ("by_a_month", "sign")))
        leverage = [_parse(Leverage, row) for row in diagnostics["leverage"]]
        return cls(diagnostics["catchup_at_mode_months"], leverage, bool(fewest), by_a_month, sign)


def _parse(kind: type[Row], json: Mapping[str, Any]) -> Row:
    """Build a row from the keys that it knows; a key that is missing has the default of its field."""
    row = {name: json[name] for name in (field.name for field in fields(kind)) if name in json}  # type: ignore[arg-type]
    if "date" in json:
        row["day"] = date.fromisoformat(json["date"]).toordinal()
    return kind(**row)


def _parse_interval(json: Json) -> Interval:
    return Interval(json.get("status", "ok"), json["median"], json["lo"], json["hi"])


def _serialise_fragility(report: LagReport) -> Json | None:
    if report.joint_draws is None or report.diagnostics is None:
        return None
    diagnostics = report.diagnostics
    fragility = measure_fragility(
        report.joint_draws, diagnostics.catchup_at_mode_months, diagnostics.leverage
    )
    return asdict(fragility) if fragility else None


def _frontiers(follower: Frontier, leader: Frontier, names: Mapping[str, str]) -> Json:
    sides = dict(zip(SIDES, (follower, leader), strict=True))
    models = {point.model for side in sides.values() for point in side.points}
    return {
        "frontiers": {name: _serialise_points(side.records) for name, side in sides.items()},
        "points": {name: _serialise_points(side.points) for name, side in sides.items()},
        "n_models": {name: len(side.points) for name, side in sides.items()},
        "names": {slug: names[slug] for slug in sorted(models)},
    }


def _serialise_points(points: Iterable[Point]) -> list[Json]:
    return [
        {"model": point.model, "date": date.fromordinal(point.day).isoformat(), "level": point.value}
        for point in points
    ]
