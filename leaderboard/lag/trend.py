"""Fit a line to the standing lag of the last 36 months, and forecast parity (METHOD §7)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from scipy.stats import t as student

from leaderboard.lag.draws import PathDraws
from leaderboard.lag.line_fits import fit_lines
from leaderboard.lag.table import Floats

MONTHS = 36
LEAST_TEETH = 4
LEAST_MONTHS = 18
HORIZON_MONTHS = 60
DRIFT = 2.0
"""Drift of the slope, a random walk: months a year per root of a year, a declared assumption."""
PARITY_SHARES = (0.1, 0.5, 0.9)


class TrendState(StrEnum):
    """Whether the trend is defined."""

    OK = "ok"
    TOO_FEW_RECORDS = "too_few_records"


class ParityState(StrEnum):
    """Whether the date of parity is defined."""

    OK = "ok"
    NO_DATE = "no_date"


@dataclass(frozen=True, slots=True)
class Parity:
    """Months from today until P(lag <= 0) passes 10% (`lo`), 50% and 90% (`hi`); None beyond the horizon."""

    state: ParityState
    median: int | None = None
    lo: int | None = None
    hi: int | None = None


@dataclass(frozen=True, slots=True)
class Trend:
    """The slope in months a year with its 95% interval; a negative slope is a shrinking lag.

    `months` is the length of the line: 36, less where a cohort had no model before.
    """

    status: TrendState
    slope_months_per_year: float | None = None
    lo: float | None = None
    hi: float | None = None
    p_shrinking: float | None = None
    teeth: int = 0
    months: int = 0
    parity: Parity = Parity(ParityState.NO_DATE)


def fit_trend(path: PathDraws) -> Trend:
    """Fit the trend to the monthly standing lag of each draw.

    The variance within a draw, of a line through drawn lags, already includes the variance between draws: the
    total is the larger of the two, not their sum, with (teeth - 1) degrees of freedom. A draw counts if its
    lag is uncensored in LEAST_MONTHS months; half of the draws must count.
    """
    n_months = _defined(path)
    low, high = path.low[:, :n_months], path.high[:, :n_months]
    enough = (low == high).sum(1) >= LEAST_MONTHS
    if enough.mean() < 0.5:
        return Trend(TrendState.TOO_FEW_RECORDS)
    fits = fit_lines(low[enough, ::-1], high[enough, ::-1], -path.months[:n_months][::-1] / 12)
    teeth = int(np.median(fits.teeth))
    if teeth < LEAST_TEETH:
        return Trend(TrendState.TOO_FEW_RECORDS, teeth=teeth)
    between = np.cov(np.stack([fits.level, fits.slope]))
    within = np.nanmedian(fits.within, axis=0)
    total = between if between[1, 1] > within[1, 1] else within
    slope, sd, df = float(fits.slope.mean()), float(np.sqrt(total[1, 1])), float(teeth - 1)
    reach = float(student.ppf(0.975, df)) * sd
    return Trend(
        TrendState.OK,
        slope,
        slope - reach,
        slope + reach,
        float(student.cdf(-slope / sd, df)) if sd > 0 else float(slope < 0),
        teeth,
        n_months,
        forecast_parity(float(fits.level.mean()), slope, total, df),
    )


def _defined(path: PathDraws) -> int:
    """Return the number of months, from today backwards, in which both cohorts have a model in every draw."""
    missing = np.flatnonzero(np.isnan(path.low).any(0))
    return int(missing[0]) if len(missing) else path.low.shape[1]


def forecast_parity(level: float, slope: float, cov: Floats, df: float) -> Parity:
    """Forecast when the line reaches 0, with its uncertainty and a drift of its slope.

    `level` in months and `slope` in months a year have covariance `cov` (2, 2) and `df` degrees of freedom.
    The slope is a random walk of DRIFT per root of a year, which adds DRIFT^2 h^3 / 3 to the variance.
    """
    ahead = np.arange(HORIZON_MONTHS + 1) / 12
    mean = level + slope * ahead
    var = cov[0, 0] + 2 * ahead * cov[0, 1] + ahead**2 * cov[1, 1] + DRIFT**2 * ahead**3 / 3
    chance = student.cdf(-mean / np.sqrt(np.maximum(var, 1e-12)), df)
    months = [int(np.argmax(chance >= q)) if (chance >= q).any() else None for q in PARITY_SHARES]
    state = ParityState.OK if months[1] is not None else ParityState.NO_DATE
    return Parity(state, median=months[1], lo=months[0], hi=months[2])
