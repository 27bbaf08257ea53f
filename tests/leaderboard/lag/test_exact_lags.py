"""Event lags, standing and catch-up, each worked by hand: 30.4375 days are a month."""

import pytest

from leaderboard.lag.exact_lags import (
    Catchup,
    CatchupState,
    EventLag,
    EventState,
    Standing,
    StandingState,
    compute_catchup,
    compute_event_lags,
    compute_standing,
    cut_segments,
    summarise_events,
)
from leaderboard.lag.frontier import Point, build_frontier

from .builders import day, line

MONTH = 30.4375
NOBODY = build_frontier([])


def test_a_record_below_the_leaders_frontier_is_behind_by_the_days_since_the_match():
    leader = line(("2024-01-01", 0.4), ("2024-02-01", 0.6), name="us")
    (event,) = compute_event_lags(line(("2024-05-11", 0.55)), leader, day("2024-12-31"))
    assert (event.status, event.match, event.at_least, event.verified) == (
        EventState.BEHIND,
        "us2",
        False,
        None,
    )
    assert event.lag_months == pytest.approx(100 / MONTH)
    # From 0.4 on 1 January to 0.6 on 1 February, 0.55 is crossed after 3/4 of 31 days.
    assert event.lag_interp == pytest.approx((131 - 23.25) / MONTH)


def test_a_match_by_the_leaders_first_model_is_only_a_lower_bound():
    (event,) = compute_event_lags(line(("2024-02-01", 0.3)), line(("2024-01-01", 0.4)), day("2024-12-31"))
    assert event.at_least
    assert event.lag_months == pytest.approx(31 / MONTH)


def test_a_level_that_the_leader_reached_later_is_a_negative_lag():
    leader = line(("2024-01-01", 0.4), ("2024-04-01", 0.6), name="us")
    (event,) = compute_event_lags(line(("2024-03-01", 0.6)), leader, day("2024-12-31"))
    assert (event.status, event.match, event.verified) == (EventState.AHEAD_MATCHED, "us2", True)
    assert event.lag_months == pytest.approx(-31 / MONTH)


def test_a_level_that_the_leader_has_not_reached_has_a_bound_and_no_value():
    (event,) = compute_event_lags(line(("2024-03-01", 0.6)), line(("2024-01-01", 0.4)), day("2024-04-01"))
    assert (event.status, event.match, event.lag_months) == (EventState.AHEAD_OPEN, None, None)
    assert event.lag_hi == pytest.approx(-31 / MONTH)
    assert event.lag_lo is None


def test_without_any_model_of_the_leader_there_is_no_reference():
    (event,) = compute_event_lags(line(("2024-03-01", 0.6)), NOBODY, day("2024-04-01"))
    assert (event.status, event.lag_months, event.lag_hi) == (EventState.NO_REFERENCE, None, None)


def test_a_lead_is_unverified_when_the_leaders_best_model_was_not_tested_or_came_later():
    follower, leader = line(("2024-03-01", 0.6)), line(("2024-01-01", 0.4))
    (event,) = compute_event_lags(follower, leader, day("2024-04-01"), tested=lambda on: False)
    assert event.verified is False
    (early,) = compute_event_lags(follower, line(("2024-03-02", 0.4)), day("2024-04-01"))
    assert early.verified is False


def test_month_dates_of_both_sides_widen_the_bounds_of_a_lag():
    follower = build_frontier([Point("cn", day("2024-05-16"), 0.5, day("2024-05-01"), day("2024-05-31"))])
    leader = build_frontier([Point("us", day("2024-01-16"), 0.5, day("2024-01-01"), day("2024-01-31"))])
    (event,) = compute_event_lags(follower, leader, day("2024-12-31"))
    assert event.lag_months == pytest.approx(121 / MONTH)
    assert event.lag_lo == pytest.approx(91 / MONTH)
    assert event.lag_hi == pytest.approx(151 / MONTH)


