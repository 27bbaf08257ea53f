"""Run the coverage study: how often the intervals hold the true lag, and how far off the medians are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass

import numpy as np
from scipy.stats import binomtest

from leaderboard.lag.composite import compute_composite, draw_jointly
from leaderboard.lag.data import Pair
from leaderboard.lag.intervals import CENTRAL, Interval
from leaderboard.lag.table import Floats, ScoreTable, build_table
from leaderboard.lag.threads import limit_blas_threads
from leaderboard.lag.trend import TrendState

from .rivals import epoch_bootstrap, epoch_like, lag_of, raw_means
from .truth import truth
from .worlds import TODAY, Kind, World, true_slope, world

PAIR = Pair()
LEAST_COVERAGE, MOST_COVERAGE, MOST_BIAS, MOST_OF_NAIVE = 0.92, 0.98, 0.5, 0.2
SAME = 1e-6
"""Months within which two lags are the same."""
REFITS = 20
"""Times that the index like Epoch's is bootstrapped."""


@dataclass(frozen=True)
class Held:
    """One figure of one world: its point's `error`, whether its interval `held` the truth, and its `width`.

    `reach` is the error as a share of the way from the point to the interval's end on the truth's side: by
    this factor the interval would have to be scaled to end at the truth. `error` is None where the point is
    open.
    """

    error: float | None
    held: bool
    width: float
    reach: float


@dataclass(frozen=True)
class Trial:
    """One world: each figure beside its truth, in months, and the errors of rivals; None where undefined."""

    catchup: Held | None
    standing: Held | None
    trend: Held | None
    epoch_error: float | None
    naive_error: float | None
    bootstrap_error: float | None = None
    bootstrap_held: bool | None = None
    beside_bootstrap_error: float | None = None


@dataclass(frozen=True)
class Figure:
    """How one figure fared in the `n` worlds that have it; lags in months, the trend in months a year.

    `coverage` has Wilson's 95% interval. `width` is the median, and `width_ratio` how much wider the
    intervals are than they must be: 1 over the factor by which all would have to be scaled about their points
    to hold 95%, so that 1.1 is a tenth too wide.
    """

    n: int
    coverage: float | None = None
    coverage_lo: float | None = None
    coverage_hi: float | None = None
    bias: float | None = None
    rmse: float | None = None
    width: float | None = None
    width_ratio: float | None = None


@dataclass(frozen=True)
class Row:
    """One kind of world; `missed` names the claims that do not hold in it.

    Of `bootstrap_n` worlds the index like Epoch's was bootstrapped: its RMSE, and ours on the same worlds.
    """

    world: str
    catchup: Figure
    standing: Figure
    trend: Figure
    epoch_rmse_months: float | None
    naive_rmse_months: float | None
    bootstrap_n: int
    bootstrap_rmse_months: float | None
    bootstrap_coverage: float | None
    beside_bootstrap_rmse_months: float | None

    @property
    def missed(self) -> tuple[str, ...]:
        """Return the claims that do not hold."""
        return tuple(_missed(self))


def trial(kind: Kind, seed: int, draws: int = 2000, refits: int = 0) -> Trial:
    """Make one world of a kind and estimate its lags; with `refits`, by the bootstrapped index too."""
    with limit_blas_threads():
        return _trial(kind, seed, draws, refits)


def _trial(kind: Kind, seed: int, draws: int, refits: int) -> Trial:
    made = world(kind, seed)
    true = truth(made, PAIR)
    laid = build_table(made.data, PAIR, TODAY)
    found = compute_composite(laid, draw_jointly(laid, draws=draws), draws=draws)
    line = found.trend
    caught = _lag(found.catchup, true.catchup.lag_months)
    return Trial(
        caught,
        _lag(found.standing, true.standing.signed_months),
        held(line.slope_months_per_year, line.lo, line.hi, true_slope(kind, line.months))
        if line.status is TrendState.OK
        else None,
        _less(lag_of(made, epoch_like(laid), PAIR), true.catchup.lag_months),
        _less(lag_of(made, raw_means(laid), PAIR), true.catchup.lag_months),
        *_bootstrapped(made, laid, true.catchup.lag_months, caught, refits),
    )


def _bootstrapped(
    made: World, laid: ScoreTable, true: float | None, ours: Held | None, refits: int
) -> tuple[float | None, bool | None, float | None]:
    found = epoch_bootstrap(made, laid, PAIR, refits) if refits and true is not None else None
    if found is None or true is None:
        return None, None, None
    return found.median - true, found.lo <= true <= found.hi, ours.error if ours else None


