"""Fit a straight line to the standing lag of each draw, with censored lags (METHOD §7).

Shapes: D draws, K months, oldest first. Lags are in months, times in years.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import log_ndtr

from leaderboard.lag.table import Floats, Ints

ROUNDS = 25
LEAST_SD = 1e-3
"""Least standard deviation about a line, in months: a sawtooth never lies on its line."""


@dataclass(frozen=True)
class LineFits:
    """One line per draw: `level` at time 0 (D,), `slope` a year (D,), and covariance `within` (D, 2, 2).

    `within` is robust to clusters. A cluster is one of a draw's `teeth` (D,): months in which the lag, or a
    lead, grows by a month a month.
    """

    level: Floats
    slope: Floats
    within: Floats
    teeth: Ints


def fit_lines(low: Floats, high: Floats, years: Floats) -> LineFits:
    """Fit lines to lags between `low` and `high` (D, K) at times `years` (K,), oldest first.

    The ends differ where a lag is censored, and one of them is then infinite. A censored lag counts with its
    expected value given the line and its limit: lines without those months, of long lags, are too flat.
    """
    bound = np.where(np.isfinite(low), low, high)
    side = np.where(np.isinf(high), 1.0, 0.0) - np.isinf(low)
    design = np.stack([np.ones_like(years), years], 1)
    bread = np.linalg.inv(design.T @ design)
    value = bound.copy()
    some = (side != 0).any(1)
    value[some] = _expected(bound[some], side[some], design, bread)
    beta = value @ design @ bread
    step = (years[1] - years[0]) * 12
    ends = np.abs(np.abs(np.diff(bound, axis=1)) - step) > 1e-6
    tooth = np.concatenate([np.zeros((len(bound), 1), np.int64), np.cumsum(ends, axis=1)], 1)
    return LineFits(beta[:, 0], beta[:, 1], _within(value, design, bread, beta, tooth), tooth[:, -1] + 1)


def _expected(bound: Floats, side: Floats, design: Floats, bread: Floats) -> Floats:
    """Return the lags (D, K), censored ones (`side` 1 above `bound`, -1 below, 0 known) as expected values.

    Tobit regression (Tobin 1958) by EM (Aitkin 1981): given the current line and spread, a censored lag is a
    truncated normal; its mean and variance give the next line and spread.
    """
    free = len(design) - design.shape[1]
    value, spare = bound, np.zeros_like(bound)
    sd = np.ones((len(bound), 1))
    for _ in range(ROUNDS):
        line = value @ design @ bread @ design.T
        square = ((value - line) ** 2 + spare * sd**2).sum(1, keepdims=True) / free
        sd = np.maximum(np.sqrt(square), LEAST_SD)
        away = np.clip(side * (bound - line) / sd, -30.0, 30.0)
        beyond = np.exp(-(away**2) / 2 - np.log(2 * np.pi) / 2 - log_ndtr(-away))
        value = np.where(side == 0, bound, line + side * sd * beyond)
        spare = np.where(side == 0, 0.0, 1 + away * beyond - beyond**2)
    return np.asarray(value, np.float64)


def _within(value: Floats, design: Floats, bread: Floats, beta: Floats, tooth: Ints) -> Floats:
    """Return the cluster-robust covariance (D, 2, 2) of each draw's line, corrected for few clusters.

    CR2 (Bell and McCaffrey 2002) scales the residuals of a tooth c by (I - X_c B X_c')^(-1/2), B = inv(X'X),
    since a fitted line is nearer to a tooth than the true one. X_c' times that is
    (I - X_c'X_c B)^(-1/2) X_c', a root of 2 by 2. NaN where the other teeth do not determine a slope.
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
