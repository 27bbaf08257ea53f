"""The median over benchmarks takes each benchmark's latest record, and keeps open ends open."""

from datetime import date

import pytest

from leaderboard.lag.benchmark_median import BenchmarkMedian, compute_benchmark_median
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


def test_without_a_record_everything_is_empty():
    result = compute_benchmark_median([], AS_OF.toordinal())
    assert result == BenchmarkMedian("no_records", None, None, None, 0, 0, 0)


def test_a_lag_that_is_only_a_lower_limit_leaves_the_median_open_above():
    rows = [("u", "US", "2024-03-01", "x", 0.5), ("c", "China", "2024-06-01", "x", 0.5)]
    result = median_of(rows)
    assert (result.status, result.months, result.hi, result.n_at_least) == ("bounded", None, None, 1)
    assert result.lo == pytest.approx(92 / MONTH)
    known = pair("y", "2024-06-01", "2024-05-01")
    assert median_of(rows + known).n_at_least == 1
    assert median_of(known).n_at_least == 0


def test_the_latest_record_of_the_last_year_counts():
    rows = [
        ("u0", "US", "2023-01-01", "x", 0.1),
        ("u1", "US", "2024-03-01", "x", 0.5),
        ("u2", "US", "2024-04-01", "x", 0.6),
        ("c1", "China", "2024-05-01", "x", 0.5),
        ("c2", "China", "2024-06-01", "x", 0.6),
    ]
    assert median_of(rows).months == pytest.approx(61 / MONTH)


@pytest.mark.parametrize(("day", "status"), [("2023-12-02", "ok"), ("2023-12-01", "no_records")])
def test_a_record_is_recent_for_365_days_and_a_quarter(day, status):
    rows = [
        ("u0", "US", "2023-01-01", "x", 0.1),
        ("u1", "US", "2023-06-01", "x", 0.5),
        ("u2", "US", "2024-11-01", "x", 0.9),
        ("c", "China", day, "x", 0.5),
    ]
    lags = summarise_lags(dataset(rows), PAIR, AS_OF).benchmarks.values()
    assert compute_benchmark_median(lags, AS_OF.toordinal()).status == status
