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