def test_saturated_and_undefined_lags_are_shown_but_not_averaged():
    follower = line(("2024-02-01", 0.3), ("2024-03-01", 0.5), ("2024-04-01", 0.99))
    leader = line(("2024-01-01", 0.6), name="us")
    events = compute_event_lags(follower, leader, day("2024-05-01"), saturates=lambda level: level > 0.95)
    assert [event.saturated for event in events] == [False, False, True]
    summary = summarise_events(events)
    assert (summary.n_events, summary.n_behind, summary.n_ahead, summary.n_at_least) == (2, 2, 0, 2)
    assert summary.mean_months == pytest.approx((31 + 60) / 2 / MONTH)
    assert summary.last_months == pytest.approx(60 / MONTH)
    assert summarise_events([]).mean_months is None


def test_standing_behind_is_the_age_of_the_leaders_equal():
    follower = line(("2024-02-01", 0.3), ("2024-06-01", 0.5))
    leader = line(("2024-01-01", 0.2), ("2024-03-01", 0.55), ("2024-05-01", 0.8), name="us")
    lag = compute_standing(follower, leader, day("2024-07-01"))
    assert (lag.state, lag.match, lag.at_least) == (StandingState.BEHIND, "us2", False)
    assert lag.signed_months == pytest.approx(122 / MONTH)
    assert lag.gap == pytest.approx(0.3)
    assert lag.mirror_months is None


def test_standing_ahead_is_minus_the_age_of_the_followers_equal():
    follower = line(("2024-02-01", 0.3), ("2024-06-01", 0.5), name="cn")
    lag = compute_standing(follower, line(("2024-01-01", 0.4)), day("2024-07-01"))
    assert (lag.state, lag.match) == (StandingState.AHEAD, "cn2")
    assert lag.signed_months == pytest.approx(-30 / MONTH)
    assert lag.mirror_months == pytest.approx(30 / MONTH)


def test_a_standing_lead_is_verified_only_if_the_leaders_best_model_was_tested():
    follower, leader = line(("2024-06-01", 0.5)), line(("2024-01-01", 0.4))
    today = day("2024-07-01")
    assert compute_standing(follower, leader, today).verified is True
    assert compute_standing(follower, leader, today, tested=lambda on: False).verified is False
    assert compute_standing(leader, follower, today, tested=lambda on: False).verified is None


def test_standing_is_zero_only_when_the_frontiers_are_level():
    lag = compute_standing(line(("2024-02-01", 0.5)), line(("2024-01-01", 0.5)), day("2024-07-01"))
    assert (lag.state, lag.signed_months, lag.gap) == (StandingState.LEVEL, 0.0, 0.0)
    assert lag.mirror_months == pytest.approx(151 / MONTH)


@pytest.mark.parametrize(
    ("follower", "leader", "state"),
    [
        (NOBODY, line(("2024-01-01", 0.5)), "no_follower"),
        (line(("2024-01-01", 0.5)), NOBODY, "no_leader"),
        (line(("2023-01-01", 0.5)), line(("2024-06-01", 0.5)), "stale"),
        (line(("2024-06-01", 0.5)), line(("2023-01-01", 0.5)), "stale"),
    ],
)
def test_a_current_lag_that_cannot_be_said_has_a_state_and_no_number(follower, leader, state):
    today = day("2024-07-01")
    lag, caught = compute_standing(follower, leader, today), compute_catchup(follower, leader, today)
    assert (lag.state, caught.status) == (state, state)
    assert (lag.signed_months, lag.gap, caught.lag_months, caught.width) == (None, None, None, None)


def test_a_cohort_with_a_recent_model_that_set_no_record_is_not_stale():
    follower = line(("2022-01-01", 0.5), ("2024-06-01", 0.4))
    assert compute_standing(follower, line(("2024-06-15", 0.6)), day("2024-07-01")).state == "behind"


