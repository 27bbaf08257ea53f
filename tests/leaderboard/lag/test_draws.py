"""The functionals over draws are, draw by draw, those of the exact part."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaderboard.lag import exact_lags
from leaderboard.lag.draws import (
    build_frontier_draws,
    compute_catchup_draws,
    compute_path_draws,
    compute_record_shares,
    compute_standing_draws,
    draw_days,
)
from leaderboard.lag.frontier import Point, build_frontier

TODAY = 1000
POINTS = st.lists(st.tuples(st.integers(640, TODAY), st.integers(0, 30).map(float)), min_size=1, max_size=10)


def both(points):
    points = sorted(points, key=lambda p: (p[0], -p[1]))
    exact = build_frontier(Point(f"m{i:02d}", day, value, day, day) for i, (day, value) in enumerate(points))
    days, values = (np.array(column, float) for column in zip(*points, strict=True))
    return exact, build_frontier_draws(np.stack([values, values]), days)


@given(POINTS, POINTS)
def test_standing_in_a_draw_is_the_exact_standing(mine, theirs):
    (a, draw_a), (b, draw_b) = both(mine), both(theirs)
    exact, drawn = exact_lags.compute_standing(a, b, TODAY), compute_standing_draws(draw_a, draw_b, TODAY)
    assert drawn.gap[1] == exact.gap
    expected = pytest.approx(exact.signed_months)
    if exact.at_least and exact.state == "behind":
        assert (drawn.low[1], drawn.high[1]) == (expected, np.inf)
    elif exact.at_least and exact.state == "ahead":
        assert (drawn.low[1], drawn.high[1]) == (-np.inf, expected)
    else:
        assert (drawn.low[1], drawn.high[1]) == (expected, expected)


@given(POINTS, POINTS, st.sampled_from([90.0, 365.25, 5000.0]))
def test_catch_up_in_a_draw_is_the_exact_catch_up(mine, theirs, window):
    (a, draw_a), (b, draw_b) = both(mine), both(theirs)
    exact, drawn = (
        exact_lags.compute_catchup(a, b, TODAY, window),
        compute_catchup_draws(draw_a, draw_b, TODAY, window),
    )
    assert drawn.width[1] == pytest.approx(exact.width)
    if exact.lag_months is None:
        assert np.isnan(drawn.lag[1])
    else:
        assert drawn.lag[1] == pytest.approx(exact.lag_months)


@given(POINTS, POINTS)
def test_the_path_is_the_standing_of_each_month(mine, theirs):
    (_, draw_a), (_, draw_b) = both(mine), both(theirs)
    path = compute_path_draws(draw_a, draw_b, TODAY, 3)
    for k in range(3):
        now = compute_standing_draws(draw_a, draw_b, TODAY - k * 30.4375)
        assert np.array_equal(path.low[:, k], now.low, equal_nan=True)


def test_month_only_days_may_change_the_order_of_models():
    draws = build_frontier_draws(np.array([[1.0, 2.0], [1.0, 2.0]]), np.array([[10.0, 20.0], [30.0, 20.0]]))
    assert draws.best.tolist() == [[1, 2], [2, 2]]
    set_, holds = compute_record_shares(draws)
    assert (set_.tolist(), holds.tolist()) == ([0.5, 1.0], [0.0, 1.0])


def test_a_match_whose_month_alone_is_known_spreads_the_lag_over_the_month():
    days = draw_days(np.array([500.0, 701.0]), np.array([500.0, 730.0]), 4000, np.random.default_rng(1))
    leader = build_frontier_draws(np.tile([1.0, 2.0], (4000, 1)), days)
    follower = build_frontier_draws(np.tile([1.0, 2.0], (4000, 1)), np.array([500.0, 900.0]))
    lag = compute_catchup_draws(follower, leader, 1000).lag * 30.4375
    assert (lag.min(), lag.max()) == (pytest.approx(170), pytest.approx(199))
    assert lag.mean() == pytest.approx(184.5, abs=0.6)


def test_days_are_drawn_within_their_month_and_known_ones_not_at_all():
    rng = np.random.default_rng(1)
    drawn = draw_days(np.array([1.0, 50.0]), np.array([31.0, 50.0]), 5000, rng)
    assert (drawn[:, 0].min(), drawn[:, 0].max()) == (1, 31)
    assert drawn[:, 0].mean() == pytest.approx(16, abs=0.5)
    assert set(drawn[:, 1]) == {50}
    assert draw_days(np.array([5.0]), np.array([5.0]), 9, rng).shape == (1, 1)


def frontier(*points):
    """Build the frontier of one draw from (day, value) pairs in order of day."""
    days, values = (np.array(column, float) for column in zip(*points, strict=True))
    return build_frontier_draws(values[None, :], days)


@pytest.mark.parametrize("sign", [1, -1])
def test_frontiers_within_a_tie_of_each_other_are_level(sign):
    leader = frontier((100, -5.0), (400, 0.0))
    lag = compute_standing_draws(frontier((100, -5.0), (700, sign * 1e-9)), leader, 1000)
    assert (lag.low.tolist(), lag.high.tolist(), lag.gap.tolist()) == ([0], [0], [-sign * 1e-9])
    lag = compute_standing_draws(frontier((100, -5.0), (700, sign * 2e-9)), leader, 1000)
    assert lag.low == pytest.approx([-300 / 30.4375 if sign > 0 else 600 / 30.4375])


def test_a_cohort_without_a_model_has_no_standing_and_no_gap():
    lag = compute_standing_draws(frontier((900, 1.0)), frontier((500, 1.0)), 899)
    assert [np.isnan(part).tolist() for part in (lag.low, lag.high, lag.gap)] == [[True]] * 3


def test_a_match_by_a_first_model_leaves_the_far_end_of_a_standing_open():
    behind = compute_standing_draws(frontier((700, 1.0)), frontier((400, 2.0)), 1000)
    assert (behind.low, behind.high) == (pytest.approx([600 / 30.4375]), [np.inf])
    ahead = compute_standing_draws(frontier((700, 2.0)), frontier((400, 1.0)), 1000)
    assert (ahead.low, ahead.high) == ([-np.inf], pytest.approx([-300 / 30.4375]))


def test_a_level_is_reached_by_a_tie_and_no_sooner():
    tracked = frontier((100, 0.0), (400, 1e-9), (500, 5.0))
    days, first = tracked.first_at_level(np.array([1e-9]))
    assert (days.tolist(), first.tolist()) == ([100], [True])
    days, first = tracked.first_at_level(np.array([3e-9]))
    assert (days.tolist(), first.tolist()) == ([500], [False])
    days, first = tracked.first_at_level(np.array([5.1]))
    assert (days.tolist(), first.tolist()) == ([np.inf], [False])
    assert [tracked.value_at(day)[0] for day in (99, 100, 499, 500)] == [-np.inf, 0.0, 1e-9, 5.0]


@pytest.mark.parametrize(
    ("window", "width", "days"),
    [
        # The follower reached 2 to 3 at day 950, 4 to 5 at 980; the leader at 300, 500 and 960.
        (20, 2.0, 480),
        (49, 2.0, 480),
        (50, 3.0, (2 * 480 + 650) / 3),
        (900, 3.0, (2 * 480 + 650) / 3),
    ],
)
def test_only_levels_of_the_window_count_for_the_catch_up(window, width, days):
    follower = frontier((200, 2.0), (950, 3.0), (980, 5.0))
    leader = frontier((100, 1.0), (300, 3.0), (500, 5.0), (960, 6.0))
    caught = compute_catchup_draws(follower, leader, 1000, window + 0.5)
    assert (caught.width, caught.lag) == (pytest.approx([width]), pytest.approx([days / 30.4375]))


def test_a_catch_up_of_a_year_counts_365_days_and_a_quarter():
    follower, leader = frontier((10, 0.0), (635, 1.0), (900, 2.0)), frontier((5, 0.0), (20, 3.0))
    assert compute_catchup_draws(follower, leader, 1000).width == pytest.approx([2.0])
    assert compute_catchup_draws(follower, leader, 1000.25).width == pytest.approx([1.0])
    assert compute_catchup_draws(follower, leader, 1000.3).width == pytest.approx([1.0])


def test_a_width_of_a_tie_is_no_new_level():
    follower, leader = frontier((10, 0.0), (900, 1e-9)), frontier((5, 0.0), (20, 3.0))
    assert np.isnan(compute_catchup_draws(follower, leader, 1000).lag).tolist() == [True]
    wider = frontier((10, 0.0), (900, 2e-9))
    assert compute_catchup_draws(wider, leader, 1000).lag == pytest.approx([880 / 30.4375])


def test_the_path_goes_back_month_by_month():
    follower, leader = frontier((0, 0.0), (700, 1.0)), frontier((0, 0.5), (300, 1.5))
    path = compute_path_draws(follower, leader, 1000, 3)
    assert path.months.tolist() == [0, 1, 2]
    months = 700 / 30.4375
    assert path.low == pytest.approx(np.array([[months, months - 1, months - 2]]))
    assert path.high == pytest.approx(np.array([[months, months - 1, months - 2]]))


def test_shares_of_records_are_those_of_the_draws():
    days = np.array([10.0, 20.0, 30.0])
    values = np.array([[1.0, 3.0, 2.0], [0.0, 1e-9, 2.0], [3.0, 2.0, 1.0], [1.0, 2.0, 3.0]])
    rises, holds = compute_record_shares(build_frontier_draws(values, days))
    assert (rises.tolist(), holds.tolist()) == ([1.0, 0.5, 0.5], [0.25, 0.25, 0.5])
    mixed = build_frontier_draws(values[:, [2, 0, 1]], days[[2, 0, 1]])
    rises, holds = compute_record_shares(mixed)
    assert (rises.tolist(), holds.tolist()) == ([0.5, 1.0, 0.5], [0.5, 0.25, 0.25])


def test_of_days_where_only_some_are_known_the_known_ones_are_drawn_as_they_are():
    days = draw_days(np.array([5.0, 7.0]), np.array([5.0, 8.0]), 50, np.random.default_rng(1))
    assert days.shape == (50, 2)
    assert (set(days[:, 0]), set(days[:, 1])) == ({5.0}, {7.0, 8.0})
