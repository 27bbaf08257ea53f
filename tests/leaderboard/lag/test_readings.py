"""Each reading of the lag, worked by hand on one small pair of frontiers."""

import math

import pytest

from leaderboard.lag.data import Benchmark
from leaderboard.lag.readings import READINGS, ReadingInput, compute_readings, kaplan_meier_median

from .builders import day, line

MONTH = 30.4375
SHARE = Benchmark("b", ceiling=1.0)


@pytest.fixture
def case():
    leader = line(("2024-01-01", 0.3), ("2024-02-01", 0.5), ("2024-06-01", 0.7), name="us")
    follower = line(("2024-03-01", 0.2), ("2024-05-01", 0.4), ("2024-08-01", 0.6), name="cn")
    return ReadingInput(follower, leader, day("2024-09-01"), SHARE)


def test_every_reading_of_the_method_has_a_name():
    assert list(READINGS) == [
        "catchup",
        "standing",
        "event_mean",
        "event_median",
        "epoch_daily",
        "leader_matched",
        "threshold",
        "log_loss_tolerance",
        "bracket",
    ]


def test_the_exact_readings_are_the_exact_part(case):
    reading = compute_readings(case)
    # Events: 0.2 after 60 days (at least), 0.4 after 90, 0.6 after 61. Levels 0.3 to 0.6, a third each.
    assert reading["event_mean"].months == pytest.approx(211 / 3 / MONTH)
    assert reading["event_mean"].at_least
    assert reading["event_median"].months == pytest.approx(61 / MONTH)
    assert reading["catchup"].months == pytest.approx((90 + 182 + 61) / 3 / MONTH)
    assert reading["standing"].months == pytest.approx(92 / MONTH)


def test_leader_matched_counts_open_records_as_longer(case):
    # 0.3 matched after 121 days, 0.5 after 182, 0.7 open after 92: the curve is 1/2 at 121, 0 at 182.
    reading = compute_readings(case, "leader_matched")["leader_matched"]
    assert (reading.months, reading.n) == (pytest.approx(121 / MONTH), 3)


def test_kaplan_meier_by_hand():
    assert kaplan_meier_median([(1, True), (2, False), (3, True), (4, True)]) == 3
    assert kaplan_meier_median([(1, True), (2, False), (3, False)]) is None


def test_threshold_takes_levels_every_five_percent(case):
    # 0.05 to 0.2: 60 days; 0.25 and 0.3: 121; 0.35, 0.4: 90; 0.45, 0.5: 182; 0.55, 0.6: 61.
    reading = compute_readings(case, "threshold")["threshold"]
    assert reading.n == 12
    assert reading.months == pytest.approx((4 * 60 + 2 * (121 + 90 + 182 + 61)) / 12 / MONTH)


def test_log_loss_tolerance_matches_a_model_that_is_nearly_as_good():
    # -ln(1 - 0.49) is less than 0.02 below -ln(1 - 0.5); -ln(1 - 0.48) is not.
    assert -math.log(0.51) > -math.log(0.5) - 0.02 > -math.log(0.52)
    leader = line(("2024-01-01", 0.5), ("2024-04-01", 0.8))
    follower = line(("2024-02-01", 0.48), ("2024-03-01", 0.49))
    reading = compute_readings(ReadingInput(follower, leader, day("2024-09-01"), SHARE))["log_loss_tolerance"]
    assert (reading.months, reading.n) == (pytest.approx(60 / MONTH), 1)
    unbounded = ReadingInput(follower, leader, day("2024-09-01"), Benchmark("b"))
    assert compute_readings(unbounded, "log_loss_tolerance")["log_loss_tolerance"].state == "no_ceiling"


def test_bracket_gives_the_ages_of_the_neighbours_of_the_best(case):
    # The best is 0.6: under it 0.5 of 1 February (213 days), over it 0.7 of 1 June (92), half-way between.
    reading = compute_readings(case, "bracket")["bracket"]
    assert (reading.lo, reading.hi) == (pytest.approx(92 / MONTH), pytest.approx(213 / MONTH))
    assert reading.months == pytest.approx(152.5 / MONTH)


