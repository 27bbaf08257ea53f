"""An interval holds what it claims, and an end that is open stays open."""

import numpy as np
import pytest

from leaderboard.lag.intervals import Interval, IntervalState, central_interval, quantile, summarise_draws


def test_quantiles_are_of_type_one_and_take_infinities():
    values = np.array([4.0, 1.0, np.inf, 2.0])
    assert [quantile(values, q) for q in (0.0, 0.25, 0.26, 0.5, 0.75, 1.0)] == [1, 1, 2, 2, 4, np.inf]
    assert np.isnan(quantile(np.array([]), 0.5))


def test_the_median_and_the_ends_of_many_draws():
    interval = summarise_draws(np.arange(1.0, 2001.0))
    assert (interval.status, interval.median, interval.bound) == ("ok", 1000.0, None)
    assert interval.hi - interval.lo == pytest.approx(1899, abs=2)


def test_a_figure_of_few_values_gets_no_spare_value():
    values = np.repeat([1.0, 2.0, 3.0, 4.0], [30, 900, 50, 20])
    # The plain quantiles are 1 and 3, which hold 98%; 2 to 3 hold 95%.
    assert central_interval(values, values) == (2.0, 3.0)


def test_the_interval_holds_the_share_that_is_nearest_to_what_it_claims():
    values = np.repeat([1.0, 2.0, 3.0], [40, 920, 40])
    # 1 to 3 hold 100%, 2 to 3 hold 96%, 2 alone 92%: 96 is nearest to 95.
    assert central_interval(values, values) == (2.0, 3.0)
    values = np.repeat([1.0, 2.0, 3.0], [28, 944, 28])
    # 94.4% is nearer to 95 than 97.2% is.
    assert central_interval(values, values) == (2.0, 2.0)


def test_an_open_end_is_not_a_number():
    low, high = np.full(100, 4.0), np.full(100, 4.0)
    high[:10] = np.inf
    interval = summarise_draws(low, high)
    assert (interval.status, interval.median, interval.lo, interval.hi, interval.bound) == (
        "ok",
        4.0,
        4.0,
        None,
        "at_least",
    )
    high[:60] = np.inf
    interval = summarise_draws(low, high)
    assert (interval.status, interval.median, interval.lo, interval.bound) == ("open", None, 4.0, "at_least")


def test_a_figure_that_most_draws_do_not_have_is_undefined():
    values = np.array([1.0, np.nan, np.nan])
    assert (summarise_draws(values).status, summarise_draws(values).median) == ("no_new_common_level", None)
    assert summarise_draws(np.array([1.0, 2.0, np.nan])).share == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("ends", "known"),
    [
        ((None, None, None), False),
        ((1.0, None, None), True),
        ((None, 0.0, None), True),
        ((None, None, 2.0), True),
    ],
)
def test_a_figure_is_known_where_its_median_or_an_end_is(ends, known):
    assert Interval("open", *ends).is_known is known


@pytest.mark.parametrize(("median", "lead"), [(None, False), (-0.1, True), (0.0, False), (1.0, False)])
def test_a_negative_median_is_a_lead(median, lead):
    interval = Interval("ok", median)
    assert interval.is_lead is lead
    assert interval.share == 1.0


def test_an_open_lower_end_is_at_most():
    low, high = np.full(100, 4.0), np.full(100, 4.0)
    low[:10] = -np.inf
    interval = summarise_draws(low=low, high=high)
    assert (interval.status, interval.lo, interval.hi, interval.bound) == ("ok", None, 4.0, "at_most")
    low[:60] = -np.inf
    interval = summarise_draws(low, high)
    assert (interval.status, interval.median, interval.hi) == ("open", None, 4.0)


@pytest.mark.parametrize(("defined", "status"), [(1, "stale"), (2, "stale"), (3, "ok"), (4, "ok")])
def test_half_of_the_draws_are_too_few(defined, status):
    values = np.where(np.arange(4) < defined, 1.0, np.nan)
    interval = summarise_draws(values, undefined=IntervalState.STALE)
    assert (interval.status, interval.share) == (status, defined / 4)
    assert (interval.median, interval.lo, interval.hi) == ((1.0,) * 3 if status == "ok" else (None,) * 3)
    nothing = summarise_draws(np.array([]))
    assert (nothing.status, nothing.share) == ("no_new_common_level", 0.0)


def test_another_central_share_is_that_of_its_quantiles():
    values = np.arange(1.0, 101.0)
    assert central_interval(values, values, 0.5) == (26.0, 75.0)
    interval = summarise_draws(values, central=0.5)
    assert (interval.lo, interval.median, interval.hi) == (26.0, 50.0, 75.0)


def test_options_of_a_summary_are_given_by_name():
    with pytest.raises(TypeError, match="positional"):
        summarise_draws(np.ones(3), np.ones(3), IntervalState.STALE)
