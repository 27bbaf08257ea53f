"""What must hold whatever the data: properties of the frontier and of every lag read from it."""

import math
import random
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaderboard.lag.data import Benchmark, Dataset, Model, Pair, Score
from leaderboard.lag.exact_lags import compute_catchup, compute_event_lags, compute_standing
from leaderboard.lag.frontier import Point, build_frontier
from leaderboard.lag.summary import summarise_lags

TODAY = 1000
VALUES = st.integers(0, 60).map(float)
POINTS = st.lists(st.tuples(st.integers(0, TODAY), VALUES), max_size=12)


def build(points, shift=0):
    return build_frontier(
        Point(f"m{i}", day + shift, value, day + shift, day + shift) for i, (day, value) in enumerate(points)
    )


@given(POINTS, st.integers(-10, TODAY + 10), st.integers(0, 500))
def test_the_frontier_never_falls(points, day, later):
    before, after = build(points).value_at(day), build(points).value_at(day + later)
    assert before is None or (after is not None and after >= before)


@given(POINTS)
def test_the_lag_of_a_cohort_to_itself_is_zero(points):
    same = build(points)
    assert all(event.lag_months == 0 for event in compute_event_lags(same, same, TODAY))
    assert compute_standing(same, same, TODAY).signed_months in (0, None)
    assert compute_catchup(same, same, TODAY).lag_months in (0, None)


@given(POINTS, POINTS, st.integers(-400, 400))
def test_shifting_the_followers_dates_shifts_its_matched_lags(mine, theirs, days):
    leader, today = build(theirs), 3 * TODAY
    before = compute_event_lags(build(mine), leader, today)
    after = compute_event_lags(build(mine, shift=days), leader, today)
    for first, two in zip(before, after, strict=True):
        if first.lag_months is not None:
            assert two.lag_months == pytest.approx(first.lag_months + days / 30.4375)


@given(POINTS, POINTS, st.integers(0, 360))
def test_shifting_the_followers_dates_shifts_its_catch_up(mine, theirs, days):
    mine, theirs = [*mine, (0, -1.0), (TODAY, 70.0)], [*theirs, (0, -1.0), (TODAY, 80.0)]
    leader, today, ever = build(theirs), TODAY + 360, 10.0 * TODAY
    before = compute_catchup(build(mine), leader, today, ever)
    after = compute_catchup(build(mine, shift=days), leader, today, ever)
    assert before.lag_months is not None
    assert after.lag_months == pytest.approx(before.lag_months + days / 30.4375)


@given(POINTS, POINTS)
def test_swapping_the_cohorts_negates_every_finite_standing_lag(mine, theirs):
    first, two = (
        compute_standing(build(mine), build(theirs), TODAY),
        compute_standing(build(theirs), build(mine), TODAY),
    )
    if first.signed_months is None:
        assert two.signed_months is None
    else:
        assert two.signed_months == -first.signed_months
        assert two.gap == -first.gap


@given(POINTS, POINTS)
def test_swapping_the_cohorts_negates_the_catch_up(mine, theirs):
    first, two = (
        compute_catchup(build(mine), build(theirs), TODAY),
        compute_catchup(build(theirs), build(mine), TODAY),
    )
    assert (first.lag_months is None) == (two.lag_months is None)
    if first.lag_months is not None and two.lag_months is not None:
        assert two.lag_months == pytest.approx(-first.lag_months)


@given(POINTS, POINTS, st.tuples(st.integers(0, TODAY), VALUES))
def test_adding_a_model_of_the_follower_never_lengthens_a_standing_lag(mine, theirs, extra):
    before = compute_standing(build(mine), build(theirs), TODAY).signed_months
    after = compute_standing(build([*mine, extra]), build(theirs), TODAY).signed_months
    assert before is None or (after is not None and after <= before)


@given(POINTS, POINTS)
def test_an_increasing_rescaling_of_scores_changes_no_event_and_no_standing(mine, theirs):
    def bent(points):
        return [(day, math.exp(value / 20) - 3) for day, value in points]

    events = compute_event_lags(build(mine), build(theirs), TODAY)
    rescaled = compute_event_lags(build(bent(mine)), build(bent(theirs)), TODAY)
    plain = [replace(event, level=0.0, lag_interp=None) for event in events]
    assert plain == [replace(event, level=0.0, lag_interp=None) for event in rescaled]
    first = compute_standing(build(mine), build(theirs), TODAY)
    assert replace(first, gap=None) == replace(
        compute_standing(build(bent(mine)), build(bent(theirs)), TODAY), gap=None
    )


ROWS = st.lists(
    st.tuples(st.sampled_from("abcdefgh"), st.sampled_from("xyz"), st.integers(0, 100)), max_size=25
)
ORIGIN = date(2024, 1, 1)
SOME_MODELS = tuple(
    Model(name, cohort, ORIGIN + timedelta(days=97 * i % 500), base="ab" if name in "ac" else None)
    for i, (name, cohort) in enumerate(zip("abcdefgh", ["China", "US"] * 4, strict=True))
)


def some_data(rows):
    models = tuple(replace(model) for model in SOME_MODELS)
    scores = tuple(Score(m, b, v / 100) for m, b, v in rows)
    return Dataset(models, tuple(Benchmark(b, ceiling=1.0) for b in "xyz"), scores)


@given(ROWS, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(rows, rng: random.Random):
    data, as_of = some_data(rows), ORIGIN + timedelta(days=450)
    parts = [list(part) for part in (data.models, data.benchmarks, data.scores)]
    for part in parts:
        rng.shuffle(part)
    shuffled = Dataset(*(tuple(part) for part in parts))
    assert summarise_lags(data, Pair(), as_of).to_json() == summarise_lags(shuffled, Pair(), as_of).to_json()


@given(ROWS, st.integers(0, 100))
def test_an_as_of_date_never_sees_a_later_row(rows, value):
    data, as_of = some_data(rows), ORIGIN + timedelta(days=300)
    later = Model("later", "China", as_of + timedelta(days=1))
    more = replace(
        data, models=(*data.models, later), scores=(*data.scores, Score("later", "x", value / 100))
    )
    assert summarise_lags(data, Pair(), as_of).to_json() == summarise_lags(more, Pair(), as_of).to_json()