def test_epoch_daily_counts_from_the_day_the_leader_went_out_of_reach():
    follower = line(("2024-01-01", 100), ("2024-01-11", 110))
    leader = line(("2024-01-01", 90), ("2024-01-06", 105), ("2024-01-21", 120))
    reading = compute_readings(
        ReadingInput(follower, leader, day("2024-01-22"), Benchmark("index")), "epoch_daily"
    )
    # Without first records: 110 against 105, level from 11 January; out of reach on 21 and 22 January.
    assert reading["epoch_daily"].n == 12
    assert reading["epoch_daily"].months == pytest.approx(1 / 12 / MONTH)
    assert reading["epoch_daily"].hi == pytest.approx(1 / MONTH)


def test_a_reading_without_pairs_says_so():
    empty = ReadingInput(line(), line(("2024-01-01", 0.3)), day("2024-09-01"), SHARE)
    assert {name: reading.months for name, reading in compute_readings(empty).items()} == dict.fromkeys(
        READINGS
    )


def reading_of(name, follower, leader, benchmark=SHARE, today="2024-09-01", point=None):
    return compute_readings(ReadingInput(follower, leader, day(today), benchmark, point), name)[name]


def test_a_reading_of_several_lags_gives_their_range(case):
    reading = compute_readings(case)
    assert (reading["event_mean"].lo, reading["event_mean"].hi) == (
        pytest.approx(60 / MONTH),
        pytest.approx(90 / MONTH),
    )
    assert (reading["event_mean"].n, reading["event_median"].n) == (3, 3)
    assert not reading["event_median"].at_least
    assert (reading["catchup"].lo, reading["catchup"].hi, reading["catchup"].n) == (
        pytest.approx(61 / MONTH),
        pytest.approx(182 / MONTH),
        2,
    )
    assert (reading["standing"].state, reading["standing"].n, reading["standing"].at_least) == (
        "ok",
        1,
        False,
    )


def test_a_saturated_level_is_no_event():
    follower = line(("2024-02-01", 0.5), ("2024-03-01", 0.99))
    leader = line(("2023-12-01", 0.4), ("2024-01-01", 1.0))
    reading = reading_of("event_mean", follower, leader)
    assert (reading.n, reading.months, reading.at_least) == (1, pytest.approx(31 / MONTH), False)


def test_a_stale_side_leaves_the_exact_readings_without_cases(case):
    stale = ReadingInput(case.follower, case.leader, day("2026-09-01"), SHARE)
    for name in ("catchup", "standing"):
        reading = compute_readings(stale, name)[name]
        assert (reading.state, reading.months, reading.n) == ("stale", None, 0)


def test_epoch_daily_needs_points_and_a_second_record_of_both(case):
    assert reading_of("epoch_daily", case.follower, case.leader).state == "no_index_points"
    single = line(("2024-01-01", 0.3))
    assert reading_of("epoch_daily", single, case.leader, point=1.0).state == "no_pairs"
    assert reading_of("epoch_daily", case.follower, single, point=1.0).state == "no_pairs"


def test_epoch_daily_is_out_of_reach_by_more_than_a_point():
    follower = line(("2024-01-01", 0.0), ("2024-01-02", 1.0))
    for level, months in ((2.0, 0.0), (2.0 + 5e-10, 0.0), (2.1, 4.5 / MONTH)):
        leader = line(("2024-01-01", 0.5), ("2024-01-11", level))
        reading = reading_of("epoch_daily", follower, leader, today="2024-01-20", point=1.0)
        assert (reading.n, reading.months) == (10, pytest.approx(months))


