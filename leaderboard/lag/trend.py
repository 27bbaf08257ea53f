"""Fit a line to the standing lag of the last 36 months, and say when it would reach parity (METHOD §7)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from scipy.stats import t as student

from leaderboard.lag.draws import PathDraws
from leaderboard.lag.table import Bools, Floats, Ints

MONTHS = 36
LEAST_TEETH = 4
LEAST_MONTHS = 18
OPEN_SHARE = 0.1
HORIZON_MONTHS = 60
DRIFT = 2.0
"""How far the slope itself may wander: months a year per root of a year, a declared assumption."""
PARITY_SHARES = (0.1, 0.5, 0.9)


class TrendState(StrEnum):
    """Whether a trend can be given."""

    OK = "ok"
    TOO_FEW_RECORDS = "too_few_records"


class ParityState(StrEnum):
    """Whether a date of parity can be given."""

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
    """Slope in months a year with its 95% interval; a negative slope means that the lag shrinks.

    `months` is how far back the line goes: 36, less where the lag was only bounded before.
    """

    status: TrendState
    slope_months_per_year: float | None = None
    lo: float | None = None
    hi: float | None = None
    p_shrinking: float | None = None
    teeth: int = 0
    months: int = 0
    parity: Parity = Parity(ParityState.NO_DATE)


@dataclass(frozen=True)
class _Lines:
    """One straight line per draw: `level` today and `slope` a year (D,), and their covariance (D, 2, 2)."""

    level: Floats
    slope: Floats
    within: Floats
    teeth: Ints


def trend(path: PathDraws) -> Trend:
    """Fit the trend to the monthly standing lag of each draw.

    A draw's own variance is robust to clusters, a cluster being one tooth of the saw that the lag makes
    (`_within`). It is that of lines through drawn lags, so what the draws differ by is in it already: the
    variance is the larger of the two, not their sum, with (teeth - 1) degrees of freedom. The line starts
    after the last month in which over a tenth of the draws only bound the lag: early models have none to
    match.
    """
    closed = path.low == path.high
    n_months = _usable(closed)
    known = closed[:, :n_months].all(1)
    if n_months < LEAST_MONTHS or known.mean() < 0.5:
        return Trend(TrendState.TOO_FEW_RECORDS)
    lines = _lines(path.low[known, :n_months][:, ::-1], -path.months[:n_months][::-1] / 12)
    teeth = int(np.median(lines.teeth))
    if teeth < LEAST_TEETH:
        return Trend(TrendState.TOO_FEW_RECORDS, teeth=teeth)
    between = np.cov(np.stack([lines.level, lines.slope]))
    within = np.nanmedian(lines.within, axis=0)
    total = between if between[1, 1] > within[1, 1] else within
    slope, sd, df = float(lines.slope.mean()), float(np.sqrt(total[1, 1])), float(teeth - 1)
    reach = float(student.ppf(0.975, df)) * sd
    return Trend(
        TrendState.OK,
        slope,
        slope - reach,
        slope + reach,
        float(student.cdf(-slope / sd, df)) if sd > 0 else float(slope < 0),
        teeth,
        n_months,
        parity(float(lines.level.mean()), slope, total, df),
    )


def _usable(closed: Bools) -> int:
    enough = closed.mean(0) >= 1 - OPEN_SHARE
    return int(np.argmin(enough)) if not enough.all() else len(enough)


def _lines(value: Floats, years: Floats) -> _Lines:
    design = np.stack([np.ones_like(years), years], 1)
    bread = np.linalg.inv(design.T @ design)
    beta = value @ design @ bread
    # A tooth ends where the lag does not grow by the month that has passed, nor a lead.
    step = (years[1] - years[0]) * 12
    ends = np.abs(np.abs(np.diff(value, axis=1)) - step) > 1e-6
    tooth = np.concatenate([np.zeros((len(value), 1), np.int64), np.cumsum(ends, axis=1)], 1)
    count = tooth[:, -1] + 1
    return _Lines(beta[:, 0], beta[:, 1], _within(value, design, bread, beta, tooth), count)


def _within(value: Floats, design: Floats, bread: Floats, beta: Floats, tooth: Ints) -> Floats:
    """Return the covariance of each draw's line (D, 2, 2), robust to clusters, without the bias of few.

    CR2 (Bell and McCaffrey 2002): the residuals of a tooth c are scaled by (I - X_c B X_c')^(-1/2) first,
    B = inv(X'X), for a line runs nearer to a tooth than the truth does. X_c' times that is
    (I - X_c'X_c B)^(-1/2) X_c', a root of 2 by 2. NaN where all but one tooth say nothing of a slope.
    """
    d, n = value.shape
    place = (np.arange(d)[:, None] * n + tooth).ravel()
    left = value - beta @ design.T

    def by_tooth(cells: Floats) -> Floats:
        sums = np.bincount(place, np.broadcast_to(cells, value.shape).ravel(), d * n)
        return np.asarray(sums.reshape(d, n), np.float64)

    x = design[:, 1]
    size, first, second = by_tooth(np.ones(n)), by_tooth(x), by_tooth(x * x)
    (b00, b01), (_, b11) = bread
    p, q = 1 - size * b00 - first * b01, -size * b01 - first * b11
    r, s = -first * b00 - second * b01, 1 - first * b01 - second * b11
    with np.errstate(invalid="ignore"):
        det = np.sqrt(np.where(p * s - q * r > 1e-9, p * s - q * r, np.nan))
    # For N of 2 by 2 and det = sqrt |N|, N^(-1/2) = ((tr N + det) I - N) / (det sqrt(tr N + 2 det)).
    scale = det * np.sqrt(p + s + 2 * det)
    level, slope = by_tooth(left), by_tooth(left * x)
    score = np.stack([(s + det) * level - q * slope, (p + det) * slope - r * level], 2) / scale[..., None]
    return np.asarray(bread @ np.einsum("dti,dtj->dij", score, score) @ bread)


def parity(level: float, slope: float, cov: Floats, df: float) -> Parity:
    """Return when the line, with its uncertainty and a slope that may drift, reaches 0.

    `level` in months and `slope` in months a year have covariance `cov` (2, 2). The drift of the slope is a
    random walk of DRIFT per root of a year, so it adds DRIFT^2 h^3 / 3 to the variance h years ahead.
    """
    ahead = np.arange(HORIZON_MONTHS + 1) / 12
    mean = level + slope * ahead
    var = cov[0, 0] + 2 * ahead * cov[0, 1] + ahead**2 * cov[1, 1] + DRIFT**2 * ahead**3 / 3
    chance = student.cdf(-mean / np.sqrt(np.maximum(var, 1e-12)), df)
    found = [int(np.argmax(chance >= q)) if (chance >= q).any() else None for q in PARITY_SHARES]
    state = ParityState.OK if found[1] is not None else ParityState.NO_DATE
    return Parity(state, median=found[1], lo=found[0], hi=found[2])
