"""Render a report as sentences, each figure with its interval or the reason why there is none."""

from __future__ import annotations

from collections.abc import Iterator

from leaderboard.lag.exact_lags import StandingState
from leaderboard.lag.intervals import Interval, IntervalState
from leaderboard.lag.io.files import STATE_PERCENT
from leaderboard.lag.io.sentences import STATES, cohort_adjective, render_summary
from leaderboard.lag.report import LagReport
from leaderboard.lag.trend import ParityState, TrendState

UNSHARED = frozenset({StandingState.NO_FOLLOWER, StandingState.NO_LEADER})
"""The states of benchmarks that have no scores of both cohorts."""


def render_report(report: LagReport) -> Iterator[str]:
    """Yield the lines of a report: the composite, then each benchmark."""
    if report.composite.status is IntervalState.OK:
        yield from _composite(report)
        yield ""
        yield from render_summary(report.summary)
        return
    yield from render_summary(report.summary)
    yield ""
    yield f"No lag over all benchmarks can be given: {_missing_composite(report)}"


def _missing_composite(report: LagReport) -> str:
    """Return why there is no composite: too few shared benchmarks, or too few with a known ceiling."""
    shared = sum(lag.standing.state not in UNSHARED for lag in report.summary.benchmarks.values())
    if report.composite.status is IntervalState.INSUFFICIENT_OVERLAP and shared >= 3:
        reason = "fewer than three benchmarks with a highest possible score have scores of both"
        return f"{reason}. {STATE_PERCENT}"
    return f"{STATES[report.composite.status]}."


def _composite(report: LagReport) -> Iterator[str]:
    composite = report.composite
    follower, leader = (
        cohort_adjective(report.summary.pair.follower),
        cohort_adjective(report.summary.pair.leader),
    )
    yield f"Composite of {composite.n_benchmarks} benchmarks, {composite.n_scores} scores:"
    if composite.catchup.status in (IntervalState.OK, IntervalState.OPEN):
        yield (
            f"  Over the past 12 months, the best {follower} models reached each new level of capability "
            f"{format_interval(composite.catchup)} months after the best {leader} models first had."
        )
    else:
        yield f"  No catch-up lag can be given: {STATES[composite.catchup.status]}."
    yield (
        f"  The best {follower} model today is as good as the best {leader} model was "
        f"{format_interval(composite.standing)} months ago."
    )
    yield f"  {render_trend(report)}"
    if composite.too_little_data:
        yield "  Too little data: under 150 scores, or under 15 tested models on a side."


def format_interval(interval: Interval) -> str:
    """Return "7.5 (6.5 to 8.4)", or ">= 4.1" for an open end."""
    if interval.median is None:
        return f">= {interval.lo:.1f}" if interval.lo is not None else f"<= {interval.hi:.1f}"
    lo = "no lower bound" if interval.lo is None else f"{interval.lo:.1f}"
    hi = "no upper bound" if interval.hi is None else f"{interval.hi:.1f}"
    return f"{interval.median:.1f} ({lo} to {hi})"


def render_trend(report: LagReport) -> str:
    """Render the trend and the date of parity."""
    trend = report.composite.trend
    if trend.status is not TrendState.OK or trend.slope_months_per_year is None:
        return f"No trend can be given: {STATES[trend.status]}."
    slope = f"{trend.slope_months_per_year:+.1f} ({trend.lo:+.1f} to {trend.hi:+.1f})"
    change = f"The lag changes by {slope} months a year"
    if trend.parity.state is ParityState.NO_DATE:
        return f"{change}; {STATES[trend.parity.state]}."
    return f"{change}; parity in {trend.parity.median} months, if the line goes on."
