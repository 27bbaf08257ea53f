"""Each step of the variances is that of its formula, worked out cell by cell."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import t as student

from leaderboard.lag.data import Pair
from leaderboard.lag.index import IndexFit, fit_index
from leaderboard.lag.parameters import predict_logits
from leaderboard.lag.table import build_table
from leaderboard.lag.variances import (
    choose_degrees_of_freedom,
    compute_t_log_likelihood,
    linearise_scores,
    update_logits,
    update_variances,
)
from tests.study.worlds import BASE, TODAY, simulate_world

KIND = replace(BASE, name="variances", n_models=60, n_benchmarks=6)


@pytest.fixture(scope="module")
def fit() -> IndexFit:
    table = build_table(simulate_world(KIND, 2).data, Pair(), TODAY)
    fitted = fit_index(table, steps=6)
    weight = np.linspace(0.4, 1.6, len(table.y))
    omega = np.linspace(0.2, 0.7, len(table.benchmarks))
    scales = replace(fitted.state.scales, omega=omega, nu=5.0)
    return replace(fitted, state=replace(fitted.state, weight=weight, scales=scales))


def test_a_cell_is_linearised_at_its_own_logit(fit: IndexFit) -> None:
    table, state = fit.table, fit.state
    cell = linearise_scores(table, state)
    for i in range(0, len(table.y), 7):
        p = 1 / (1 + np.exp(-state.zeta[i]))
        slope = p * (1 - p)
        assert cell.logit[i] == pytest.approx(state.zeta[i] + (table.y[i] - p) / slope)
        assert cell.noise[i] == pytest.approx(table.variance[i] / slope**2)
        assert cell.profile[i] == pytest.approx(state.scales.omega[table.col[i]] ** 2 / state.weight[i])


def test_a_cell_at_its_ceiling_keeps_a_least_slope(fit: IndexFit) -> None:
    state = replace(fit.state, zeta=np.full(len(fit.table.y), 40.0))
    cell = linearise_scores(fit.table, state)
    assert cell.noise == pytest.approx(fit.table.variance / 1e-8)
    assert cell.logit == pytest.approx(40 + (fit.table.y - 1) / 1e-4)


def test_a_cells_logit_goes_to_the_mode_of_its_score_and_its_line(fit: IndexFit) -> None:
    table, state = fit.table, fit.state
    line = predict_logits(table, fit.layout.columns(table), state.theta, state.shared)
    moved = update_logits(table, state, line, steps=60)

    def slope_of_the_log_posterior(zeta: float, i: int) -> float:
        p = 1 / (1 + np.exp(-zeta))
        profile = state.scales.omega[table.col[i]] ** 2 / state.weight[i]
        return float((table.y[i] - p) * p * (1 - p) / table.variance[i] - (zeta - line[i]) / profile)

    for i in range(0, len(table.y), 7):
        assert abs(slope_of_the_log_posterior(moved.zeta[i], i)) < 1e-6


def test_a_newton_step_of_a_logit_is_at_most_one(fit: IndexFit) -> None:
    far = np.full(len(fit.table.y), 9.0)
    state = replace(fit.state, scales=replace(fit.state.scales, omega=np.full(6, 1e-3)))
    moved = [update_logits(fit.table, state, far, steps=steps).zeta for steps in (1, 2, 3)]
    assert moved[0] == pytest.approx(np.minimum(state.zeta + 1, 9.0), abs=1e-3)
    assert moved[2] == pytest.approx(np.minimum(state.zeta + 3, 9.0), abs=1e-3)
    assert update_logits(fit.table, state, far).zeta.tolist() == moved[2].tolist()


def test_an_em_step_gives_the_weights_and_variances_of_their_formulas(fit: IndexFit) -> None:
    table, state, posterior = fit.table, fit.state, fit.posterior
    line_var = np.linspace(0.01, 0.2, len(table.y))
    columns = fit.layout.columns(table)
    updated = update_variances(table, fit.layout, state, posterior, line_var)
    line = predict_logits(table, columns, state.theta, state.shared)
    moved = update_logits(table, state, line)
    assert updated.zeta.tolist() == moved.zeta.tolist()
    cell = linearise_scores(table, moved)
    squares: dict[int, list[float]] = {b: [] for b in range(6)}
    for i in range(len(table.y)):
        b, spread = int(table.col[i]), cell.profile[i]
        # The departure given its score: normal with this mean and variance.
        var = 1 / (1 / spread + 1 / cell.noise[i])
        gain = var / cell.noise[i]
        square = (gain * (cell.logit[i] - line[i])) ** 2 + gain**2 * line_var[i] + var
        weight = 6 / (5 + square / state.scales.omega[b] ** 2)
        assert updated.weight[i] == pytest.approx(weight)
        squares[b].append(weight * square)
    total, count = sum(map(sum, squares.values())), sum(map(len, squares.values()))
    every = (total + 4 * 0.4**2) / (count + 4)
    assert updated.scales.omega_all == pytest.approx(np.sqrt(every))
    for b, mine in squares.items():
        assert updated.scales.omega[b] == pytest.approx(np.sqrt((sum(mine) + 8 * every) / (len(mine) + 8)))
    pairs = sorted({(int(table.group[r]), int(c)) for r, c in zip(table.row, table.col, strict=True)})
    at = [fit.layout.gamma.start + group * 6 + b for group, b in pairs]
    second = sum(state.shared[i] ** 2 + posterior.shared_cov[i, i] for i in at)
    assert updated.scales.omega_cohort == pytest.approx(np.sqrt((second + 4 * 0.2**2) / (len(pairs) + 4)))


def test_with_normal_profiles_every_cell_has_the_same_weight(fit: IndexFit) -> None:
    state = replace(fit.state, scales=replace(fit.state.scales, nu=np.inf))
    line_var = np.full(len(fit.table.y), 0.1)
    updated = update_variances(fit.table, fit.layout, state, fit.posterior, line_var)
    assert updated.weight.tolist() == [1.0] * len(fit.table.y)


@pytest.mark.parametrize("nu", [3.0, 7.0, np.inf])
def test_the_likelihood_of_a_t_is_the_highest_over_its_scale(nu: float) -> None:
    values = np.random.default_rng(1).standard_t(4, 300) * 1.7
    scales = np.geomspace(0.5, 4, 2000)
    log_density = student.logpdf(values[:, None] / scales, 1e12 if np.isinf(nu) else nu) - np.log(scales)
    assert compute_t_log_likelihood(values**2, nu) == pytest.approx(log_density.sum(0).max(), abs=1e-2)


def test_few_informative_cells_leave_the_tails_at_ten(fit: IndexFit) -> None:
    columns = fit.layout.columns(fit.table)
    line_var = np.zeros(len(fit.table.y))
    cell = linearise_scores(fit.table, fit.state)
    omega2 = fit.state.scales.omega[fit.table.col] ** 2
    informative = np.flatnonzero(cell.noise < omega2)
    assert informative.size > 60
    for left, few in ((59, True), (60, False)):
        variance = fit.table.variance.copy()
        variance[informative[left:]] = 1e6
        table = replace(fit.table, variance=variance)
        nu = choose_degrees_of_freedom(table, columns, fit.state, line_var)
        cell = linearise_scores(table, fit.state)
        residual = cell.logit - predict_logits(table, columns, fit.state.theta, fit.state.shared)
        square = (residual**2 / (omega2 + cell.noise))[cell.noise < omega2]
        assert square.size == left
        candidates = (3.0, 4.0, 5.0, 7.0, 10.0, 20.0, np.inf)
        best = max(candidates, key=lambda value: compute_t_log_likelihood(square, value))
        assert nu == (10.0 if few else best)
