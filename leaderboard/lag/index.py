"""Fit the capability index by Newton steps with the models eliminated, and draw from it (METHOD §4)."""

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
"""How near the mean of log a is held to 0."""
SETTLED = 3e-4
"""Root mean square move of the capabilities in a step, in logits, at which the fit stops."""
NOTHING = 1e12
"""Variance of a cell that is to weigh nothing."""
TAIL_STEPS = (8, 14)
"""Steps at which the degrees of freedom are chosen anew."""
PROPOSALS = 2
"""Draws proposed for each that is kept."""


@dataclass(frozen=True)
class IndexFit:
    """The index at its mode with its posterior; `line_var` (N,) is the variance of each cell's line."""

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
        """Return where each shared parameter stands."""
        return ParameterLayout(len(self.table.benchmarks))


@dataclass(frozen=True)
class ParameterDraws:
    """Joint draws from the posterior: capabilities `theta` (D, M) and shared parameters (D, P)."""

    theta: Floats
    shared: Floats


def fit_index(table: ScoreTable, start: FitState | None = None, *, steps: int = 60) -> IndexFit:
    """Fit the index, from `start` where a former fit is at hand (`warm.warm_start`).

    Each step: Newton for theta and the shared parameters with theta eliminated, then the cells' own logits,
    the weights of the t and the variances by EM. Needs at least one cell.
    """
    layout = ParameterLayout(len(table.benchmarks))
    columns = layout.columns(table)
    state = start or initialise_state(table)
    for step in range(1, steps + 1):
        found = _newton(table, layout, columns, state)
        moved, line_var = found.state, found.line_var(table)
        if start is None and step in TAIL_STEPS:
            nu = choose_degrees_of_freedom(table, columns, moved, line_var)
            moved = replace(moved, scales=replace(moved.scales, nu=nu))
        moved = update_variances(table, layout, moved, found.posterior, line_var)
        change = float(np.sqrt(np.mean((moved.theta - state.theta) ** 2)))
        state = moved
        if change < SETTLED and (start is not None or step > TAIL_STEPS[-1]):
            break
    last = _newton(table, layout, columns, state, loss=state.scales.tail_loss)
    return IndexFit(table, state, last.posterior, last.line_var(table), step)


def refit_without(found: IndexFit, cells: Bools, steps: int = 3) -> Floats:
    """Return the capabilities (M,) as they are without some cells, a mask (N,), the variances kept.

    A few Newton steps from the fit: what is left out is given a variance at which it weighs nothing.
    """
    table = replace(found.table, variance=np.where(cells, NOTHING, found.table.variance))
    layout, state = found.layout, found.state
    columns = layout.columns(table)
    for _ in range(steps):
        state = _newton(table, layout, columns, state).state
        state = update_logits(
            table, state, predict_logits(table, columns, state.theta, state.shared), steps=1
        )
    return state.theta


def initialise_state(table: ScoreTable) -> FitState:
    """Return where a cold fit starts: additive effects of the scores' logits."""
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
    # Only the lower half of the symmetric matrix is computed, and read: it is most of the work of a step.
    eliminated = dsyrk(-1.0, half.T, beta=1.0, c=system.curve.T, lower=1)
    root = np.asarray(cholesky(eliminated, lower=True))
    step = np.asarray(
        cho_solve((root, True), system.grad - system.cross.T @ (system.grad_theta / system.precision))
    )
    step_theta = (system.grad_theta - system.cross @ step) / system.precision
    # A slope may change by a factor e in a step, no more: far from the mode the model is not a parabola.
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
    found = _System(
        precision=_sums(table.row, w * a * a, m),
        cross=_sums(flat, (w * a)[:, None] * jac, m * size).reshape(m, size),
        curve=_sums(pairs, products, size**2).reshape(size, size),
        grad_theta=_sums(table.row, a * left, m),
        grad=_sums(columns, left[:, None] * jac, size),
    )
    return _with_prior(table, layout, state, found)


def _sums(place: Ints, values: Floats, size: int) -> Floats:
    return np.bincount(place.ravel(), values.ravel(), size).astype(np.float64, copy=False)


def _with_prior(table: ScoreTable, layout: ParameterLayout, state: FitState, found: _System) -> _System:
    design, pull = build_design(table), state.pull
    off = state.theta - design @ state.shared[layout.line]
    prior = layout.prior_precision(state.scales)
    hold = SCALE_SD**-2 / max(len(table.benchmarks), 1) ** 2
    cross, curve, grad = found.cross, found.curve, found.grad - prior * state.shared
    cross[:, layout.line] -= pull[:, None] * design
    curve[np.diag_indices(layout.size)] += prior
    curve[layout.line, layout.line] += design.T @ (pull[:, None] * design)
    curve[layout.log_a, layout.log_a] += hold
    grad[layout.line] += design.T @ (pull * off)
    grad[layout.log_a] -= hold * state.shared[layout.log_a].sum()
    return _System(found.precision + pull, cross, curve, found.grad_theta - pull * off, grad)


def draw_parameters(found: IndexFit, n: int, rng: np.random.Generator) -> ParameterDraws:
    """Draw n times from the posterior: the shared parameters normal, each capability given them exactly.

    Given the shared parameters a capability has normal evidence from its scores; how models lie about their
    line is estimated from the evidence on all of them at the mode (`about_the_line`). The normal of the
    shared parameters knows of a normal pull to the line only: more are proposed, and those kept that agree
    with how models lie (sampling importance resampling, Rubin 1988).
    """
    post, scales, layout = found.posterior, found.state.scales, found.layout
    noise = rng.standard_normal((len(post.root), PROPOSALS * n))
    away = np.asarray(solve_triangular(post.root, noise, trans="T", lower=True)).T
    shared = post.shared + away
    design = build_design(found.table).T
    line = shared[:, layout.line] @ design
    mean = post.theta - away @ (post.cross / post.precision[:, None]).T
    likely = np.maximum(post.precision - post.prior, 1e-6)

    def evidence(theta: Floats, line: Floats) -> Floats:
        return np.asarray((post.precision * theta - post.prior * line) / likely - line)

    at_mode = evidence(post.theta, post.shared[layout.line] @ design)
    shape = residual_mixture.fit_mixture(at_mode, likely, scales.tau_up, scales.tau_down)
    centre = evidence(mean, line)
    drawn = residual_mixture.draw_residuals(shape, centre, likely, rng)
    normal = -0.5 * (centre**2 / (1 / likely + 1 / post.prior)).sum(1)
    kept = resample(drawn.log_evidence - normal, n, rng)
    return ParameterDraws((line + drawn.distance)[kept], shared[kept])


def resample(log_weight: Floats, n: int, rng: np.random.Generator) -> Ints:
    """Choose n of the places of `log_weight` (D,), each as often as its weight asks, to within one.

    Systematic; weights over sqrt(D) times their mean are cut there (Ionides 2008), so that no draw is all.
    """
    weight = np.exp(log_weight - log_weight.max())
    weight = np.minimum(weight, weight.mean() * np.sqrt(weight.size))
    edges = np.cumsum(weight / weight.sum())
    place = np.searchsorted(edges, (np.arange(n) + rng.random()) / n)
    return np.asarray(np.minimum(place, weight.size - 1), np.int64)
