"""Fit the capability index by Newton steps with theta eliminated, and draw from it (METHOD §4).

Shapes: N cells, M models, B benchmarks, P shared parameters, D draws.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.linalg import cho_solve, cholesky, solve_triangular
from scipy.linalg.blas import dsyrk

from leaderboard.lag import residual_mixture
from leaderboard.lag.parameters import (
    OMEGA_START,
    FitState,
    ParameterLayout,
    Posterior,
    Scales,
    build_design,
    predict_logits,
)
from leaderboard.lag.table import Bools, Floats, Ints, ScoreTable
from leaderboard.lag.variances import (
    choose_degrees_of_freedom,
    linearise_scores,
    update_logits,
    update_variances,
)

SCALE_SD = 1e-3
"""Standard deviation that holds the mean of log a at 0."""
SETTLED = 3e-4
"""Root mean square change of the capabilities in a step, in logits, at which the fit stops."""
NOTHING = 1e12
"""Variance that gives a cell no weight."""
TAIL_STEPS = (8, 14)
"""Steps at which the degrees of freedom are chosen again."""
PROPOSALS = 2
"""Proposals for each draw that is kept."""


@dataclass(frozen=True)
class IndexFit:
    """The index at its mode with its posterior; `line_var` (N,) the variance of predicted logits."""

    table: ScoreTable
    state: FitState
    posterior: Posterior
    line_var: Floats
    steps: int

    @property
    def theta(self) -> Floats:
        """Return the capabilities (M,) in logits."""
        return self.state.theta

    @property
    def layout(self) -> ParameterLayout:
        """Return the layout of the shared parameters."""
        return ParameterLayout(len(self.table.benchmarks))


@dataclass(frozen=True)
class ParameterDraws:
    """Joint draws from the posterior: capabilities `theta` (D, M) and shared parameters (D, P)."""

    theta: Floats
    shared: Floats


def fit_index(table: ScoreTable, start: FitState | None = None, *, steps: int = 60) -> IndexFit:
    """Fit the index, from `start` (`warm.warm_start`) if a former fit exists; it needs at least one cell.

    Each step updates theta and the shared parameters by Newton with theta eliminated, then the cells' own
    logits, the weights of the t and the variances by EM.
    """
    layout = ParameterLayout(len(table.benchmarks))
    columns = layout.columns(table)
    state = start or initialise_state(table)
    for step in range(1, steps + 1):
        step_result = _newton(table, layout, columns, state)
        moved, line_var = step_result.state, step_result.line_var(table)
        if start is None and step in TAIL_STEPS:
            nu = choose_degrees_of_freedom(table, columns, moved, line_var)
            moved = replace(moved, scales=replace(moved.scales, nu=nu))
        moved = update_variances(table, layout, moved, step_result.posterior, line_var)
        change = float(np.sqrt(np.mean((moved.theta - state.theta) ** 2)))
        state = moved
        if change < SETTLED and (start is not None or step > TAIL_STEPS[-1]):
            break
    last = _newton(table, layout, columns, state, loss=state.scales.tail_loss)
    return IndexFit(table, state, last.posterior, last.line_var(table), step)


def refit_without(fit: IndexFit, cells: Bools, steps: int = 3) -> Floats:
    """Return the capabilities (M,) without the cells of a mask (N,), with the variances of the fit.

    Takes a few Newton steps from the fit with no weight on the cells left out.
    """
    table = replace(fit.table, variance=np.where(cells, NOTHING, fit.table.variance))
    layout, state = fit.layout, fit.state
    columns = layout.columns(table)
    for _ in range(steps):
        state = _newton(table, layout, columns, state).state
        state = update_logits(
            table, state, predict_logits(table, columns, state.theta, state.shared), steps=1
        )
    return state.theta


def initialise_state(table: ScoreTable) -> FitState:
    """Return the start of a cold fit: additive effects of the scores' logits."""
    layout = ParameterLayout(len(table.benchmarks))
    p = np.clip(table.y, 0.02, 0.98)
    zeta = np.log(p / (1 - p))
    m, b = len(table.models), len(table.benchmarks)
    theta, alpha = np.zeros(m), np.zeros(b)
    for _ in range(10):
        alpha = np.bincount(table.col, zeta - theta[table.row], b) / np.bincount(table.col, minlength=b)
        rest = np.bincount(table.row, zeta - alpha[table.col], m)
        theta = rest / (np.bincount(table.row, minlength=m) + 0.5)
    shared = np.zeros(layout.size)
    shared[layout.alpha] = alpha
    scales = Scales(np.full(b, OMEGA_START))
    return FitState(theta, shared, zeta, np.ones(len(zeta)), np.full(m, scales.tau_up**-2), scales)


@dataclass(frozen=True)
class _Step:
    state: FitState
    posterior: Posterior
    columns: Ints
    jac: Floats
    a: Floats

    def line_var(self, table: ScoreTable) -> Floats:
        return self.posterior.line_var(self.columns, self.jac, table.row, self.a)


@dataclass(frozen=True)
class _System:
    """Curvature and gradient of the log posterior: theta diagonal (M,), cross (M, P), shared (P, P)."""

    precision: Floats
    cross: Floats
    curve: Floats
    grad_theta: Floats
    grad: Floats


