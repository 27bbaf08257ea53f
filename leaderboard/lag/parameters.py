"""The parameters of the capability index and the normal approximation at its mode (METHOD §4).

Share of the way from chance to ceiling, y = sigma(zeta) + e, e ~ N(0, s^2) with the variance of METHOD §1.5;
zeta = alpha_b + a_b theta_m + gamma_gb + delta_g vendor + u, u ~ Student t (nu) of scale omega_b;
theta_m = slope t + level_g + drift_g t + x, x two-piece normal (tau_up above the line, tau_down below).
Difficulty is d_b = -alpha_b / a_b. Mean log a is held at 0 to fix the scale, on which no lag depends.

Shapes: N cells, M models, B benchmarks, P shared parameters.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.linalg import cho_solve

from leaderboard.lag.table import Floats, Ints, ScoreTable

GROUPS = 3
ALPHA_SD, LOG_SLOPE_SD, DELTA_SD = 3.0, 0.5, 0.2
LEVEL_SD, DRIFT_SD, TREND_SD = 3.0, 1.0, 5.0
OMEGA_START, OMEGA_COHORT_START, TAU_START = 0.4, 0.2, 0.8


@dataclass(frozen=True)
class Scales:
    """Standard deviations of profiles by benchmark `omega` (B,), cohort effects, and residuals of models.

    Models crowd under the frontier and trail far below it, so residuals above and below the line have their
    own. `nu` is the degrees of freedom of the profiles, inf for a normal.
    """

    omega: Floats
    omega_all: float = OMEGA_START
    omega_cohort: float = OMEGA_COHORT_START
    tau_up: float = TAU_START
    tau_down: float = TAU_START
    nu: float = 5.0

    @property
    def tail_loss(self) -> float:
        """Return the ratio of the information in the weights of the EM to Fisher's information of a t.

        Fisher's information is (nu + 1) / (nu + 3) of 1 / scale^2, while the mean weight is 1 (Lange, Little
        and Taylor 1989): the curvature of the weights alone overstates the precision by up to half.
        """
        return (self.nu + 3) / (self.nu + 1) if np.isfinite(self.nu) else 1.0


@dataclass(frozen=True)
class FitState:
    """The parameters in one step of the fit, and the warm start of the next fit.

    `theta` (M,) and `shared` (P,); for each cell, in the table's order, its own logit `zeta` (N,) and the t's
    `weight` (N,); for each model the precision `pull` (M,) of its prior about the line.
    """

    theta: Floats
    shared: Floats
    zeta: Floats
    weight: Floats
    pull: Floats
    scales: Scales


class ParameterLayout:
    """Positions of the shared parameters: alpha (B,), log a (B,), gamma (3 B,), delta (3,), line (7,)."""

    def __init__(self, n_benchmarks: int) -> None:
        b = n_benchmarks
        self.alpha = slice(0, b)
        self.log_a = slice(b, 2 * b)
        self.gamma = slice(2 * b, (2 + GROUPS) * b)
        self.delta = slice(self.gamma.stop, self.gamma.stop + GROUPS)
        self.line = slice(self.delta.stop, self.delta.stop + 1 + 2 * GROUPS)
        self.size = self.line.stop

    def columns(self, table: ScoreTable) -> Ints:
        """Return the indices (N, 4) of each cell's shared parameters: alpha, log a, gamma, delta."""
        b, group = len(table.benchmarks), table.group[table.row]
        parts = [table.col, b + table.col, self.gamma.start + group * b + table.col, self.delta.start + group]
        return np.stack(parts, 1)

    def prior_precision(self, scales: Scales) -> Floats:
        """Return the prior precision (P,) of the shared parameters; their prior mean is 0."""
        out = np.empty(self.size)
        out[self.alpha] = ALPHA_SD**-2
        out[self.log_a] = LOG_SLOPE_SD**-2
        out[self.gamma] = scales.omega_cohort**-2
        out[self.delta] = DELTA_SD**-2
        out[self.line] = [TREND_SD**-2] + [LEVEL_SD**-2] * GROUPS + [DRIFT_SD**-2] * GROUPS
        return out


@dataclass(frozen=True)
class Posterior:
    """The normal approximation about `theta` (M,) and `shared` (P,); models are independent given `shared`.

    `precision` (M,) is that of theta given `shared`, `prior` (M,) the prior's part of it, `cross` (M, P) the
    cross term, `root` (P, P) the lower Cholesky factor of the precision of `shared` with theta eliminated.
    """

    theta: Floats
    shared: Floats
    precision: Floats
    prior: Floats
    cross: Floats
    root: Floats

    @cached_property
    def shared_cov(self) -> Floats:
        """Return the covariance (P, P) of the shared parameters."""
        return np.asarray(cho_solve((self.root, True), np.eye(len(self.root))))

    @cached_property
    def mixed_cov(self) -> Floats:
        """Return the covariance (M, P) of theta with the shared parameters."""
        return np.asarray(-(self.cross / self.precision[:, None]) @ self.shared_cov)

    @cached_property
    def theta_var(self) -> Floats:
        """Return the variance (M,) of theta."""
        spread = np.einsum("mp,mp->m", self.mixed_cov, self.cross) / self.precision
        return np.asarray(1 / self.precision - spread)

    def line_var(self, columns: Ints, jac: Floats, row: Ints, a: Floats) -> Floats:
        """Return the variance (N,) of each cell's logit from its derivatives `jac` (N, 4) and `a` (N,)."""
        mixed = self.mixed_cov[row[:, None], columns]
        shared = self.shared_cov[columns[:, :, None], columns[:, None, :]]
        out = a * a * self.theta_var[row] + 2 * a * (jac * mixed).sum(1)
        return np.asarray(np.maximum(out + np.einsum("nij,ni,nj->n", shared, jac, jac), 1e-12))

    def distance_var(self, design: Floats, line: slice) -> Floats:
        """Return the variance (M,) of each model's residual from the line of `design` (M, 7)."""
        var = self.theta_var - 2 * np.einsum("mp,mp->m", self.mixed_cov[:, line], design)
        var = var + np.einsum("mp,pq,mq->m", design, self.shared_cov[line, line], design)
        return np.asarray(np.maximum(var, 1e-9))


def build_design(table: ScoreTable) -> Floats:
    """Return the design (M, 7) of the line in time: t in years, a level and a drift for each group."""
    member = np.eye(GROUPS)[table.group]
    return np.concatenate([table.years[:, None], member, member * table.years[:, None]], axis=1)


def predict_logits(table: ScoreTable, columns: Ints, theta: Floats, shared: Floats) -> Floats:
    """Return the predicted logit (N,) of each cell from `columns` (N, 4), `theta` (M,), `shared` (P,)."""
    a = np.exp(shared[columns[:, 1]])
    out = shared[columns[:, 0]] + a * theta[table.row] + shared[columns[:, 2]]
    return np.asarray(out + shared[columns[:, 3]] * table.vendor)
