"""The shared parameters have their places and priors, and a predicted logit is the sum of its parts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from leaderboard.lag.data import Pair
from leaderboard.lag.index import fit_index
from leaderboard.lag.parameters import ParameterLayout, Scales, build_design, predict_logits
from leaderboard.lag.table import ScoreTable, build_table

from .builders import dataset

ROWS = [
    ("u", "US", "2024-01-01", "x", 0.6),
    ("u", "US", "2024-01-01", "y", 0.5),
    ("c", "China", "2024-02-01", "x", 0.4),
    ("c", "China", "2024-02-01", "y", 0.45),
    ("f", "France", "2024-03-01", "x", 0.8),
    ("f", "France", "2024-03-01", "y", 0.7),
]


@pytest.fixture(scope="module")
def table() -> ScoreTable:
    return build_table(dataset(ROWS), Pair(), date(2024, 12, 31))


def test_each_parameter_has_its_place_and_its_prior() -> None:
    layout = ParameterLayout(2)
    names = ("alpha", "log_a", "gamma", "delta", "line")
    places = {name: list(range(layout.size))[getattr(layout, name)] for name in names}
    assert places == {
        "alpha": [0, 1],
        "log_a": [2, 3],
        "gamma": [4, 5, 6, 7, 8, 9],
        "delta": [10, 11, 12],
        "line": [13, 14, 15, 16, 17, 18, 19],
    }
    assert layout.size == 20
    sd = [3.0] * 2 + [0.5] * 2 + [0.25] * 6 + [0.2] * 3 + [5.0] + [3.0] * 3 + [1.0] * 3
    prior = layout.prior_precision(Scales(np.ones(2), omega_cohort=0.25))
    assert prior == pytest.approx([value**-2 for value in sd])


def test_scales_start_from_their_defaults() -> None:
    scales = Scales(np.ones(1))
    assert (scales.omega_all, scales.omega_cohort) == (0.4, 0.2)
    assert (scales.tau_up, scales.tau_down, scales.nu) == (0.8, 0.8, 5.0)
    assert [Scales(np.ones(1), nu=nu).tail_loss for nu in (5.0, 3.0, np.inf)] == [8 / 6, 1.5, 1.0]


def test_a_predicted_logit_adds_difficulty_capability_cohort_effect_and_optimism(table: ScoreTable) -> None:
    layout = ParameterLayout(2)
    rng = np.random.default_rng(1)
    shared, theta = rng.normal(size=layout.size), rng.normal(size=3)
    table = replace(table, vendor=np.array([0.0, 1.0] * 3))
    columns = layout.columns(table)
    predicted = predict_logits(table, columns, theta, shared)
    for i in range(6):
        m, b = int(table.row[i]), int(table.col[i])
        group = {"China": 0, "US": 1}.get(table.models[m].cohort, 2)
        logit = shared[b] + np.exp(shared[2 + b]) * theta[m] + shared[4 + 2 * group + b]
        logit += shared[10 + group] if i % 2 else 0.0
        assert predicted[i] == pytest.approx(logit)
        assert columns[i].tolist() == [b, 2 + b, 4 + 2 * group + b, 10 + group]


def test_the_line_has_a_slope_and_a_level_and_drift_for_each_cohort(table: ScoreTable) -> None:
    years = [(day - table.today) / 365.25 for day in table.days]
    place = [1, 0, 2]
    expected = np.zeros((3, 7))
    for m, (t, group) in enumerate(zip(years, place, strict=True)):
        expected[m, 0], expected[m, 1 + group], expected[m, 4 + group] = t, 1, t
    assert build_design(table) == pytest.approx(expected)


def test_the_variances_of_logits_and_residuals_are_those_of_the_whole_covariance(table: ScoreTable) -> None:
    fit = fit_index(table, steps=3)
    post, m = fit.posterior, 3
    shared = post.root @ post.root.T + post.cross.T @ (post.cross / post.precision[:, None])
    cov = np.linalg.inv(np.block([[np.diag(post.precision), post.cross], [post.cross.T, shared]]))
    columns = fit.layout.columns(table)
    a = np.exp(fit.state.shared[columns[:, 1]])
    jac = np.stack([np.ones(6), a * post.theta[table.row], np.ones(6), table.vendor], 1)
    variance = post.line_var(columns, jac, table.row, a)
    for i in range(6):
        gradient = np.zeros(m + fit.layout.size)
        gradient[table.row[i]] = a[i]
        gradient[m + columns[i]] += jac[i]
        assert variance[i] == pytest.approx(gradient @ cov @ gradient, rel=1e-6)
    design = build_design(table)
    residual = post.distance_var(design, fit.layout.line)
    for i in range(m):
        gradient = np.zeros(m + fit.layout.size)
        gradient[i] = 1
        gradient[m:][fit.layout.line] = -design[i]
        assert residual[i] == pytest.approx(gradient @ cov @ gradient, rel=1e-6)
