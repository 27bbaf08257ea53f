"""What the charts show of a published estimate, read from its values alone: to draw needs no computation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from leaderboard.charts import names
from leaderboard.charts.forest import Forest, ForestRow
from leaderboard.charts.frontier_parts import Frontiers
from leaderboard.charts.lag_events import build_lag_over_time
from leaderboard.charts.lag_frontiers import build_frontiers
from leaderboard.charts.lag_over_time import LagOverTime
from leaderboard.charts.lag_path import LagPath
from leaderboard.charts.lettering import format_decimal
from leaderboard.charts.price_frontier import PriceFrontiers, PriceMark
from leaderboard.lag.data import Pair
from leaderboard.lag.exact_lags import (
    Catchup,
    CatchupState,
    EventLag,
    EventState,
    Segment,
    Standing,
    StandingState,
    compute_catchup,
    compute_standing,
    summarise_events,
)
from leaderboard.lag.frontier import Frontier, Point, build_frontier
from leaderboard.lag.intervals import DatedLag, Interval
from leaderboard.lag.summary import BenchmarkLag

Values = dict[str, Any]


def parse_benchmark_lag(values: Values) -> BenchmarkLag:
    """Return a benchmark's lags as they were computed."""
    events = tuple(
        EventLag(**_dayed(row) | {"status": EventState(row["status"])}) for row in values["event_lags"]
    )
    catchup = values["catchup"]
    segments = tuple(Segment(**_dayed(row)) for row in catchup["segments"])
    standing = values["standing"]
    return BenchmarkLag(
        benchmark="",
        event_lags=events,
        events=summarise_events(events),
        standing=Standing(**standing | {"state": StandingState(standing["state"])}),
        catchup=Catchup(**catchup | {"status": CatchupState(catchup["status"]), "segments": segments}),
        follower_frontier=_frontier(values, "follower"),
        leader_frontier=_frontier(values, "leader"),
    )


def chart_benchmark_frontiers(
    values: Values, as_of: date, pair: Pair, title: str, unit: str, lower: bool
) -> Frontiers:
    """Return what the chart of one benchmark's frontiers shows."""
    follower, leader = (names.name_cohort(side) for side in (pair.follower, pair.leader))
    return build_frontiers(
        parse_benchmark_lag(values),
        as_of,
        values["names"],
        follower=follower,
        leader=leader,
        title=title,
        percent=unit == "fraction",
        turned=lower,
    )


def chart_benchmark_lag(values: Values, as_of: date, pair: Pair) -> LagOverTime:
    """Return what the chart of one benchmark's lag over time shows."""
    return build_lag_over_time(
        parse_benchmark_lag(values), as_of, values["names"], names.title_lag_axis(pair)
    )


def chart_composite_frontiers(values: Values, as_of: date, pair: Pair) -> Frontiers:
    """Return what the chart of the composite's own frontiers shows; its brackets are published medians."""
    mine, theirs = _frontier(values, "follower"), _frontier(values, "leader")
    today = as_of.toordinal()
    whole = values["composite"]
    exact, standing = compute_catchup(mine, theirs, today), compute_standing(mine, theirs, today)
    if exact.status is CatchupState.OK:
        exact = replace(exact, lag_months=whole["catchup"]["median"])
    if standing.signed_months is not None and whole["standing"]["median"] is not None:
        standing = replace(standing, signed_months=whole["standing"]["median"])
    lag = BenchmarkLag("", (), summarise_events(()), standing, exact, mine, theirs)
    follower, leader = (names.name_cohort(side) for side in (pair.follower, pair.leader))
    shown = build_frontiers(
        lag,
        as_of,
        values["names"],
        follower=follower,
        leader=leader,
        title=_("Capability over all benchmarks, in logits"),
        percent=False,
    )
    if shown.mean is None:
        return shown
    words = _("mean %(months)s months") % {"months": format_interval_or_reason(whole["catchup"])}
    return replace(shown, mean=replace(shown.mean, text=words))


