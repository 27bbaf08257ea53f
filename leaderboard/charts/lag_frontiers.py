"""Build the frontier chart from the lags on one benchmark."""

from __future__ import annotations

from datetime import date, timedelta

from django.utils.translation import gettext as _

from leaderboard.charts.frontier_parts import Band, Bracket, Frontiers, Mark, Side
from leaderboard.charts.lettering import format_decimal
from leaderboard.lag.data import DAYS_PER_MONTH
from leaderboard.lag.exact_lags import Segment, Standing
from leaderboard.lag.frontier import Frontier, Point
from leaderboard.lag.summary import BenchmarkLag


def build_frontiers(
    lag: BenchmarkLag,
    as_of: date,
    names: dict[str, str],
    *,
    follower: str,
    leader: str,
    title: str,
    percent: bool,
    turned: bool = False,
) -> Frontiers:
    """Return both frontiers with the levels of the catch-up lag, and the standing lag as a bracket."""
    return Frontiers(
        follower=build_side(lag.follower_frontier, follower, names),
        leader=build_side(lag.leader_frontier, leader, names),
        as_of=as_of,
        value_title=title,
        percent=percent,
        turned=turned,
        bands=[build_band(segment) for segment in lag.catchup.segments],
        mean=build_mean_bracket(lag),
        standing=build_standing_bracket(lag, as_of),
        titles={"model": _("Model"), "date": _("Released")},
    )


def build_side(frontier: Frontier, name: str, names: dict[str, str]) -> Side:
    """Return one cohort: its records in order, and its other models."""
    records = {point.model for point in frontier.records}
    return Side(
        name=name,
        records=[mark_model(point, names) for point in frontier.records],
        others=[mark_model(point, names) for point in frontier.points if point.model not in records],
    )


def mark_model(point: Point, names: dict[str, str]) -> Mark:
    """Return the mark of a model."""
    return Mark(point.model, names[point.model], date.fromordinal(point.day), point.value)


def build_band(segment: Segment) -> Band:
    """Return the levels of a segment, from the day that the first cohort reached them to the second's."""
    end = date.fromordinal(segment.day)
    start = end - timedelta(days=round(abs(segment.lag_months) * DAYS_PER_MONTH))
    return Band(segment.low, segment.high, start, end)


def build_mean_bracket(lag: BenchmarkLag) -> Bracket | None:
    """Return the catch-up lag in its true length, at the level whose own lag is nearest to it."""
    months, segments = lag.catchup.lag_months, lag.catchup.segments
    if months is None or not segments:
        return None
    nearest = min(segments, key=lambda segment: abs(segment.lag_months - months))
    end = date.fromordinal(nearest.day)
    start = end - timedelta(days=round(abs(months) * DAYS_PER_MONTH))
    return Bracket((nearest.low + nearest.high) / 2, start, end, format_mean(months))


def build_standing_bracket(lag: BenchmarkLag, as_of: date) -> Bracket | None:
    """Return the standing lag at the level that the cohort behind has reached; None where it has no value."""
    standing, behind = lag.standing, lag.follower_frontier
    if standing.signed_months is None or not standing.signed_months:
        return None
    if standing.signed_months < 0:
        behind = lag.leader_frontier
    start = as_of - timedelta(days=round(abs(standing.signed_months) * DAYS_PER_MONTH))
    return Bracket(max(point.value for point in behind.records), start, as_of, format_standing(standing))


def format_standing(standing: Standing) -> str:
    """Return the text on the bracket of a standing lag."""
    assert standing.signed_months is not None, "a standing lag without a value has no bracket"
    months = format_decimal(abs(standing.signed_months))
    return _("%(months)s months") % {"months": f"≥ {months}" if standing.at_least else months}


def format_mean(months: float) -> str:
    """Return the text on the bracket of a catch-up lag."""
    return _("mean %(months)s months") % {"months": format_decimal(months)}
