"""Run the coverage study: how often the intervals hold the true lag, and how far off the medians are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from leaderboard.lag.composite import composite, sample
from leaderboard.lag.data import Pair
from leaderboard.lag.intervals import Estimate
from leaderboard.lag.table import Table, table
from leaderboard.lag.threads import one_thread

from .rivals import epoch_bootstrap, epoch_like, lag_of, raw_means
from .truth import truth
from .worlds import TODAY, Kind, World, true_slope, world

PAIR = Pair()
LEAST_COVERAGE, MOST_COVERAGE, MOST_BIAS, MOST_OF_NAIVE = 0.92, 0.98, 0.5, 0.2
REFITS = 20
"""Times that the index like Epoch's is bootstrapped."""


@dataclass(frozen=True)
class Trial:
    """One world: errors in months, and whether the intervals held the truth; None where undefined."""

    catchup_error: float | None
    catchup_held: bool | None
    catchup_width: float | None
    standing_error: float | None
    standing_held: bool | None
    standing_width: float | None
    trend_error: float | None
    trend_held: bool | None
    trend_width: float | None
    epoch_error: float | None
    naive_error: float | None
    bootstrap_error: float | None = None
    bootstrap_held: bool | None = None
    beside_bootstrap_error: float | None = None


@dataclass(frozen=True)
class Row:
    """One kind of world, a row of build/study.json; `missed` names the claims that do not hold in it.

    Of `bootstrap_n` worlds the index like Epoch's was bootstrapped: its RMSE, and ours on the same worlds.
    """

    world: str
    n: int
    coverage: float
    bias_months: float
    rmse_months: float
    width_months: float
    standing_coverage: float
    standing_bias_months: float
    standing_rmse_months: float
    standing_width_months: float
    trend_n: int
    trend_coverage: float | None
    trend_bias: float | None
    trend_rmse: float | None
    trend_width: float | None
    epoch_rmse_months: float
    naive_rmse_months: float
    bootstrap_n: int
    bootstrap_rmse_months: float | None
    bootstrap_coverage: float | None
    beside_bootstrap_rmse_months: float | None
    missed: tuple[str, ...]
    ok: bool


def trial(kind: Kind, seed: int, draws: int = 2000, refits: int = 0) -> Trial:
    """Make one world of a kind and estimate its lags; with `refits`, by the bootstrapped index too."""
    with one_thread():
        return _trial(kind, seed, draws, refits)


def _trial(kind: Kind, seed: int, draws: int, refits: int) -> Trial:
    made = world(kind, seed)
    true = truth(made, PAIR)
    laid = table(made.data, PAIR, TODAY)
    found = composite(laid, sample(laid, draws=draws), draws=draws)
    line, slope = found.trend, true_slope(kind, found.trend.months or 36)
    caught = _errors(found.catchup, true.catchup.lag_months)
    return Trial(
        *caught,
        *_errors(found.standing, true.standing.signed_months),
        _less(line.slope_months_per_year, slope),
        None if line.lo is None or line.hi is None else line.lo <= slope <= line.hi,
        None if line.lo is None or line.hi is None else line.hi - line.lo,
        _less(lag_of(made, epoch_like(laid), PAIR), true.catchup.lag_months),
        _less(lag_of(made, raw_means(laid), PAIR), true.catchup.lag_months),
        *_bootstrapped(made, laid, true.catchup.lag_months, caught[0], refits),
    )


def _bootstrapped(
    made: World, laid: Table, true: float | None, ours: float | None, refits: int
) -> tuple[float | None, bool | None, float | None]:
    found = epoch_bootstrap(made, laid, PAIR, refits) if refits and true is not None else None
    if found is None or true is None:
        return None, None, None
    return found.median - true, found.lo <= true <= found.hi, ours


def _less(value: float | None, true: float | None) -> float | None:
    return None if value is None or true is None else value - true


def _errors(found: Estimate, true: float | None) -> tuple[float | None, bool | None, float | None]:
    if true is None or found.share <= 0.5:
        return None, None, None
    lo, hi = -np.inf if found.lo is None else found.lo, np.inf if found.hi is None else found.hi
    # A standing lag takes few values: the truth is one of them, and must not miss an end by its last digit.
    return _less(found.median, true), bool(lo - 1e-6 <= true <= hi + 1e-6), float(hi - lo)


def row(kind: Kind, trials: Iterable[Trial]) -> Row:
    """Summarise the trials of a kind."""
    trials = list(trials)

    def known(name: str) -> np.ndarray:
        return np.array([v for t in trials if (v := getattr(t, name)) is not None], float)

    def mean(name: str) -> float | None:
        return float(known(name).mean()) if known(name).size else None

    def middle(name: str) -> float | None:
        return float(np.median(known(name))) if known(name).size else None

    def rmse(name: str) -> float | None:
        return float(np.sqrt((known(name) ** 2).mean())) if known(name).size else None

    figures: dict[str, Any] = {
        "n": known("catchup_held").size,
        "coverage": mean("catchup_held"),
        "bias_months": mean("catchup_error"),
        "rmse_months": rmse("catchup_error"),
        "width_months": middle("catchup_width"),
        "standing_coverage": mean("standing_held"),
        "standing_bias_months": mean("standing_error"),
        "standing_rmse_months": rmse("standing_error"),
        "standing_width_months": middle("standing_width"),
        "trend_n": known("trend_held").size,
        "trend_coverage": mean("trend_held"),
        "trend_bias": mean("trend_error"),
        "trend_rmse": rmse("trend_error"),
        "trend_width": middle("trend_width"),
        "epoch_rmse_months": rmse("epoch_error"),
        "naive_rmse_months": rmse("naive_error"),
        "bootstrap_n": known("bootstrap_error").size,
        "bootstrap_rmse_months": rmse("bootstrap_error"),
        "bootstrap_coverage": mean("bootstrap_held"),
        "beside_bootstrap_rmse_months": rmse("beside_bootstrap_error"),
    }
    missed = tuple(_missed(figures))
    return Row(world=kind.name, **figures, missed=missed, ok=not missed)


def _missed(f: dict[str, Any]) -> Iterable[str]:
    # The bounds are for the true coverage: a finite study may miss them by two of its own standard errors.
    for name, n in (("coverage", "n"), ("standing_coverage", "n"), ("trend_coverage", "trend_n")):
        value, spare = f[name], 2 * np.sqrt(0.05 * 0.95 / max(f[n] or 0, 1))
        if value is not None and not LEAST_COVERAGE - spare <= value <= MOST_COVERAGE + spare:
            yield name
    if abs(f["bias_months"] or 0.0) > MOST_BIAS + 2 / (f["n"] or 1) ** 0.5:
        yield "bias"
    ours = f["rmse_months"] or 0.0
    if ours > (f["epoch_rmse_months"] or np.inf):
        yield "epoch"
    if (f["beside_bootstrap_rmse_months"] or 0.0) > (f["bootstrap_rmse_months"] or np.inf):
        yield "bootstrap"
    if ours > MOST_OF_NAIVE * (f["naive_rmse_months"] or np.inf):
        yield "fifth_of_naive"


def plain(found: Row) -> dict[str, object]:
    """Return a row in JSON's own types."""
    return asdict(found)
