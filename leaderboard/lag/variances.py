"""Estimate the variances of the index by EM: profiles, cohort effects, residuals, tails (METHOD §4).

Shapes: N cells.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import gammaln

from leaderboard.lag import two_piece
from leaderboard.lag.parameters import (
    GROUPS,
    OMEGA_COHORT_START,
    OMEGA_START,
    FitState,
    ParameterLayout,
    Posterior,
    Scales,
    build_design,
    predict_logits,
)
from leaderboard.lag.table import Floats, Ints, ScoreTable

NUS = (3.0, 4.0, 5.0, 7.0, 10.0, 20.0, np.inf)
"""Candidate degrees of freedom of a model's departure on one benchmark."""
MIN_CELLS_FOR_TAILS, NU_IF_FEW = 60, 10.0
OMEGA_CELLS = 8.0
"""The number of cells that the prior of a benchmark's omega, that of all benchmarks, counts as."""
PSEUDO_CELLS = 4.0
LEAST_SLOPE = 1e-4


@dataclass(frozen=True)
class WorkingResponses:
    """Linearised cells: `logit` (N,), its `noise` variance (N,), and departure variance `profile` (N,)."""

    logit: Floats
    noise: Floats
    profile: Floats


def linearise_scores(table: ScoreTable, state: FitState) -> WorkingResponses:
    """Linearise the score of each cell at its own logit."""
    p = 1 / (1 + np.exp(-state.zeta))
    slope = np.maximum(p * (1 - p), LEAST_SLOPE)
    profile = state.scales.omega[table.col] ** 2 / state.weight
    return WorkingResponses(state.zeta + (table.y - p) / slope, table.variance / slope**2, profile)


def update_logits(table: ScoreTable, state: FitState, line: Floats, steps: int = 3) -> FitState:
    """Move each cell's logit to its mode given its score and predicted logit `line` (N,), by Newton steps."""
    profile = state.scales.omega[table.col] ** 2 / state.weight
    zeta = state.zeta
    for _ in range(steps):
        p = 1 / (1 + np.exp(-zeta))
        slope = np.maximum(p * (1 - p), LEAST_SLOPE)
        pull = (table.y - p) * slope / table.variance - (zeta - line) / profile
        zeta = zeta + np.clip(pull / (slope**2 / table.variance + 1 / profile), -1.0, 1.0)
    return replace(state, zeta=zeta)


def update_variances(
    table: ScoreTable, layout: ParameterLayout, state: FitState, posterior: Posterior, line_var: Floats
) -> FitState:
    """Take an EM step for the weights of the t and every variance, given the variance `line_var` (N,)."""
    columns = layout.columns(table)
    line = predict_logits(table, columns, state.theta, state.shared)
    state = update_logits(table, state, line)
    cell = linearise_scores(table, state)
    share = cell.profile / (cell.profile + cell.noise)
    square = share**2 * ((cell.logit - line) ** 2 + line_var) + share * cell.noise
    nu, omega2 = state.scales.nu, state.scales.omega[table.col] ** 2
    weight = (nu + 1) / (nu + square / omega2) if np.isfinite(nu) else np.ones_like(square)
    scales = _profiles(table, state.scales, weight * square)
    scales = replace(scales, omega_cohort=_cohort_effects(table, layout, state, posterior))
    return _update_residuals(table, layout, replace(state, weight=weight, scales=scales), posterior)


def _profiles(table: ScoreTable, scales: Scales, square: Floats) -> Scales:
    b = len(table.benchmarks)
    counts, sums = np.bincount(table.col, minlength=b), np.bincount(table.col, square, b)
    every = float((sums.sum() + PSEUDO_CELLS * OMEGA_START**2) / (counts.sum() + PSEUDO_CELLS))
    omega = np.sqrt((sums + OMEGA_CELLS * every) / (counts + OMEGA_CELLS))
    return replace(scales, omega=omega, omega_all=float(np.sqrt(every)))


def _cohort_effects(
    table: ScoreTable, layout: ParameterLayout, state: FitState, posterior: Posterior
) -> float:
    has_scores = np.zeros((GROUPS, len(table.benchmarks)), bool)
    has_scores[table.group[table.row], table.col] = True
    square = state.shared[layout.gamma] ** 2 + np.diag(posterior.shared_cov)[layout.gamma]
    total = float(square[has_scores.ravel()].sum()) + PSEUDO_CELLS * OMEGA_COHORT_START**2
    return float(np.sqrt(total / (has_scores.sum() + PSEUDO_CELLS)))


def _update_residuals(
    table: ScoreTable, layout: ParameterLayout, state: FitState, posterior: Posterior
) -> FitState:
    design, scales = build_design(table), state.scales
    off = state.theta - design @ state.shared[layout.line]
    var = posterior.distance_var(design, layout.line)
    # The evidence of the scores alone on the residual: the posterior without its prior.
    likely = np.maximum(1 / var - posterior.prior, 1e-3)
    piece = two_piece.compute_moments(off / var / likely, likely, scales.tau_up, scales.tau_down)
    up, down = two_piece.estimate_spreads(piece)
    pull = piece.above / up**2 + (1 - piece.above) / down**2
    return replace(state, pull=pull, scales=replace(scales, tau_up=up, tau_down=down))


def choose_degrees_of_freedom(table: ScoreTable, columns: Ints, state: FitState, line_var: Floats) -> float:
    """Choose the profiles' degrees of freedom by the likelihood of standardised residuals.

    `columns` (N, 4) are the shared parameters of each cell, `line_var` (N,) is the variance of its line.
    """
    cell = linearise_scores(table, state)
    omega2 = state.scales.omega[table.col] ** 2
    total = omega2 + cell.noise
    left = cell.logit - predict_logits(table, columns, state.theta, state.shared)
    square = (left**2 / np.maximum(total - line_var, 0.2 * total))[cell.noise < omega2]
    if square.size < MIN_CELLS_FOR_TAILS:
        return NU_IF_FEW
    return max(NUS, key=lambda nu: compute_t_log_likelihood(square, nu))


def compute_t_log_likelihood(square: Floats, nu: float) -> float:
    """Return the log likelihood of squared residuals (n,) under a t of `nu` degrees, at its best scale."""
    if np.isinf(nu):
        return float(-0.5 * square.size * (np.log(2 * np.pi * square.mean()) + 1))
    scale = float(square.mean())
    for _ in range(30):
        scale = float(((nu + 1) * square / (nu + square / scale)).mean())
    constant = gammaln((nu + 1) / 2) - gammaln(nu / 2) - 0.5 * np.log(nu * np.pi * scale)
    return float(square.size * constant - (nu + 1) / 2 * np.log1p(square / nu / scale).sum())