def _newton(
    table: ScoreTable, layout: ParameterLayout, columns: Ints, state: FitState, loss: float = 1.0
) -> _Step:
    a = np.exp(state.shared[columns[:, 1]])
    ones = np.ones_like(a)
    jac = np.stack([ones, a * state.theta[table.row], ones, table.vendor], 1)
    system = _system(table, layout, columns, state, jac, a, loss)
    half = system.cross / np.sqrt(system.precision)[:, None]
    # Only the lower half of the symmetric matrix is computed and read: it is most of a step's work.
    eliminated = dsyrk(-1.0, half.T, beta=1.0, c=system.curve.T, lower=1)
    root = np.asarray(cholesky(eliminated, lower=True))
    step = np.asarray(
        cho_solve((root, True), system.grad - system.cross.T @ (system.grad_theta / system.precision))
    )
    step_theta = (system.grad_theta - system.cross @ step) / system.precision
    # A slope changes by at most a factor e in a step: far from the mode the posterior is not quadratic.
    part = min(1.0, 1.0 / max(float(np.abs(step[layout.log_a]).max(initial=0.0)), 1e-9))
    moved = replace(state, theta=state.theta + part * step_theta, shared=state.shared + part * step)
    posterior = Posterior(moved.theta, moved.shared, system.precision, state.pull, system.cross, root)
    return _Step(moved, posterior, columns, jac, a)


def _system(
    table: ScoreTable,
    layout: ParameterLayout,
    columns: Ints,
    state: FitState,
    jac: Floats,
    a: Floats,
    loss: float,
) -> _System:
    m, size = len(table.models), layout.size
    cell = linearise_scores(table, state)
    w = 1 / (cell.noise + loss * cell.profile)
    left = w * (cell.logit - predict_logits(table, columns, state.theta, state.shared))
    flat = table.row[:, None] * size + columns
    pairs = columns[:, :, None] * size + columns[:, None, :]
    products = w[:, None, None] * jac[:, :, None] * jac[:, None, :]
    system = _System(
        precision=_sums(table.row, w * a * a, m),
        cross=_sums(flat, (w * a)[:, None] * jac, m * size).reshape(m, size),
        curve=_sums(pairs, products, size**2).reshape(size, size),
        grad_theta=_sums(table.row, a * left, m),
        grad=_sums(columns, left[:, None] * jac, size),
    )
    return _with_prior(table, layout, state, system)


def _sums(place: Ints, values: Floats, size: int) -> Floats:
    return np.bincount(place.ravel(), values.ravel(), size).astype(np.float64, copy=False)


def _with_prior(table: ScoreTable, layout: ParameterLayout, state: FitState, system: _System) -> _System:
    design, pull = build_design(table), state.pull
    off = state.theta - design @ state.shared[layout.line]
    prior = layout.prior_precision(state.scales)
    hold = SCALE_SD**-2 / max(len(table.benchmarks), 1) ** 2
    cross, curve, grad = system.cross, system.curve, system.grad - prior * state.shared
    cross[:, layout.line] -= pull[:, None] * design
    curve[np.diag_indices(layout.size)] += prior
    curve[layout.line, layout.line] += design.T @ (pull[:, None] * design)
    curve[layout.log_a, layout.log_a] += hold
    grad[layout.line] += design.T @ (pull * off)
    grad[layout.log_a] -= hold * state.shared[layout.log_a].sum()
    return _System(system.precision + pull, cross, curve, system.grad_theta - pull * off, grad)


def draw_parameters(fit: IndexFit, n: int, rng: np.random.Generator) -> ParameterDraws:
    """Draw n times from the posterior: theta (n, M) and shared parameters (n, P).

    Shared parameters are proposed from their normal approximation; given them, each capability has normal
    evidence from its scores and a prior, the residual mixture, estimated from all models at the mode. The
    approximation assumes a normal prior, so PROPOSALS * n proposals are resampled by their importance
    weights under the mixture (sampling importance resampling, Rubin 1988).
    """
    post, scales, layout = fit.posterior, fit.state.scales, fit.layout
    noise = rng.standard_normal((len(post.root), PROPOSALS * n))
    away = np.asarray(solve_triangular(post.root, noise, trans="T", lower=True)).T
    shared = post.shared + away
    design = build_design(fit.table).T
    line = shared[:, layout.line] @ design
    mean = post.theta - away @ (post.cross / post.precision[:, None]).T
    likely = np.maximum(post.precision - post.prior, 1e-6)

    def evidence(theta: Floats, line: Floats) -> Floats:
        return np.asarray((post.precision * theta - post.prior * line) / likely - line)

    at_mode = evidence(post.theta, post.shared[layout.line] @ design)
    mixture = residual_mixture.fit_mixture(at_mode, likely, scales.tau_up, scales.tau_down)
    centre = evidence(mean, line)
    residuals = residual_mixture.draw_residuals(mixture, centre, likely, rng)
    normal = -0.5 * (centre**2 / (1 / likely + 1 / post.prior)).sum(1)
    kept = resample(residuals.log_evidence - normal, n, rng)
    return ParameterDraws((line + residuals.distance)[kept], shared[kept])


def resample(log_weight: Floats, n: int, rng: np.random.Generator) -> Ints:
    """Return n indices (n,) of `log_weight` (D,), each as often as its weight, to within one.

    Resampling is systematic; weights are truncated at sqrt(D) times their mean (Ionides 2008), so that no
    single draw dominates.
    """
    weight = np.exp(log_weight - log_weight.max())
    weight = np.minimum(weight, weight.mean() * np.sqrt(weight.size))
    edges = np.cumsum(weight / weight.sum())
    place = np.searchsorted(edges, (np.arange(n) + rng.random()) / n)
    return np.asarray(np.minimum(place, weight.size - 1), np.int64)