def chart_composite_path(values: Values, as_of: date, pair: Pair) -> LagPath:
    """Return what the chart of the composite's lag over time shows."""
    path = [_dated_lag(row) for row in values["path"]]
    return LagPath(
        path,
        (),
        as_of,
        names.title_lag_axis(pair),
        format_interval_or_reason(values["path"][-1]),
        "",
        _titles(),
    )


def chart_composite_forecast(values: Values, as_of: date, pair: Pair, fan: Iterable[DatedLag]) -> LagPath:
    """Return the same with where the lag is forecast to go."""
    plain = chart_composite_path(values, as_of, pair)
    last = plain.path[-1].lag.median
    start = DatedLag(as_of, Interval("ok", last, last, last))
    ahead = [start, *fan]
    end = ahead[-1].lag.median
    return replace(plain, fan=ahead, fan_end="" if end is None else format_decimal(end))


def _titles() -> dict[str, str]:
    return {"date": _("Date"), "lag": _("Lag in months, 95% interval")}


def _dated_lag(row: Values) -> DatedLag:
    lag = Interval(row.get("status", "ok"), row["median"], row["lo"], row["hi"])
    return DatedLag(date.fromisoformat(row["date"]), lag)


def chart_domains(whole: Values, parts: Iterable[tuple[str, Values]], pair: Pair) -> Forest:
    """Return what the chart of the lag by domain shows: the catch-up lag over all, then each domain's."""
    rows = [_row(_("all benchmarks"), whole, strong=True)]
    rows += [_row(name, values) for name, values in parts]
    return Forest(rows, names.title_lag_axis(pair))


def _row(name: str, values: Values, *, strong: bool = False) -> ForestRow:
    catchup, n = values["catchup"], values["n_benchmarks"]
    counted = ngettext("%(name)s, %(n)d benchmark", "%(name)s, %(n)d benchmarks", n) % {"name": name, "n": n}
    return ForestRow(
        counted, catchup["median"], catchup["lo"], catchup["hi"], format_interval_or_reason(catchup), strong
    )


def format_interval_or_reason(interval: Values) -> str:
    """Write an estimate in figures with its interval, or in a word why there is none."""
    months, low, high = interval["median"], interval["lo"], interval["hi"]
    if months is not None and None not in (low, high):
        return f"{format_decimal(months)} ({format_decimal(low)}–{format_decimal(high)})"
    if low is not None:
        return f"≥ {format_decimal(low)}"
    if high is not None:
        return f"≤ {format_decimal(high)}"
    return WHY[interval["status"]]()


def chart_price_frontiers(
    follower: Sequence[PriceMark], leader: Sequence[PriceMark], pair: Pair
) -> PriceFrontiers:
    """Return what the chart of capability against price shows."""
    return PriceFrontiers(
        follower,
        leader,
        (names.name_cohort(pair.follower), names.name_cohort(pair.leader)),
        _("USD per million tokens, 3 input to 1 output"),
        _("Capability over all benchmarks, in logits"),
    )


WHY = {
    "open": lambda: pgettext("a chart's word for no figure", "only a bound is known"),
    "no_new_common_level": lambda: pgettext("a chart's word for no figure", "no new level"),
    "insufficient_overlap": lambda: pgettext("a chart's word for no figure", "under 3 shared benchmarks"),
    "stale": lambda: pgettext("a chart's word for no figure", "no model of the last 12 months"),
    "too_few_records": lambda: pgettext("a chart's word for no figure", "too few records"),
    "no_date": lambda: pgettext("a chart's word for no figure", "no date can be given"),
}


def _frontier(values: Values, side: str) -> Frontier:
    kept = values.get("points") or values["frontiers"]
    days = [(date.fromisoformat(row["date"]).toordinal(), row) for row in kept[side]]
    return build_frontier(Point(row["model"], on, row["level"], on, on) for on, row in days)


def _dayed(row: Values) -> Values:
    return {name: value for name, value in row.items() if name != "date"} | {
        "day": date.fromisoformat(row["date"]).toordinal()
    }
