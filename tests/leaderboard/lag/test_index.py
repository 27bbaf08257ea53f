"""The capability index finds the truth of made-up worlds, and its algebra is that of the plain matrices."""

import math
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from leaderboard.lag.data import Dataset, Pair
from leaderboard.lag.index import draw_parameters, fit_index, initialise_state, refit_without, resample
from leaderboard.lag.parameters import ParameterLayout, Scales, build_design
from leaderboard.lag.table import build_table
from leaderboard.lag.variances import compute_t_log_likelihood
from leaderboard.lag.warm import warm_start
from tests.study.worlds import BASE, TODAY, simulate_world

from .builders import dataset

WORLD = simulate_world(BASE, 3)


@pytest.fixture(scope="module")
def fit():
    return fit_index(build_table(WORLD.data, Pair(), TODAY))


def test_capabilities_and_spreads_of_a_world_are_found_again(fit):
    truth = np.array([WORLD.theta[m.id] for m in fit.table.models])
    assert np.corrcoef(truth, fit.theta)[0, 1] > 0.98
    scales = fit.state.scales
    assert scales.omega_all == pytest.approx(0.4, abs=0.07)
    assert scales.tau_up < scales.tau_down
    assert scales.nu >= 10


def test_the_order_of_rows_does_not_matter(fit):
    mixed = Dataset(WORLD.data.models[::-1], WORLD.data.benchmarks[::-1], WORLD.data.scores[::-1])
    assert np.allclose(fit_index(build_table(mixed, Pair(), TODAY)).theta, fit.theta, atol=1e-9)


def test_a_warm_start_ends_where_the_cold_one_does_and_sooner(fit):
    warm = fit_index(fit.table, fit.state)
    assert warm.steps < fit.steps
    assert np.abs(warm.theta - fit.theta).max() < 5e-3


def test_a_refit_after_one_new_score_starts_warm_and_ends_where_a_cold_one_does(fit):
    held = WORLD.data.scores[100]
    without = replace(WORLD.data, scores=tuple(s for s in WORLD.data.scores if s != held))
    before = fit_index(build_table(without, Pair(), TODAY))
    warm = fit_index(fit.table, warm_start(before, fit.table))
    assert warm.steps < 15 < fit.steps
    assert np.abs(warm.theta - fit.theta).max() < 0.02


def test_the_schur_complement_gives_the_inverse_of_the_whole_precision(fit):
    post = fit.posterior
    shared = post.root @ post.root.T + post.cross.T @ (post.cross / post.precision[:, None])
    whole = np.block([[np.diag(post.precision), post.cross], [post.cross.T, shared]])
    inverse = np.linalg.inv(whole)
    m = len(post.precision)
    assert np.allclose(np.diag(inverse)[:m], post.theta_var, rtol=1e-5)
    assert np.allclose(inverse[m:, m:], post.shared_cov, atol=1e-6)


def test_draws_have_the_means_and_spreads_of_the_posterior(fit):
    draws = draw_parameters(fit, 4000, np.random.default_rng(0)).theta
    assert np.abs(draws.mean(0) - fit.theta).max() < 0.2
    ratio = draws.var(0) / fit.posterior.theta_var
    assert 0.7 < np.median(ratio) < 1.3


def test_a_constant_added_to_vendor_figures_is_seen_as_optimism():
    flattered = simulate_world(replace(BASE, name="flattered", optimism={"China": 0.8}), 1)
    fitted = fit_index(build_table(flattered.data, Pair(), TODAY))
    delta = fitted.state.shared[fitted.layout.delta]
    assert delta[0] > 0.25
    assert abs(delta[1]) < 0.2


def test_heavy_tails_are_told_from_a_normal():
    rng = np.random.default_rng(2)
    heavy, plain = rng.standard_t(3, 600) ** 2, rng.standard_normal(600) ** 2
    assert compute_t_log_likelihood(heavy, 4) > compute_t_log_likelihood(heavy, np.inf)
    assert compute_t_log_likelihood(plain, np.inf) > compute_t_log_likelihood(plain, 4)