def _less(value: float | None, true: float | None) -> float | None:
    return None if value is None or true is None else value - true


def _lag(found: Interval, true: float | None) -> Held | None:
    if true is None or found.share <= 0.5:
        return None
    return held(found.median, found.lo, found.hi, true)


def held(point: float | None, lo: float | None, hi: float | None, true: float) -> Held:
    """Compare a figure with the truth; an end that is None is open."""
    lo, hi = -np.inf if lo is None else lo, np.inf if hi is None else hi
    # A standing lag takes few values: the truth is one of them, and must not miss an end by its last digit.
    inside = bool(lo - SAME <= true <= hi + SAME)
    if point is None or abs(true - point) <= SAME:
        return Held(_less(point, true), inside, float(hi - lo), 0.0 if inside else np.inf)
    way = hi - point if true > point else point - lo
    reach = 1.0 if abs(way - abs(true - point)) <= SAME else abs(true - point) / way if way > 0 else np.inf
    return Held(point - true, inside, float(hi - lo), float(reach))


def row(kind: Kind, trials: Iterable[Trial]) -> Row:
    """Summarise the trials of a kind."""
    trials = list(trials)

    def known(name: str) -> Floats:
        return np.array([v for t in trials if (v := getattr(t, name)) is not None], float)

    return Row(
        world=kind.name,
        catchup=figure([t.catchup for t in trials]),
        standing=figure([t.standing for t in trials]),
        trend=figure([t.trend for t in trials]),
        epoch_rmse_months=_rmse(known("epoch_error")),
        naive_rmse_months=_rmse(known("naive_error")),
        bootstrap_n=known("bootstrap_error").size,
        bootstrap_rmse_months=_rmse(known("bootstrap_error")),
        bootstrap_coverage=_mean(known("bootstrap_held")),
        beside_bootstrap_rmse_months=_rmse(known("beside_bootstrap_error")),
    )


def figure(found: Iterable[Held | None]) -> Figure:
    """Summarise one figure over the worlds of a kind; None is a world without it."""
    known = [one for one in found if one is not None]
    if not known:
        return Figure(0)
    n, errors = len(known), np.array([one.error for one in known if one.error is not None])
    inside = sum(one.held for one in known)
    wilson = binomtest(inside, n).proportion_ci(method="wilson")
    scale = float(np.quantile([one.reach for one in known], CENTRAL, method="inverted_cdf"))
    return Figure(
        n,
        inside / n,
        float(wilson.low),
        float(wilson.high),
        _mean(errors),
        _rmse(errors),
        float(np.median([one.width for one in known])),
        1 / scale if scale > 0 else None,
    )


def _mean(values: Floats) -> float | None:
    return float(values.mean()) if values.size else None


def _rmse(values: Floats) -> float | None:
    return float(np.sqrt((values**2).mean())) if values.size else None


def _missed(found: Row) -> Iterable[str]:
    for name in ("catchup", "standing", "trend"):
        one: Figure = getattr(found, name)
        # The bounds are for the true coverage: it misses them where all of its interval does.
        if (one.coverage_hi or 1.0) < LEAST_COVERAGE or (one.coverage_lo or 0.0) > MOST_COVERAGE:
            yield f"{name} coverage"
        if abs(one.bias or 0.0) > MOST_BIAS + 2 * (one.rmse or 0.0) / max(one.n, 1) ** 0.5:
            yield f"{name} bias"
    ours = found.catchup.rmse or 0.0
    if ours > (found.epoch_rmse_months or np.inf):
        yield "epoch"
    if (found.beside_bootstrap_rmse_months or 0.0) > (found.bootstrap_rmse_months or np.inf):
        yield "bootstrap"
    if ours > MOST_OF_NAIVE * (found.naive_rmse_months or np.inf):
        yield "fifth_of_naive"


def plain(found: Row) -> dict[str, object]:
    """Return a row of build/study.json, flat; the catch-up lag's figures have no prefix."""
    out = asdict(found)
    figures = [("", "_months", out.pop("catchup")), ("standing_", "_months", out.pop("standing"))]
    figures.append(("trend_", "_months_per_year", out.pop("trend")))
    for prefix, unit, values in figures:
        for name, value in values.items():
            out[prefix + name + (unit if name in ("bias", "rmse", "width") else "")] = value
    return out | {"missed": found.missed, "ok": not found.missed}
