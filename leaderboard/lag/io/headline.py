"""Tell a report's headline in sentences, each figure with its interval or the state that it lacks."""

from __future__ import annotations

from collections.abc import Iterator

from leaderboard.lag.intervals import Interval, IntervalState
from leaderboard.lag.io.sentences import STATES, cohort_adjective, render_summary
from leaderboard.lag.report import LagReport
from leaderboard.lag.trend import ParityState, TrendState


def render_report(found: LagReport) -> Iterator[str]:
    """Yield the lines of a whole report: the composite first, then each benchmark."""
    if found.composite.status is IntervalState.OK:
        yield from _composite(found)
        yield ""
        yield from render_summary(found.summary)
        return
    yield from render_summary(found.summary)
    yield ""
    yield f"No lag over all benchmarks can be given: {STATES[found.composite.status]}."


def _composite(found: LagReport) -> Iterator[str]:
    whole = found.composite
    follower, leader = (
        cohort_adjective(found.summary.pair.follower),
        cohort_adjective(found.summary.pair.leader),
    )
    yield f"Composite of {whole.n_benchmarks} benchmarks, {whole.n_scores} scores:"
    if whole.catchup.status in (IntervalState.OK, IntervalState.OPEN):
        yield (
            f"  Over the past 12 months, the best {follower} models reached each new level of capability "
            f"{format_interval(whole.catchup)} months after the best {leader} models first had."
        )
    else:
        yield f"  No catch-up lag can be given: {STATES[whole.catchup.status]}."
    yield (
        f"  The best {follower} model today is as good as the best {leader} model was "
        f"{format_interval(whole.standing)} months ago."
    )
    yield f"  {render_trend(found)}"
    if whole.too_little_data:
        yield "  Too little data: under 150 scores, or under 15 tested models on a side."


def format_interval(found: Interval) -> str:
    """Return "7.5 (6.5 to 8.4)", with open ends said: ">= 4.1"."""
    if found.median is None:
        return f">= {found.lo:.1f}" if found.lo is not None else f"<= {found.hi:.1f}"
    lo = "no lower bound" if found.lo is None else f"{found.lo:.1f}"
    hi = "no upper bound" if found.hi is None else f"{found.hi:.1f}"
    return f"{found.median:.1f} ({lo} to {hi})"


def render_trend(found: LagReport) -> str:
    """Say the trend and the date of parity."""
    trend = found.composite.trend
    if trend.status is not TrendState.OK or trend.slope_months_per_year is None:
        return f"No trend can be given: {STATES[trend.status]}."
    span_ = f"{trend.slope_months_per_year:+.1f} ({trend.lo:+.1f} to {trend.hi:+.1f})"
    said = f"The lag changes by {span_} months a year"
    if trend.parity.state is ParityState.NO_DATE:
        return f"{said}; {STATES[trend.parity.state]}."
    return f"{said}; parity in {trend.parity.median} months, if the line goes on."
