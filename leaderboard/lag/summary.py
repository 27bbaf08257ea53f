"""Compute the exact lags on one benchmark or on all, as a pure function of the data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from leaderboard.lag import METHOD_VERSION
from leaderboard.lag.data import Benchmark, Dataset, Pair
from leaderboard.lag.exact_lags import (
    Catchup,
    EventLag,
    EventSummary,
    Standing,
    compute_catchup,
    compute_event_lags,
    compute_standing,
    summarise_events,
)
from leaderboard.lag.frontier import Frontier, build_cohort_frontier
from leaderboard.lag.score_selection import Cell, by_benchmark, cells


@dataclass(frozen=True, slots=True)
class BenchmarkLag:
    """The exact lags on one benchmark, with its two frontiers."""

    benchmark: str
    event_lags: tuple[EventLag, ...]
    events: EventSummary
    standing: Standing
    catchup: Catchup
    follower_frontier: Frontier
    leader_frontier: Frontier


@dataclass(frozen=True, slots=True)
class LagSummary:
    """The exact lags of a pair of cohorts as of a day, by benchmark id."""

    method_version: str
    as_of: date
    pair: Pair
    benchmarks: Mapping[str, BenchmarkLag]

    def header(self) -> dict[str, Any]:
        """Return the method version, the day and the pair as JSON types."""
        return {
            "method_version": self.method_version,
            "as_of": self.as_of.isoformat(),
            "follower": self.pair.follower,
            "leader": self.pair.leader,
        }

    def to_json(self) -> dict[str, Any]:
        """Return the summary as JSON types; an undefined figure is None beside its state."""
        return self.header() | {
            "benchmarks": {key: serialise_benchmark(lag) for key, lag in self.benchmarks.items()}
        }


BestByDay = Callable[[int], str | None]
"""A function from a day number to the id of the leader's best model, None without one."""


def summarise_lags(
    data: Dataset, pair: Pair, as_of: date, benchmark: str | None = None, best: BestByDay | None = None
) -> LagSummary:
    """Compute the exact lags of a pair as of a day, on every benchmark of the data or on one.

    `best` decides which leads are verified; its default is `rank_best_by_day`. Raises KeyError for an unknown
    benchmark, ValueError for a cohort without models.
    """
    missing = [name for name in (pair.follower, pair.leader) if name not in data.cohorts()]
    if missing:
        raise ValueError(f"no model is in group {missing[0]!r}; there are: {', '.join(data.cohorts())}")
    known = {item.id: item for item in data.benchmarks}
    wanted = sorted(known) if benchmark is None else [known[benchmark].id]
    cells_by_benchmark = by_benchmark(cells(data, as_of))
    best = best or rank_best_by_day(cells_by_benchmark, pair.leader)
    return LagSummary(
        method_version=METHOD_VERSION,
        as_of=as_of,
        pair=pair,
        benchmarks={
            key: compute_benchmark_lag(known[key], cells_by_benchmark.get(key, ()), pair, as_of, best)
            for key in wanted
        },
    )


def compute_benchmark_lag(
    benchmark: Benchmark, cells: Iterable[Cell], pair: Pair, as_of: date, best: BestByDay = lambda day: None
) -> BenchmarkLag:
    """Compute the exact lags on one benchmark; `best` gives the leader's best model of a day."""
    cells = tuple(cells)
    today = as_of.toordinal()
    follower, leader = build_cohort_frontier(cells, pair.follower), build_cohort_frontier(cells, pair.leader)
    tested = {point.model for point in leader.points}

    def was_tested(day: int) -> bool:
        return best(day) in tested

    events = compute_event_lags(follower, leader, today, tested=was_tested, saturates=benchmark.saturates)
    return BenchmarkLag(
        benchmark=benchmark.id,
        event_lags=events,
        events=summarise_events(events),
        standing=compute_standing(follower, leader, today, tested=was_tested),
        catchup=compute_catchup(follower, leader, today),
        follower_frontier=follower,
        leader_frontier=leader,
    )


def rank_best_by_day(cells: Mapping[str, Iterable[Cell]], cohort: str) -> BestByDay:
    """Return the function that gives a cohort's best model of a day: the newest with a record anywhere.

    Ties of a day go to the model with the most records, then to the smallest id. A first score on a benchmark
    counts as a record, so that a doubtful lead stays unverified. None before the cohort's first score.
    """
    count: Counter[tuple[int, str]] = Counter()
    for group in cells.values():
        count.update((record.day, record.model) for record in build_cohort_frontier(group, cohort).records)
    newest_first = sorted(count, key=lambda key: (-key[0], -count[key], key[1]))
    return lambda day: next((model for released, model in newest_first if released <= day), None)


def serialise_benchmark(lag: BenchmarkLag) -> dict[str, Any]:
    """Return one benchmark's exact lags as JSON types."""
    return {
        "event_lags": [_dated(asdict(event)) for event in lag.event_lags],
        "standing": asdict(lag.standing),
        "catchup": asdict(lag.catchup)
        | {"segments": [_dated(asdict(segment)) for segment in lag.catchup.segments]},
    }


def _dated(row: dict[str, Any]) -> dict[str, Any]:
    return {"date": date.fromordinal(row.pop("day")).isoformat()} | row
