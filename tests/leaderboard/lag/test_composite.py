"""A composite is given with enough current data, and otherwise with the reason why not."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from leaderboard.lag.composite import check_table, compute_composite, draw_jointly
from leaderboard.lag.data import Pair
from leaderboard.lag.draws import compute_standing_draws
from leaderboard.lag.exact_lags import compute_event_lags, compute_standing
from leaderboard.lag.index import fit_index
from leaderboard.lag.intervals import Interval, summarise_draws
from leaderboard.lag.monthly_lag import compute_monthly_lags
from leaderboard.lag.report import compute_report
from leaderboard.lag.table import FOLLOWER, LEADER, OTHER, ScoreTable, build_table
from leaderboard.lag.trend import Trend, TrendState
from tests.study.worlds import BASE, TODAY, simulate_world

KIND = replace(BASE, name="composite", n_models=40, n_benchmarks=6, fill=0.6)
WORLD = simulate_world(KIND, 2)


def table_of(as_of: date = TODAY, benchmarks: int = 6) -> ScoreTable:
    kept = {benchmark.id for benchmark in WORLD.data.benchmarks[:benchmarks]}
    scores = tuple(score for score in WORLD.data.scores if score.benchmark in kept)
    return build_table(replace(WORLD.data, scores=scores), Pair(), as_of)


@pytest.mark.parametrize(("benchmarks", "state"), [(2, "insufficient_overlap"), (3, None)])
def test_three_shared_benchmarks_are_enough(benchmarks: int, state: str | None) -> None:
    assert check_table(table_of(benchmarks=benchmarks)) == state


def test_a_table_is_stale_365_days_and_a_quarter_after_a_cohorts_last_model() -> None:
    last = min(max(table_of().days[table_of().members(group)]) for group in (0, 1))
    newest = date.fromordinal(int(last))
    assert check_table(table_of(newest + timedelta(days=365))) is None
    assert check_table(table_of(newest + timedelta(days=366))) == "stale"


@pytest.mark.parametrize("has_draws", [True, False])
def test_an_undefined_composite_has_its_counts_and_its_reason(has_draws: bool) -> None:
    fresh = table_of()
    joint = draw_jointly(fresh, draws=20) if has_draws else None
    table = replace(fresh, today=fresh.today + 2000) if has_draws else table_of(benchmarks=2)
    composite = compute_composite(table, joint, draws=7, seed=3)
    state = "stale" if has_draws else "insufficient_overlap"
    assert composite.status == state
    for figure in (composite.catchup, composite.standing, composite.mean12, composite.gap):
        assert figure == Interval(state, share=0.0)
    assert composite.trend == Trend(TrendState.TOO_FEW_RECORDS)
    assert (composite.records, composite.too_little_data) == ((), True)
    assert (composite.draws, composite.seed) == (7, 3)
    assert composite.n_models == (len(table.members(0)), len(table.members(1)))
    assert (composite.n_benchmarks, composite.n_scores) == (table.shared(), len(table.y))


def test_without_draws_a_composite_of_enough_data_has_too_little_overlap() -> None:
    assert compute_composite(table_of(), None).status == "insufficient_overlap"


def test_the_mean_of_a_year_is_that_of_its_twelve_months() -> None:
    table = table_of()
    joint = draw_jointly(table, draws=60)
    months = [
        compute_standing_draws(joint.follower, joint.leader, table.today - k * 30.4375) for k in range(12)
    ]
    low, high = (np.mean([getattr(each, end) for each in months], axis=0) for end in ("low", "high"))
    composite = compute_composite(table, joint)
    expected = summarise_draws(low, high)
    assert composite.mean12.status == expected.status
    assert (composite.mean12.lo, composite.mean12.hi) == pytest.approx((expected.lo, expected.hi))
    assert composite.draws == 2000
    assert composite.seed == 1


@pytest.mark.parametrize(
    ("cells", "members", "too_little"), [(150, 15, False), (149, 15, True), (150, 14, True), (400, 16, False)]
)
def test_150_scores_and_15_models_of_each_cohort_are_enough(
    cells: int, members: int, too_little: bool
) -> None:
    table = table_of()
    group = np.full_like(table.group, OTHER)
    for each in (FOLLOWER, LEADER):
        group[table.members(each)[:members]] = each
    repeats = np.resize(np.arange(len(table.y)), cells)
    parts = {name: getattr(table, name)[repeats] for name in ("row", "col", "y", "variance", "vendor")}
    composite = compute_composite(replace(table, group=group, **parts), draw_jointly(table, draws=20))
    assert (composite.n_scores, composite.n_models) == (cells, (members, members))
    assert composite.too_little_data is too_little


def test_records_are_those_of_one_draw_in_a_hundred_in_order_of_release() -> None:
    table = table_of()
    joint = draw_jointly(table, draws=200)
    records = compute_composite(table, joint).records
    assert [(r.released_on, r.model) for r in records] == sorted((r.released_on, r.model) for r in records)
    place = {model.id: at for at, model in enumerate(table.models)}
    assert all(r.capability == joint.fit.theta[place[r.model]] for r in records)
    assert min(r.set_frontier for r in records) >= 0.01
    first = {table.models[table.members(group)[0]].id for group in (0, 1)}
    assert {r.model for r in records if r.set_frontier == 1.0} >= first


def test_monthly_lags_end_today_with_the_standing_lag() -> None:
    table = table_of()
    joint = draw_jointly(table, draws=60)
    lags = compute_monthly_lags(joint)
    assert len(lags) == 36
    assert [lag.on for lag in lags[-3:]] == [TODAY - timedelta(days=days) for days in (61, 30, 0)]
    assert lags[0].on == TODAY - timedelta(days=round(35 * 30.4375))
    assert lags[-1].lag == compute_composite(table, joint).standing


@pytest.mark.parametrize(
    ("function", "options"),
    [
        (draw_jointly, ["draws", "seed", "start"]),
        (compute_composite, ["draws", "seed"]),
        (compute_report, ["draws", "seed", "reading"]),
        (fit_index, ["steps"]),
        (compute_event_lags, ["tested", "saturates"]),
        (compute_standing, ["tested"]),
        (summarise_draws, ["undefined", "central"]),
    ],
)
def test_options_are_given_by_name_and_data_by_name_or_place(
    function: Callable[..., Any], options: list[str]
) -> None:
    parameters = inspect.signature(function).parameters.values()
    assert [each.name for each in parameters if each.kind is each.KEYWORD_ONLY] == options
    assert all(each.kind is not each.POSITIONAL_ONLY for each in parameters)
