"""Compute everything that is published about a pair of cohorts, as a pure function of the data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np

from leaderboard.lag.benchmark_median import BenchmarkMedian, compute_benchmark_median
from leaderboard.lag.composite import (
    DRAWS,
    SEED,
    Composite,
    JointDraws,
    check_table,
    compute_composite,
    draw_jointly,
)
from leaderboard.lag.data import Benchmark, Dataset, Pair
from leaderboard.lag.diagnostics import Diagnostics, diagnose
from leaderboard.lag.frontier import Frontier, Point, build_frontier
from leaderboard.lag.modelled import ModelledLag, compute_modelled_lags
from leaderboard.lag.readings import Reading, ReadingInput, compute_readings
from leaderboard.lag.summary import BestByDay, LagSummary, summarise_lags
from leaderboard.lag.table import FOLLOWER, LEADER, ScoreTable, build_table
from leaderboard.lag.threads import limit_blas_threads
from leaderboard.lag.trend import Trend

COMPOSITE = Benchmark("composite", chance=-1e9)


@dataclass(frozen=True)
class LagReport:
    """Exact and estimated lags; `readings` are keyed by name, then by benchmark id or "composite"."""

    summary: LagSummary
    composite: Composite
    benchmark_median: BenchmarkMedian
    readings: Mapping[str, Mapping[str, Reading]]
    diagnostics: Diagnostics | None
    joint_draws: JointDraws | None = None

    @cached_property
    def modelled(self) -> Mapping[str, ModelledLag]:
        """Return the lag on each benchmark with untested models predicted; a sixth of all the work."""
        if self.joint_draws is None:
            return {}
        lags = compute_modelled_lags(self.joint_draws, np.random.default_rng([self.composite.seed, 1]))
        return {lag.benchmark: lag for lag in lags}

    def to_json(self) -> dict[str, Any]:
        """Return the report as JSON types, as `manage.py lag --json` prints it."""
        out = self.summary.to_json()
        for name, lag in self.modelled.items():
            out["benchmarks"][name]["modelled"] = {k: v for k, v in asdict(lag).items() if k != "benchmark"}
        return out | self.to_published_json()

    def to_published_json(self) -> dict[str, Any]:
        """Return the published part of the report as JSON types: without the lags of single benchmarks."""
        whole = asdict(self.composite)
        del whole["trend"]
        records = whole.pop("records")
        return self.summary.header() | {
            "composite": whole,
            "trend": _plain_trend(self.composite.trend, self.summary.as_of),
            "benchmark_median": asdict(self.benchmark_median),
            "readings": {
                name: {benchmark: asdict(reading) for benchmark, reading in by_benchmark.items()}
                for name, by_benchmark in self.readings.items()
            },
            "records": [row | {"released_on": row["released_on"].isoformat()} for row in records],
            "diagnostics": asdict(self.diagnostics) if self.diagnostics else None,
        }


def compute_report(
    data: Dataset,
    pair: Pair,
    as_of: date,
    *,
    draws: int = DRAWS,
    seed: int = SEED,
    reading: str | None = None,
) -> LagReport:
    """Compute the report as of a day; the seed is part of the estimate.

    `reading` limits the readings to one name. Raises ValueError for a cohort without models, KeyError for an
    unknown reading.
    """
    with limit_blas_threads():
        table = build_table(data, pair, as_of)
        joint = None if check_table(table) else draw_jointly(table, draws=draws, seed=seed)
        summary = summarise_lags(data, pair, as_of, best=_best_by_day(joint) if joint else None)
        whole = compute_composite(table, joint, draws=draws, seed=seed)
        return LagReport(
            summary=summary,
            composite=whole,
            benchmark_median=compute_benchmark_median(summary.benchmarks.values(), table.today),
            readings=_readings(data, summary, joint, reading),
            diagnostics=diagnose(joint, pair, whole.records) if joint else None,
            joint_draws=joint,
        )


def _readings(
    data: Dataset, summary: LagSummary, joint: JointDraws | None, only: str | None
) -> dict[str, dict[str, Reading]]:
    today = summary.as_of.toordinal()
    benchmarks = {benchmark.id: benchmark for benchmark in data.benchmarks}
    cases = {
        name: ReadingInput(
            lag.follower_frontier, lag.leader_frontier, today, benchmarks[name], _point(benchmarks[name])
        )
        for name, lag in summary.benchmarks.items()
    }
    if joint is not None:
        mine, theirs = (build_mode_frontier(joint, group) for group in (FOLLOWER, LEADER))
        cases["composite"] = ReadingInput(mine, theirs, today, COMPOSITE, None)
    out: dict[str, dict[str, Reading]] = {}
    for benchmark, case in cases.items():
        for name, value in compute_readings(case, only).items():
            out.setdefault(name, {})[benchmark] = value
    return out


def _best_by_day(joint: JointDraws) -> BestByDay:
    """Return the function that gives the leader's most capable model of a day, at the index's mode."""
    records = build_mode_frontier(joint, LEADER).records
    return lambda day: next((r.model for r in reversed(records) if r.day <= day), None)


def _point(benchmark: Benchmark) -> float:
    return 1.0 if benchmark.ceiling is None else 0.01 * (benchmark.ceiling - benchmark.chance)


def build_mode_frontier(joint: JointDraws, group: int) -> Frontier:
    """Return a cohort's frontier of capabilities, in logits, at the mode; `group` as in the table."""
    table: ScoreTable = joint.fit.table
    return build_frontier(
        Point(model.id, model.day, float(joint.fit.theta[at]), model.day_lo, model.day_hi)
        for at in table.members(group)
        for model in (table.models[at],)
    )


def _plain_trend(trend: Trend, as_of: date) -> dict[str, Any]:
    out = asdict(trend)
    ahead = {key: out["parity"][key] for key in ("median", "lo", "hi")}
    dates = {key: None if months is None else _months_later(as_of, months) for key, months in ahead.items()}
    return out | {"parity": {"state": out["parity"]["state"], **dates, "months": ahead}}


def _months_later(day: date, months: int) -> str:
    years, month = divmod(day.month - 1 + months, 12)
    # The first of the month: a date of parity is not more precise than a month.
    return date(day.year + years, month + 1, 1).isoformat()