@pytest.mark.parametrize("nu", [3.0, 7.0])
def test_the_weights_of_a_t_are_too_sure_of_its_centre_by_what_is_taken_off(nu):
    n, seen = 100, np.random.default_rng(4).standard_t(nu, (4000, 100))
    centre = np.zeros((4000, 1))
    for _ in range(40):
        weight = (nu + 1) / (nu + (seen - centre) ** 2)
        centre = (weight * seen).sum(1, keepdims=True) / weight.sum(1, keepdims=True)
    claimed = (1 / weight.sum(1)).mean()
    assert claimed == pytest.approx(1 / n, rel=0.03)
    assert centre.var() == pytest.approx(Scales(np.ones(1), nu=nu).tail_loss * claimed, rel=0.06)


def test_a_normal_loses_nothing():
    assert Scales(np.ones(1), nu=np.inf).tail_loss == 1


def test_places_are_chosen_as_often_as_their_weights_ask():
    rng = np.random.default_rng(1)
    assert resample(np.zeros(50), 50, rng).tolist() == list(range(50))
    counts = np.bincount(resample(np.log([1.0, 2.0, 3.0, 4.0]), 1000, rng))
    assert np.abs(counts - [100, 200, 300, 400]).max() <= 1


def test_a_weight_far_over_the_mean_is_cut():
    weight = np.array([1.0] + [0.01] * 99)
    counts = np.bincount(resample(np.log(weight), 1000, np.random.default_rng(1)))
    cut = 10 * weight.mean()
    assert counts[0] == pytest.approx(1000 * cut / (cut + 0.99), abs=1)
    assert resample(np.array([-np.inf] * 9 + [0.0]), 5, np.random.default_rng(1)).tolist() == [9] * 5


def test_a_cold_fit_starts_from_additive_effects_of_the_logits():
    rows = [
        ("u", "US", "2024-01-01", "x", 0.7),
        ("u", "US", "2024-01-01", "y", 0.9),
        ("c", "China", "2024-02-01", "x", 0.4),
        ("c", "China", "2024-02-01", "z", 0.995),
        ("d", "China", "2024-03-01", "y", 0.5),
        ("d", "China", "2024-03-01", "z", 0.001),
    ]
    table = build_table(dataset(rows), Pair(), date(2024, 12, 31))
    state = initialise_state(table)
    shares = {(m, b): min(max(y, 0.02), 0.98) for m, _, _, b, y in rows}
    logits = {key: math.log(p / (1 - p)) for key, p in shares.items()}
    theta, alpha = dict.fromkeys("ucd", 0.0), {}
    for _ in range(10):
        for name in "xyz":
            alpha[name] = np.mean([z - theta[m] for (m, b), z in logits.items() if b == name])
        for model in "ucd":
            rest = [z - alpha[b] for (m, b), z in logits.items() if m == model]
            theta[model] = sum(rest) / (len(rest) + 0.5)
    assert state.theta == pytest.approx([theta[m.id] for m in table.models])
    layout = ParameterLayout(3)
    assert state.shared[layout.alpha] == pytest.approx([alpha[b.id] for b in table.benchmarks])
    assert not np.delete(state.shared, np.arange(3)).any()
    keys = [(table.models[r].id, table.benchmarks[c].id) for r, c in zip(table.row, table.col, strict=True)]
    assert state.zeta == pytest.approx([logits[key] for key in keys])
    assert state.weight.tolist() == [1.0] * 6
    assert state.pull == pytest.approx([0.8**-2] * 3)
    assert state.scales.omega.tolist() == [0.4] * 3
    assert (state.scales.omega_all, state.scales.omega_cohort, state.scales.nu) == (0.4, 0.2, 5.0)


def test_without_a_model_s_scores_its_capability_is_where_its_prior_puts_it(fit):
    kept = refit_without(fit, np.zeros(len(fit.table.y), bool))
    assert np.abs(kept - fit.theta).max() < 5e-3
    at = int(np.argmax(fit.theta))
    without = refit_without(fit, fit.table.row == at)
    line = build_design(fit.table) @ fit.state.shared[fit.layout.line]
    assert abs(without[at] - line[at]) < 0.25 < fit.theta[at] - line[at]
    others = np.arange(len(without)) != at
    assert np.abs(without - fit.theta)[others].max() < 0.2


def test_a_fit_takes_no_more_steps_than_allowed_and_chooses_the_tails_twice(fit):
    assert fit_index(fit.table, steps=4).steps == 4
    assert fit.steps > 14
    assert fit_index(fit.table, steps=4).state.scales.nu == 5.0
    assert fit.state.scales.nu != 5.0
