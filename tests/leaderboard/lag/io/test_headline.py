"""A figure is rendered with its interval, and an open end with its bound alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from leaderboard.lag.benchmark_median import BenchmarkMedian
from leaderboard.lag.composite import Composite
from leaderboard.lag.data import Pair
from leaderboard.lag.intervals import Interval, IntervalState
from leaderboard.lag.io.headline import format_interval, render_report, render_trend
from leaderboard.lag.io.sentences import STATES
from leaderboard.lag.report import LagReport
from leaderboard.lag.summary import LagSummary
from leaderboard.lag.trend import Parity, ParityState, Trend, TrendState
from tests.study.worlds import TODAY

SOME = Interval(IntervalState.OK, 7.54, 6.46, 8.41)
TREND = Trend(TrendState.OK, -1.26, -2.5, 0.04, 0.9, 8, 36, Parity(ParityState.OK, 14, 3, None))


@pytest.mark.parametrize(
    ("interval", "text"),
    [
        (SOME, "7.5 (6.5 to 8.4)"),
        (Interval("ok", 0.0, 0.0, 0.0), "0.0 (0.0 to 0.0)"),
        (Interval("ok", 1.0, None, 2.0), "1.0 (no lower bound to 2.0)"),
        (Interval("ok", 1.0, 0.5, None), "1.0 (0.5 to no upper bound)"),
        (Interval("open", None, 4.14, None), ">= 4.1"),
        (Interval("open", None, None, -1.26), "<= -1.3"),
    ],
)
def test_an_interval_is_rendered_with_its_ends_or_its_bound(interval: Interval, text: str) -> None:
    assert format_interval(interval) == text


def report(**changes: Any) -> LagReport:
    composite = Composite(
        status=IntervalState.OK,
        catchup=SOME,
        standing=SOME,
        mean12=SOME,
        gap=SOME,
        trend=TREND,
        records=(),
        n_models=(20, 30),
        n_benchmarks=9,
        n_scores=321,
        too_little_data=False,
        seed=1,
        draws=10,
    )
    composite = replace(composite, **changes)
    summary = LagSummary("5", TODAY, Pair(), {})
    return LagReport(summary, composite, BenchmarkMedian("no_records"), {}, None)


HEAD = [
    "Composite of 9 benchmarks, 321 scores:",
    (
        "  Over the past 12 months, the best Chinese models reached each new level of capability 7.5 "
        "(6.5 to 8.4) months after the best US models first had."
    ),
    "  The best Chinese model today is as good as the best US model was 7.5 (6.5 to 8.4) months ago.",
    "  The lag changes by -1.3 (-2.5 to +0.0) months a year; parity in 14 months, if the line goes on.",
]
TAIL = ["", f"China against US, as of {TODAY}, method 5."]


def test_a_composite_comes_first_and_its_doubts_with_it() -> None:
    assert list(render_report(report())) == [*HEAD, *TAIL]
    doubt = "  Too little data: under 150 scores, or under 15 tested models on a side."
    assert list(render_report(report(too_little_data=True))) == [*HEAD, doubt, *TAIL]


def test_an_open_catch_up_is_a_figure_and_an_undefined_one_a_reason() -> None:
    catchup = Interval(IntervalState.OPEN, None, 4.0)
    assert "capability >= 4.0 months after" in list(render_report(report(catchup=catchup)))[1]
    undefined = Interval(IntervalState.NO_NEW_COMMON_LEVEL)
    line = list(render_report(report(catchup=undefined)))[1]
    assert line == f"  No catch-up lag can be given: {STATES['no_new_common_level']}."


def test_without_a_composite_the_reason_comes_last() -> None:
    lines = list(render_report(report(status=IntervalState.STALE)))
    assert lines == [TAIL[1], "", f"No lag over all benchmarks can be given: {STATES['stale']}."]


def test_a_trend_without_a_slope_or_a_date_says_so() -> None:
    few = report(trend=Trend(TrendState.TOO_FEW_RECORDS, teeth=2))
    assert render_trend(few) == f"No trend can be given: {STATES['too_few_records']}."
    dateless = report(trend=replace(TREND, parity=Parity(ParityState.NO_DATE)))
    assert render_trend(dateless) == (
        f"The lag changes by -1.3 (-2.5 to +0.0) months a year; {STATES['no_date']}."
    )
