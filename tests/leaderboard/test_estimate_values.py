"""Published values, as JSON stores them, are parsed to what was computed."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest

from leaderboard.estimate_values import BenchmarkValues, CompositeValues, ReadingValues
from leaderboard.lag.data import Pair
from leaderboard.lag.monthly_lag import compute_monthly_lags
from leaderboard.lag.report import LagReport, compute_report
from leaderboard.lag.table import FOLLOWER
from tests.study.worlds import BASE, TODAY, simulate_world

WORLD = simulate_world(BASE, 3)
NAMES = {model.id: model.id.upper() for model in WORLD.data.models}


@pytest.fixture(scope="module")
def report() -> LagReport:
    return compute_report(WORLD.data, Pair(), TODAY, draws=100)


def test_the_lags_on_each_benchmark_are_parsed_as_they_were_computed(report: LagReport) -> None:
    for lag in report.summary.benchmarks.values():
        stored = json.loads(json.dumps(BenchmarkValues.of(lag, NAMES).json))
        values = BenchmarkValues(stored)
        parsed = values.lag
        assert (parsed.event_lags, parsed.events) == (lag.event_lags, lag.events)
        assert (parsed.standing, parsed.catchup) == (lag.standing, lag.catchup)
        assert [row.model for row in values.records("follower")] == [
            point.model for point in lag.follower_frontier.records
        ]
        assert values.n_models == len(lag.follower_frontier.points) + len(lag.leader_frontier.points)
        assert BenchmarkValues.of(parsed, values.names).json == BenchmarkValues.of(lag, NAMES).json


def test_a_composite_is_parsed_as_it_was_computed(report: LagReport) -> None:
    values = CompositeValues(json.loads(json.dumps(CompositeValues.of(report, NAMES).json)))
    figures, composite, draws = values.figures, report.composite, report.joint_draws
    assert draws is not None
    for name in ("catchup", "standing"):
        parsed, computed = getattr(figures, name), getattr(composite, name)
        assert (parsed.status, parsed.median, parsed.lo, parsed.hi) == (
            computed.status, computed.median, computed.lo, computed.hi,
        )  # fmt: skip
    assert (figures.n_models, figures.n_scores) == (composite.n_models, composite.n_scores)
    assert [month.lag.median for month in values.path] == [
        month.lag.median for month in compute_monthly_lags(draws)
    ]
    assert len(values.models("follower")) == len(draws.fit.table.members(FOLLOWER))
    assert values.frontier_shares == {row.model: row.set_frontier for row in composite.records}


def test_a_reading_is_parsed_and_what_is_missing_has_its_default(report: LagReport) -> None:
    for name, json_values in ReadingValues.serialise(report).items():
        assert asdict(ReadingValues.parse(json_values)) == asdict(report.readings[name]["composite"])
    assert ReadingValues.parse({"state": "stale", "months": None}).n is None
    assert CompositeValues({}).path == []
    assert BenchmarkValues({}).records("leader") == []
