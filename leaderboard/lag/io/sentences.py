"""Render a lag summary as sentences and tables, with the reason for every undefined figure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from leaderboard.lag.data import Pair
from leaderboard.lag.exact_lags import Catchup, CatchupState, EventLag, EventState, Standing, StandingState
from leaderboard.lag.summary import BenchmarkLag, LagSummary


def _(text: str) -> str:
    """Mark a sentence for translation: the pages and the API show it in the reader's language."""
    return text


STATES = {
    "ok": _("the figure is given"),
    "open": _("only a bound is known"),
    "bounded": _("only bounds are known"),
    "behind": _("the leader was there first"),
    "ahead": _("the follower is ahead"),
    "level": _("both are equally good"),
    "ahead_matched": _("the leader came there later"),
    "ahead_open": _("ahead, and not matched yet"),
    "no_reference": _("the leader has no score on it"),
    "stale": _("a side has no scored model from the last 12 months"),
    "no_follower": _("the follower has no score on it"),
    "no_leader": _("the leader has no score on it"),
    "no_new_common_level": _("no level was caught up with in the 12 months"),
    "insufficient_overlap": _("fewer than three benchmarks have scores of both"),
    "too_few_records": _("there are too few records in the last 36 months"),
    "no_records": _("the follower has set no record that counts in the last 12 months"),
    "no_date": _("no date of parity can be given"),
    "no_pairs": _("no two models can be compared under this reading"),
    "no_index_points": _("this reading is for an index, and the scale has no points"),
    "no_ceiling": _("this reading is for a scale with a ceiling"),
}
"""Each state as the end of a sentence, for the command, the API and the pages."""

BRIEFLY = {
    "stale": _("not current"),
    "no_follower": _("no score of the follower"),
    "no_leader": _("no score of the leader"),
    "no_new_common_level": _("no new level"),
}
"""Shorter texts of some states for a narrow column."""

ADJECTIVES = {"China": "Chinese"}
"""Adjectives of cohorts, where they differ from the name."""


def render_summary(summary: LagSummary) -> Iterator[str]:
    """Yield the lines of the summary."""
    pair = summary.pair
    yield f"{pair.follower} against {pair.leader}, as of {summary.as_of}, method {summary.method_version}."
    for lag in summary.benchmarks.values():
        yield ""
        yield from _benchmark(lag, pair)


def _benchmark(lag: BenchmarkLag, pair: Pair) -> Iterator[str]:
    yield lag.benchmark
    yield f"  Catch-up: {render_catchup(lag.catchup, pair)}"
    yield f"  Standing: {render_standing(lag.standing, pair)}"
    if not lag.event_lags:
        return
    events = lag.events
    if events.mean_months is not None:
        yield (
            f"  Records: {events.n_events} of {pair.follower}, {events.n_behind} behind, {events.n_at_least} "
            f"at least; mean {events.mean_months:.2f}, median {events.median_months:.2f}, "
            f"last {events.last_months:.2f} months."
        )
    width = max(len(event.model) for event in lag.event_lags)
    yield f"  {'date':10}  {'model':{width}}  {'level':>8}  {'months':>8}  against"
    yield from (_event(event, width) for event in lag.event_lags)


def _event(event: EventLag, width: int) -> str:
    day = date.fromordinal(event.day).isoformat()
    return f"  {day}  {event.model:{width}}  {event.level:8.4g}  {_months(event):>8}  {_against(event)}"


def _months(event: EventLag) -> str:
    if event.lag_months is not None:
        return f"{'>= ' if event.at_least else ''}{event.lag_months:.2f}"
    return f"<= {event.lag_hi:.2f}" if event.lag_hi is not None else "-"


def _against(event: EventLag) -> str:
    parts = [event.match or STATES[event.status]]
    if event.status in (EventState.AHEAD_MATCHED, EventState.AHEAD_OPEN) and not event.verified:
        parts.append("lead not verified: the leader's best model was not tested")
    if event.saturated:
        parts.append("saturated")
    return "; ".join(parts)


def render_catchup(lag: Catchup, pair: Pair) -> str:
    """Render the catch-up lag."""
    if lag.status is not CatchupState.OK or lag.lag_months is None:
        return f"none can be given: {STATES[lag.status]}."
    follower, leader = cohort_adjective(pair.follower), cohort_adjective(pair.leader)
    when = "after" if lag.lag_months >= 0 else "before"
    return (
        f"over the past 12 months, the best {follower} models reached each new level "
        f"{abs(lag.lag_months):.2f} months {when} the best {leader} models first had "
        f"(width {lag.width:.4g}, {lag.n_events} dates)."
    )


def render_standing(lag: Standing, pair: Pair) -> str:
    """Render the standing lag."""
    behind, ahead = cohort_adjective(pair.follower), cohort_adjective(pair.leader)
    if lag.state is StandingState.LEVEL:
        return f"the best {behind} and the best {ahead} model of today are equally good."
    if lag.signed_months is None:
        return f"none can be given: {STATES[lag.state]}."
    if lag.state is StandingState.AHEAD:
        behind, ahead = ahead, behind
    bound = "at least " if lag.at_least else ""
    doubt = "; not verified: its best model was not tested" if lag.verified is False else ""
    return (
        f"the best {behind} model today is as good as the best {ahead} model was "
        f"{bound}{abs(lag.signed_months):.2f} months ago ({lag.match}{doubt})."
    )


def cohort_adjective(cohort: str) -> str:
    """Return the adjective of a cohort, as in "Chinese models"."""
    return ADJECTIVES.get(cohort, cohort)