def test_segments_lie_between_neighbouring_records_above_both_first_ones():
    follower = line(("2024-03-01", 0.2), ("2024-06-01", 0.5), name="cn")
    leader = line(("2024-01-01", 0.3), ("2024-02-01", 0.4), ("2024-08-01", 0.7), name="us")
    lag = [(s.low, s.high, s.follower, s.leader, s.day) for s in cut_segments(follower, leader)]
    assert lag == [(0.3, 0.4, "cn2", "us2", day("2024-06-01")), (0.4, 0.5, "cn2", "us3", day("2024-08-01"))]


def test_catch_up_weighs_each_level_by_its_width():
    follower = line(("2024-03-01", 0.2), ("2024-06-01", 0.5), name="cn")
    leader = line(("2024-01-01", 0.3), ("2024-02-01", 0.45), ("2024-08-01", 0.7), name="us")
    lag = compute_catchup(follower, leader, day("2024-08-31"))
    # 0.3 to 0.45 was reached 121 days after, 0.45 to 0.5 was reached 61 days before.
    assert lag.lag_months == pytest.approx((0.15 * 121 - 0.05 * 61) / 0.2 / MONTH)
    assert lag.width == pytest.approx(0.2)
    assert lag.n_events == 2


def test_catch_up_counts_only_segments_of_the_window():
    follower = line(("2024-03-01", 0.2), ("2024-06-01", 0.5), ("2025-01-01", 0.1), name="cn")
    leader = line(("2024-01-01", 0.3), ("2024-02-01", 0.45), ("2025-06-01", 0.7), name="us")
    lag = compute_catchup(follower, leader, day("2025-06-02"))
    assert (lag.lag_months, lag.n_events) == (pytest.approx(-365 / MONTH), 1)


def test_catch_up_without_a_new_common_level_says_so():
    lag = compute_catchup(line(("2024-03-01", 0.2)), line(("2024-01-01", 0.3)), day("2024-08-31"))
    assert (lag.status, lag.lag_months) == (CatchupState.NO_NEW_COMMON_LEVEL, None)
    assert (lag.width, lag.n_events) == (0.0, 0)


def test_an_event_lag_without_options_is_unsaturated_and_a_lead_verified():
    leader = line(("2024-01-01", 0.4), ("2024-04-01", 0.99), name="us")
    behind, ahead = compute_event_lags(
        line(("2024-02-01", 0.4), ("2024-03-01", 0.99), name="cn"), leader, day("2024-12-31")
    )
    assert (behind.saturated, behind.verified, behind.match) == (False, None, "us1")
    assert (ahead.saturated, ahead.verified, ahead.at_least) == (False, True, False)
    assert ahead.lag_interp == pytest.approx(-31 / MONTH)


def test_a_model_of_the_leaders_own_day_is_behind_by_nothing_and_verifies_a_lead():
    leader = line(("2024-01-01", 0.4), ("2024-03-01", 0.6), name="us")
    (event,) = compute_event_lags(line(("2024-03-01", 0.6)), leader, day("2024-12-31"))
    assert (event.status, event.lag_months, event.verified) == (EventState.BEHIND, 0.0, None)
    (lead,) = compute_event_lags(line(("2024-01-01", 0.6)), leader, day("2024-12-31"))
    assert (lead.status, lead.verified) == (EventState.AHEAD_MATCHED, True)


def test_an_open_lead_of_a_month_that_is_not_over_has_no_lag_above_zero():
    follower = build_frontier([Point("cn", day("2024-05-16"), 0.5, day("2024-05-01"), day("2024-05-31"))])
    leader = line(("2024-01-01", 0.4))
    for today, bound in (("2024-05-20", 0.0), ("2024-05-31", 0.0), ("2024-06-10", -10 / MONTH)):
        (event,) = compute_event_lags(follower, leader, day(today))
        assert event.lag_hi == pytest.approx(bound)


