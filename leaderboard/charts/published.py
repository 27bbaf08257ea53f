"""What the charts show of a published estimate, read from its values alone: to draw needs no computation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

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
from leaderboard.estimate_values import SIDES, BenchmarkValues, CompositeFigures, CompositeValues
from leaderboard.lag.data import Pair
from leaderboard.lag.exact_lags import CatchupState, compute_catchup, compute_standing, summarise_events
from leaderboard.lag.intervals import DatedLag, Interval
from leaderboard.lag.summary import BenchmarkLag


def chart_benchmark_frontiers(
    values: BenchmarkValues, as_of: date, pair: Pair, title: str, unit: str, lower: bool
) -> Frontiers:
    """Return what the chart of one benchmark's frontiers shows."""
    follower, leader = (names.name_cohort(side) for side in (pair.follower, pair.leader))
    return build_frontiers(
        values.lag,
        as_of,
        values.names,
        follower=follower,
        leader=leader,
        title=title,
        percent=unit == "fraction",
        turned=lower,
    )


def chart_benchmark_lag(values: BenchmarkValues, as_of: date, pair: Pair) -> LagOverTime:
    """Return what the chart of one benchmark's lag over time shows."""
    return build_lag_over_time(values.lag, as_of, values.names, names.title_lag_axis(pair))


def chart_composite_frontiers(values: CompositeValues, as_of: date, pair: Pair) -> Frontiers:
    """Return what the chart of the composite's own frontiers shows; its brackets are published medians."""
    mine, theirs = map(values.frontier, SIDES)
    today = as_of.toordinal()
    exact, standing = compute_catchup(mine, theirs, today), compute_standing(mine, theirs, today)
    if exact.status is CatchupState.OK:
        exact = replace(exact, lag_months=values.figures.catchup.median)
    if standing.signed_months is not None and (median := values.figures.standing.median) is not None:
        standing = replace(standing, signed_months=median)
    lag = BenchmarkLag("", (), summarise_events(()), standing, exact, mine, theirs)
    follower, leader = (names.name_cohort(side) for side in (pair.follower, pair.leader))
    shown = build_frontiers(
        lag,
        as_of,
        values.names,
        follower=follower,
        leader=leader,
        title=_("Capability over all benchmarks, in logits"),
        percent=False,
    )
    if shown.mean is None:
        return shown
    words = _("mean %(months)s months") % {"months": format_interval_or_reason(values.figures.catchup)}
    return replace(shown, mean=replace(shown.mean, text=words))


def chart_composite_path(values: CompositeValues, as_of: date, pair: Pair) -> LagPath:
    """Return what the chart of the composite's lag over time shows."""
    path = values.path
    return LagPath(
        path, (), as_of, names.title_lag_axis(pair), format_interval_or_reason(path[-1].lag), "", _titles()
    )


def chart_composite_forecast(
    values: CompositeValues, as_of: date, pair: Pair, fan: Iterable[DatedLag]
) -> LagPath:
    """Return the same with where the lag is forecast to go."""
    plain = chart_composite_path(values, as_of, pair)
    last = plain.path[-1].lag.median
    start = DatedLag(as_of, Interval("ok", last, last, last))
    ahead = [start, *fan]
    end = ahead[-1].lag.median
    return replace(plain, fan=ahead, fan_end="" if end is None else format_decimal(end))


def _titles() -> dict[str, str]:
    return {"date": _("Date"), "lag": _("Lag in months, 95% interval")}


def chart_domains(
    whole: CompositeFigures, parts: Iterable[tuple[str, CompositeFigures]], pair: Pair
) -> Forest:
    """Return what the chart of the lag by domain shows: the catch-up lag over all, then each domain's."""
    rows = [_row(_("all benchmarks"), whole, strong=True)]
    rows += [_row(name, figures) for name, figures in parts]
    return Forest(rows, names.title_lag_axis(pair))


def _row(name: str, figures: CompositeFigures, *, strong: bool = False) -> ForestRow:
    lag, n = figures.catchup, figures.n_benchmarks
    counted = ngettext("%(name)s, %(n)d benchmark", "%(name)s, %(n)d benchmarks", n) % {"name": name, "n": n}
    return ForestRow(counted, lag.median, lag.lo, lag.hi, format_interval_or_reason(lag), strong)


def format_interval_or_reason(interval: Interval) -> str:
    """Write an estimate in figures with its interval, or in a word why there is none."""
    months, low, high = interval.median, interval.lo, interval.hi
    if months is not None and low is not None and high is not None:
        return f"{format_decimal(months)} ({format_decimal(low)}–{format_decimal(high)})"
    if low is not None:
        return f"≥ {format_decimal(low)}"
    if high is not None:
        return f"≤ {format_decimal(high)}"
    return WHY[interval.status]()


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
