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
