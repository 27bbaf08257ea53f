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

from .rivals import average_scores, bootstrap_epoch, compute_lag, fit_epoch_like
from .truth import compute_truth
from .worlds import TODAY, World, WorldKind, simulate_world, true_slope

PAIR = Pair()
LEAST_COVERAGE, MOST_COVERAGE, MOST_BIAS, MOST_OF_NAIVE = 0.92, 0.98, 0.5, 0.2
SAME = 1e-6
"""Months within which two lags are the same."""
REFITS = 20
"""Times that the index like Epoch's is bootstrapped."""


@dataclass(frozen=True)
class CheckedInterval:
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

    catchup: CheckedInterval | None
    standing: CheckedInterval | None
    trend: CheckedInterval | None
    epoch_error: float | None
    naive_error: float | None
    bootstrap_error: float | None = None
    bootstrap_held: bool | None = None
    beside_bootstrap_error: float | None = None


@dataclass(frozen=True)
class CoverageSummary:
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
class StudyRow:
    """One kind of world; `missed` names the claims that do not hold in it.

    Of `bootstrap_n` worlds the index like Epoch's was bootstrapped: its RMSE, and ours on the same worlds.
    """

    world: str
    catchup: CoverageSummary
    standing: CoverageSummary
    trend: CoverageSummary
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


def run_trial(kind: WorldKind, seed: int, draws: int = 2000, refits: int = 0) -> Trial:
    """Make one world of a kind and estimate its lags; with `refits`, by the bootstrapped index too."""
    with limit_blas_threads():
        return _trial(kind, seed, draws, refits)


def _trial(kind: WorldKind, seed: int, draws: int, refits: int) -> Trial:
    simulated = simulate_world(kind, seed)
    true = compute_truth(simulated, PAIR)
    laid = build_table(simulated.data, PAIR, TODAY)
    composite = compute_composite(laid, draw_jointly(laid, draws=draws), draws=draws)
    line = composite.trend
    caught = _lag(composite.catchup, true.catchup.lag_months)
    return Trial(
        caught,
        _lag(composite.standing, true.standing.signed_months),
        check_interval(line.slope_months_per_year, line.lo, line.hi, true_slope(kind, line.months))
        if line.status is TrendState.OK
        else None,
        _less(compute_lag(simulated, fit_epoch_like(laid), PAIR), true.catchup.lag_months),
        _less(compute_lag(simulated, average_scores(laid), PAIR), true.catchup.lag_months),
        *_bootstrapped(simulated, laid, true.catchup.lag_months, caught, refits),
    )


def _bootstrapped(
    simulated: World, laid: ScoreTable, true: float | None, ours: CheckedInterval | None, refits: int
) -> tuple[float | None, bool | None, float | None]:
    bootstrap = bootstrap_epoch(simulated, laid, PAIR, refits) if refits and true is not None else None
    if bootstrap is None or true is None:
        return None, None, None
    return bootstrap.median - true, bootstrap.lo <= true <= bootstrap.hi, ours.error if ours else None


def _less(value: float | None, true: float | None) -> float | None:
    return None if value is None or true is None else value - true


def _lag(interval: Interval, true: float | None) -> CheckedInterval | None:
    if true is None or interval.share <= 0.5:
        return None
    return check_interval(interval.median, interval.lo, interval.hi, true)


def check_interval(point: float | None, lo: float | None, hi: float | None, true: float) -> CheckedInterval:
    """Compare a figure with the truth; an end that is None is open."""
    lo, hi = -np.inf if lo is None else lo, np.inf if hi is None else hi
    # A standing lag takes few values: the truth is one of them, and must not miss an end by its last digit.
    inside = bool(lo - SAME <= true <= hi + SAME)
    if point is None or abs(true - point) <= SAME:
        return CheckedInterval(_less(point, true), inside, float(hi - lo), 0.0 if inside else np.inf)
    way = hi - point if true > point else point - lo
    reach = 1.0 if abs(way - abs(true - point)) <= SAME else abs(true - point) / way if way > 0 else np.inf
    return CheckedInterval(point - true, inside, float(hi - lo), float(reach))


def summarise_trials(kind: WorldKind, trials: Iterable[Trial]) -> StudyRow:
    """Summarise the trials of a kind."""
    trials = list(trials)

    def known(name: str) -> Floats:
        return np.array([v for t in trials if (v := getattr(t, name)) is not None], float)

    return StudyRow(
        world=kind.name,
        catchup=summarise_coverage([t.catchup for t in trials]),
        standing=summarise_coverage([t.standing for t in trials]),
        trend=summarise_coverage([t.trend for t in trials]),
        epoch_rmse_months=_rmse(known("epoch_error")),
        naive_rmse_months=_rmse(known("naive_error")),
        bootstrap_n=known("bootstrap_error").size,
        bootstrap_rmse_months=_rmse(known("bootstrap_error")),
        bootstrap_coverage=_mean(known("bootstrap_held")),
        beside_bootstrap_rmse_months=_rmse(known("beside_bootstrap_error")),
    )


def summarise_coverage(intervals: Iterable[CheckedInterval | None]) -> CoverageSummary:
    """Summarise one figure over the worlds of a kind; None is a world without it."""
    known = [checked for checked in intervals if checked is not None]
    if not known:
        return CoverageSummary(0)
    n, errors = len(known), np.array([checked.error for checked in known if checked.error is not None])
    inside = sum(checked.held for checked in known)
    wilson = binomtest(inside, n).proportion_ci(method="wilson")
    scale = float(np.quantile([checked.reach for checked in known], CENTRAL, method="inverted_cdf"))
    return CoverageSummary(
        n,
        inside / n,
        float(wilson.low),
        float(wilson.high),
        _mean(errors),
        _rmse(errors),
        float(np.median([checked.width for checked in known])),
        1 / scale if scale > 0 else None,
    )


def _mean(values: Floats) -> float | None:
    return float(values.mean()) if values.size else None


def _rmse(values: Floats) -> float | None:
    return float(np.sqrt((values**2).mean())) if values.size else None


def _missed(row: StudyRow) -> Iterable[str]:
    for name in ("catchup", "standing", "trend"):
        summary: CoverageSummary = getattr(row, name)
        # The bounds are for the true coverage: it misses them where all of its interval does.
        if (summary.coverage_hi or 1.0) < LEAST_COVERAGE or (summary.coverage_lo or 0.0) > MOST_COVERAGE:
            yield f"{name} coverage"
        if abs(summary.bias or 0.0) > MOST_BIAS + 2 * (summary.rmse or 0.0) / max(summary.n, 1) ** 0.5:
            yield f"{name} bias"
    ours = row.catchup.rmse or 0.0
    if ours > (row.epoch_rmse_months or np.inf):
        yield "epoch"
    if (row.beside_bootstrap_rmse_months or 0.0) > (row.bootstrap_rmse_months or np.inf):
        yield "bootstrap"
    if ours > MOST_OF_NAIVE * (row.naive_rmse_months or np.inf):
        yield "fifth_of_naive"


def to_json(row: StudyRow) -> dict[str, object]:
    """Return a row of build/study.json, flat; the catch-up lag's figures have no prefix."""
    out = asdict(row)
    figures = [("", "_months", out.pop("catchup")), ("standing_", "_months", out.pop("standing"))]
    figures.append(("trend_", "_months_per_year", out.pop("trend")))
    for prefix, unit, values in figures:
        for name, value in values.items():
            out[prefix + name + (unit if name in ("bias", "rmse", "width") else "")] = value
    return out | {"missed": row.missed, "ok": not row.missed}
