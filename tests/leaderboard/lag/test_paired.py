"""The paired difference is that of the items, and its interval that of the papers it is taken from."""

from __future__ import annotations

import pytest

from leaderboard.lag.paired import Difference, compare_by_item, compare_scores, count_agreement


def marks(both: int, first: int, second: int, neither: int) -> tuple[list[float], list[float]]:
    rows = [(1.0, 1.0)] * both + [(1.0, 0.0)] * first + [(0.0, 1.0)] * second + [(0.0, 0.0)] * neither
    return [a for a, _ in rows], [b for _, b in rows]


def test_the_interval_of_right_and_wrong_is_the_adjusted_wald_of_bonett_and_price():
    # By hand: n = 100, 20 against 10; p = 21/102 and 11/102, difference 10/102 = .0980,
    # variance (32/102 - (10/102)^2) / 102 = .0029815, half width 1.96 * .054603 = .10702.
    difference = compare_by_item(*marks(40, 20, 10, 30))
    assert difference is not None
    assert difference.value == pytest.approx(0.1)
    assert (difference.low, difference.high) == pytest.approx((-0.00898, 0.20506), abs=1e-4)
    assert not difference.is_decided
    assert difference.n == 100


def test_where_no_item_tells_two_models_apart_the_interval_still_has_a_width():
    difference = compare_by_item(*marks(5, 0, 0, 5))
    assert difference is not None
    assert difference.value == 0
    assert difference.low is not None
    assert difference.high is not None
    assert difference.low < -0.1 < 0.1 < difference.high


def test_marks_between_right_and_wrong_have_the_standard_error_of_their_mean_difference():
    difference = compare_by_item([0.5, 0.75, 1.0], [0.25, 0.75, 0.25])  # differences .25, 0, .75; sd .3819
    assert difference is not None
    assert difference.value == pytest.approx(1 / 3)
    assert difference.se == pytest.approx(0.38188 / 3**0.5, abs=1e-4)


def test_the_mirror_has_the_mirrored_interval():
    first, second = marks(40, 20, 10, 30)
    difference, mirrored = compare_by_item(first, second), compare_by_item(second, first)
    assert difference is not None
    assert mirrored is not None
    assert (difference.low, difference.high) == pytest.approx((-(mirrored.high or 0), -(mirrored.low or 0)))


def test_no_shared_item_is_no_difference_and_unequal_lengths_are_refused():
    assert compare_by_item([], []) is None
    with pytest.raises(ValueError, match="shorter"):
        compare_by_item([1.0], [])


def test_items_are_counted_by_who_was_right():
    difference = count_agreement(*marks(4, 3, 2, 1))
    assert (
        difference.both,
        difference.only_first,
        difference.only_second,
        difference.neither,
        difference.n,
    ) == (4, 3, 2, 1, 10)


def test_two_scores_combine_their_errors_and_one_without_has_no_interval():
    difference = compare_scores(0.7, 0.03, 0.6, 0.04)
    assert (difference.value, difference.se) == pytest.approx((0.1, 0.05))
    assert (difference.low, difference.high) == pytest.approx((0.002, 0.198), abs=1e-4)
    assert difference.is_decided
    assert compare_scores(0.7, None, 0.6, 0.04).low is None
    assert difference.n is None


def test_an_interval_that_touches_zero_decides_nothing() -> None:
    cases = {(0.0, 0.2): False, (0.1, 0.2): True, (-0.2, 0.0): False, (-0.2, -0.1): True, (-0.1, 0.1): False}
    for (low, high), decided in cases.items():
        assert Difference(0.0, 0.1, low, high).is_decided is decided
    assert not Difference(0.1, None, None, None).is_decided
    assert not Difference(0.1, None, 0.1, None).is_decided
    assert not Difference(0.1, None, None, -0.1).is_decided


def test_one_item_with_part_marks_has_no_interval_and_two_have_one() -> None:
    assert compare_by_item([0.5], [0.25]) == Difference(0.25, None, None, None, 1)
    two = compare_by_item([0.5, 0.75], [0.25, 0.25])
    assert two is not None
    assert (two.value, two.n) == (0.375, 2)
    assert two.se == pytest.approx(0.125)
    assert (two.low, two.high) == pytest.approx((0.375 - 1.96 * 0.125, 0.375 + 1.96 * 0.125), abs=1e-4)


def test_one_item_of_right_and_wrong_has_the_interval_of_proportions_within_one() -> None:
    difference = compare_by_item([1.0], [0.0])
    assert difference is not None
    assert (difference.value, difference.se, difference.n) == (1.0, None, 1)
    # n = 3: p = 2/3 and 1/3; 1/3 -+ 1.96 sqrt((1 - 1/9) / 3) = 1/3 -+ 1.0669.
    assert (difference.low, difference.high) == pytest.approx((1 / 3 - 1.06686, 1.0), abs=1e-4)
    mirrored = compare_by_item([0.0], [1.0])
    assert mirrored is not None
    assert (mirrored.low, mirrored.high) == pytest.approx((-1.0, 1.06686 - 1 / 3), abs=1e-4)


def test_only_full_marks_are_right() -> None:
    counts = count_agreement([1.0, 0.99, 1.0, 0.0], [1.0, 1.0, 0.5, 0.99])
    assert (counts.both, counts.only_first, counts.only_second, counts.neither) == (1, 1, 1, 1)


def test_scores_without_an_error_of_either_have_a_difference_alone() -> None:
    for first, second in ((None, 0.125), (0.125, None), (None, None)):
        assert compare_scores(0.75, first, 0.5, second) == Difference(0.25, None, None, None)
