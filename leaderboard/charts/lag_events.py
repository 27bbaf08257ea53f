"""Build the chart of the lag over time from the lags on one benchmark."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import groupby

from django.utils.translation import gettext as _

from leaderboard.charts.lag_over_time import Censoring, EventMark, LagOverTime, LagPoint
from leaderboard.charts.lettering import format_decimal
from leaderboard.lag.exact_lags import EventLag, EventState, Standing, StandingState, compute_standing
from leaderboard.lag.frontier import Frontier
from leaderboard.lag.summary import BenchmarkLag

DRAWN_STATES = (StandingState.BEHIND, StandingState.LEVEL)
MONTH = timedelta(days=30)


def build_lag_over_time(lag: BenchmarkLag, as_of: date, names: dict[str, str], title: str) -> LagOverTime:
    """Return the lag of each record with a value, and the standing lag through time where A is not ahead."""
    return LagOverTime(
        events=[mark for event in lag.event_lags for mark in mark_event(event, names)],
        pieces=trace_standing(lag, as_of),
        as_of=as_of,
        value_title=title,
        mean=lag.catchup.lag_months,
        standing=write_end_text(lag.standing),
        titles={"model": _("Model"), "date": _("Released"), "match": _("As good before")},
    )


def write_end_text(lag: Standing) -> str:
    """Return the text at the end of the line, "" where it does not reach the last day."""
    if lag.state is StandingState.LEVEL:
        return _("level")
    if lag.state is not StandingState.BEHIND or lag.signed_months is None:
        return ""
    months = format_decimal(lag.signed_months)
    return _("latest %(n)s") % {"n": f"≥ {months}" if lag.at_least else months}


def mark_event(event: EventLag, names: dict[str, str]) -> Iterator[EventMark]:
    """Yield the mark of a record's lag; none where it is undefined, saturated, or an unverified lead."""
    lead = event.status in (EventState.AHEAD_MATCHED, EventState.AHEAD_OPEN)
    months = event.lag_hi if event.status is EventState.AHEAD_OPEN else event.lag_months
    if months is None or event.saturated or (lead and not event.verified):
        return
    bound = Censoring.AT_MOST if event.status is EventState.AHEAD_OPEN else Censoring.EXACT
    yield EventMark(
        name=names[event.model],
        on=date.fromordinal(event.day),
        months=months,
        match=names[event.match] if event.match else "",
        bound=Censoring.AT_LEAST if event.at_least else bound,
    )


def trace_standing(lag: BenchmarkLag, as_of: date) -> list[list[LagPoint]]:
    """Return the standing lag over time, cut where it has no value or the follower is ahead.

    It grows a month a month and falls where the follower sets a record, so the days of records and the days
    before them determine it; a day in each month keeps the pieces short.
    """
    standings = [(on, compute_standing(*_known(lag, on), on.toordinal())) for on in _days(lag, as_of)]
    runs = groupby(standings, key=lambda pair: pair[1].state in DRAWN_STATES)
    return [
        [LagPoint(on, row.signed_months) for on, row in run if row.signed_months is not None]
        for drawn, run in runs
        if drawn
    ]


def _known(lag: BenchmarkLag, on: date) -> tuple[Frontier, Frontier]:
    return lag.follower_frontier.until(on.toordinal()), lag.leader_frontier.until(on.toordinal())


def _days(lag: BenchmarkLag, as_of: date) -> list[date]:
    frontiers = (lag.follower_frontier, lag.leader_frontier)
    if not all(frontier.records for frontier in frontiers):
        return []
    first = date.fromordinal(max(frontier.first.day for frontier in frontiers))
    records = {date.fromordinal(record.day) for frontier in frontiers for record in frontier.records}
    days = {on for record in records for on in (record - timedelta(days=1), record)} | {as_of}
    days |= {first + place_of * MONTH for place_of in range((as_of - first) // MONTH + 1)}
    return sorted(on for on in days if first <= on <= as_of)