def test_leader_matched_with_most_records_open_is_at_least_the_longest(case):
    leader = line(("2024-01-01", 0.3), ("2024-02-01", 0.5), ("2024-06-01", 0.7), ("2024-08-31", 0.9))
    reading = reading_of("leader_matched", line(("2024-03-01", 0.35)), leader)
    # Matched after 60 days; open after 213, 92 and 1.
    assert (reading.months, reading.n, reading.at_least) == (pytest.approx(213 / MONTH), 4, True)
    assert (reading.lo, reading.hi) == (None, None)
    done = compute_readings(case, "leader_matched")["leader_matched"]
    assert (done.lo, done.hi, done.at_least) == (
        pytest.approx(121 / MONTH),
        pytest.approx(182 / MONTH),
        False,
    )
    assert reading_of("leader_matched", line(), leader).state == "no_pairs"


def test_a_record_that_was_matched_before_it_counts_as_matched_at_once():
    reading = reading_of("leader_matched", line(("2024-01-01", 0.5)), line(("2024-03-01", 0.4)))
    assert (reading.months, reading.lo, reading.hi, reading.n) == (0.0, 0.0, 0.0, 1)


def test_kaplan_meier_counts_those_at_risk_at_each_time():
    assert kaplan_meier_median([(1, True), (1, True), (2, True), (3, True)]) == 1
    assert kaplan_meier_median([(1, True), (2, False), (2, True), (5, True), (6, True)]) == 5
    assert kaplan_meier_median([(1, False), (2, True)]) == 2
    assert kaplan_meier_median([]) is None


def test_thresholds_run_from_chance_to_ceiling_or_between_the_records():
    follower, leader = line(("2024-02-01", 0.6)), line(("2024-01-01", 0.7))
    reading = reading_of("threshold", follower, leader, Benchmark("b", 0.5, 1.0))
    # 0.525, 0.55, 0.575 and 0.6 are reached by both.
    assert (reading.n, reading.lo, reading.hi) == (4, pytest.approx(31 / MONTH), pytest.approx(31 / MONTH))
    rising = line(("2024-02-01", 10.0), ("2024-03-01", 19.0))
    unbounded = reading_of("threshold", rising, line(("2024-01-01", 20.0)), Benchmark("b"))
    # Steps of 0.5 from 10.5 to 19 after 60 days; 19.5 only by the leader.
    assert (unbounded.n, unbounded.months) == (18, pytest.approx(60 / MONTH))


def test_a_score_at_the_ceiling_has_a_finite_log_loss():
    reading = reading_of("log_loss_tolerance", line(("2024-02-01", 1.0)), line(("2024-01-01", 1.0)))
    assert (reading.months, reading.n) == (pytest.approx(31 / MONTH), 1)
    percent = Benchmark("b", ceiling=100.0)
    reading = reading_of(
        "log_loss_tolerance", line(("2024-02-01", 49.0)), line(("2024-01-01", 50.0)), percent
    )
    assert reading.months == pytest.approx(31 / MONTH)


def test_the_bracket_is_open_where_the_best_is_over_or_under_all_records():
    leader = line(("2024-01-01", 0.5), ("2024-02-01", 0.6))
    ahead = reading_of("bracket", line(("2024-03-01", 0.7)), leader)
    assert (ahead.state, ahead.months, ahead.lo, ahead.hi) == (
        "ahead",
        None,
        None,
        pytest.approx(213 / MONTH),
    )
    under = reading_of("bracket", line(("2024-03-01", 0.4)), leader)
    assert (under.months, under.lo, under.hi, under.at_least) == (
        pytest.approx(244 / MONTH),
        pytest.approx(244 / MONTH),
        None,
        True,
    )
    assert (ahead.n, under.n, ahead.at_least) == (1, 1, False)
    level = reading_of("bracket", line(("2024-03-01", 0.6)), leader)
    assert (level.months, level.hi) == (pytest.approx(213 / MONTH), pytest.approx(244 / MONTH))
    for empty in ((line(), leader), (leader, line())):
        assert reading_of("bracket", *empty).state == "no_pairs"


def test_an_unknown_reading_is_refused(case):
    with pytest.raises(KeyError, match="guess"):
        compute_readings(case, "guess")
    assert list(compute_readings(case, "bracket")) == ["bracket"]
