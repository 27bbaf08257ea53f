"""The median over benchmarks takes each benchmark's latest record, and keeps open ends open."""

from datetime import date

import pytest

from leaderboard.lag.benchmark_median import compute_benchmark_median
from leaderboard.lag.data import Benchmark
from leaderboard.lag.summary import summarise_lags

from .builders import PAIR, dataset

AS_OF = date(2024, 12, 1)
MONTH = 30.4375


def median_of(rows, *benchmarks):
    lags = summarise_lags(dataset(rows, *benchmarks), PAIR, AS_OF).benchmarks.values()
    return compute_benchmark_median(lags, AS_OF.toordinal())


def pair(benchmark, follower_day, leader_day, level=0.5):
    return [
        (f"u0{benchmark}", "US", "2023-01-01", benchmark, 0.1),
        (f"u{benchmark}", "US", leader_day, benchmark, level),
        (f"c{benchmark}", "China", follower_day, benchmark, level),
    ]


def test_the_median_of_matched_lags_is_the_plain_one():
    rows = pair("x", "2024-06-01", "2024-05-01") + pair("y", "2024-06-01", "2024-03-01")
    result = median_of(rows + pair("z", "2024-06-01", "2024-04-01"))
    assert (result.status, result.n_benchmarks) == ("ok", 3)
    assert result.months == pytest.approx(61 / MONTH)


def test_old_saturated_and_unverified_records_are_left_out():
    old = pair("x", "2023-06-01", "2023-05-01")
    full = pair("y", "2024-06-01", "2024-05-01", level=0.99)
    unverified = [("uz", "US", "2024-01-01", "z", 0.2), ("uw", "US", "2024-02-01", "w", 0.2)]
    unverified += [("cz", "China", "2024-03-01", "z", 0.4)]
    ceilings = tuple(Benchmark(name, ceiling=1.0) for name in "wxyz")
    assert median_of(old + full + unverified, *ceilings).status == "no_records"


def test_a_verified_open_lead_counts_as_below_its_bound():
    rows = pair("x", "2024-06-01", "2024-05-01")
    lead = [("us", "US", "2024-08-01", b, 0.2) for b in "yz"]
    lead += [("cn", "China", "2024-09-01", b, 0.4) for b in "yz"]
    result = median_of(rows + lead)
    assert (result.n_benchmarks, result.n_open, result.months, result.lo) == (3, 2, None, None)
    assert result.status == "bounded"