def test_events_are_counted_by_their_status():
    follower = line(("2024-02-01", 0.3), ("2024-03-01", 0.5), ("2024-04-01", 0.7), name="cn")
    leader = line(("2024-01-01", 0.35), ("2024-06-01", 0.6), name="us")
    summary = summarise_events(compute_event_lags(follower, leader, day("2024-07-01")))
    assert (summary.n_events, summary.n_behind, summary.n_ahead, summary.n_at_least) == (3, 1, 2, 1)
    assert summary.mean_months == pytest.approx((31 - 92) / 2 / MONTH)
    assert summary.median_months == pytest.approx((31 - 92) / 2 / MONTH)
    assert summary.last_months == pytest.approx(-92 / MONTH)
    nothing = summarise_events([])
    assert (nothing.n_events, nothing.median_months, nothing.last_months) == (0, None, None)


@pytest.mark.parametrize(("today", "state"), [("2024-12-31", "behind"), ("2025-01-01", "stale")])
def test_a_cohort_is_stale_365_days_and_a_quarter_after_its_last_model(today, state):
    follower, leader = line(("2024-01-01", 0.4)), line(("2023-06-01", 0.5), ("2024-06-01", 0.6))
    assert compute_standing(follower, leader, day(today)).state == state


def test_a_standing_names_its_match_and_whether_it_is_the_first_model():
    first = line(("2024-01-01", 0.6), name="us")
    later = line(("2024-01-01", 0.2), ("2024-02-01", 0.6), name="us")
    follower = line(("2024-03-01", 0.4), name="cn")
    today = day("2024-07-01")
    assert [compute_standing(follower, each, today).at_least for each in (first, later)] == [True, False]
    ahead = compute_standing(first, follower, today)
    assert (ahead.match, ahead.at_least, ahead.mirror_match) == ("us1", True, "us1")
    assert compute_standing(later, follower, today).at_least is False
    level = compute_standing(line(("2024-03-01", 0.6), name="cn"), later, today)
    assert (level.match, level.at_least, level.mirror_match) == ("us2", False, "cn1")
    assert compute_standing(line(("2024-03-01", 0.6), name="cn"), first, today).at_least is True


def test_a_segment_is_wider_than_a_tie():
    follower, leader = (
        line(("2024-01-01", 0.0), ("2024-03-01", 1e-9)),
        line(("2024-01-01", 0.0), ("2024-02-01", 1.0)),
    )
    assert cut_segments(follower, leader) == ()
    wider = line(("2024-01-01", 0.0), ("2024-03-01", 2e-9))
    (segment,) = cut_segments(wider, leader)
    assert (segment.low, segment.high, segment.day) == (0.0, 2e-9, day("2024-03-01"))
    assert segment.lag_months == pytest.approx(29 / MONTH)


def test_a_segment_of_today_counts_and_one_at_the_start_of_the_window_does_not():
    follower = line(("2024-01-01", 0.1), ("2024-03-01", 0.3), ("2024-03-31", 0.4), name="cn")
    leader = line(("2024-01-01", 0.2), ("2024-02-01", 0.5), name="us")
    caught = compute_catchup(follower, leader, day("2024-03-31"), 30)
    assert (caught.width, caught.n_events) == (pytest.approx(0.1), 1)
    caught = compute_catchup(follower, leader, day("2024-03-31"), 31)
    assert (caught.width, caught.n_events) == (pytest.approx(0.2), 2)
    assert compute_catchup(follower, leader, day("2024-03-30"), 31).n_events == 1


def test_figures_that_a_state_leaves_open_are_none_and_flags_are_false():
    event = EventLag("m", 1, 0.5, EventState.NO_REFERENCE)
    assert (event.match, event.lag_months, event.lag_lo, event.lag_hi, event.lag_interp) == (None,) * 5
    assert (event.at_least, event.verified, event.saturated) == (False, None, False)
    standing = Standing(StandingState.STALE)
    assert (standing.signed_months, standing.gap, standing.match, standing.verified) == (None,) * 4
    assert (standing.at_least, standing.mirror_months, standing.mirror_match) == (False, None, None)
    caught = Catchup(CatchupState.STALE)
    assert (caught.lag_months, caught.width, caught.n_events, caught.segments) == (None, None, None, ())
