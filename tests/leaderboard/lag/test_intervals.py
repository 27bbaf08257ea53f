"""An interval holds what it claims, and an end that is open stays open."""

import numpy as np
import pytest

from leaderboard.lag.intervals import central_interval, quantile, summarise_draws


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
