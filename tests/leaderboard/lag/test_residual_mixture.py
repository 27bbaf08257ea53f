"""How models lie about their line is found without a form given in advance, and drawn as it is."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import logsumexp
from scipy.stats import norm

from leaderboard.lag.residual_mixture import STEP, Mixture, draw_residuals, fit_mixture


def share_above(mixture, level):
    return float((mixture.weight * norm.sf((level - mixture.mean) / STEP)).sum())


def test_an_edge_under_which_models_crowd_is_seen():
    rng = np.random.default_rng(1)
    crowded = -rng.exponential(0.8, 800)
    evidence = crowded + rng.normal(0, 0.1, 800)
    mixture = fit_mixture(evidence, np.full(800, 100.0), 0.4, 1.0)
    assert mixture.weight.sum() == pytest.approx(1)
    # Exponential: e^(-x / 0.8) of the models are more than x under the edge, and hardly one is above it.
    assert share_above(mixture, 0.3) < 0.03
    assert share_above(mixture, -0.8) == pytest.approx(1 - np.exp(-1), abs=0.05)


def test_normal_models_stay_normal():
    rng = np.random.default_rng(2)
    mixture = fit_mixture(rng.normal(0, 0.7, 800), np.full(800, 1e4), 0.7, 0.7)
    for level in (-0.7, 0.0, 0.7):
        assert share_above(mixture, level) == pytest.approx(norm.sf(level / 0.7), abs=0.05)


def test_few_models_leave_what_was_assumed():
    mixture = fit_mixture(np.array([0.1]), np.array([4.0]), 0.3, 0.9)
    assert share_above(mixture, 0.0) == pytest.approx(0.3 / 1.2, abs=0.12)


def test_draws_have_the_moments_of_numerical_integration():
    mixture = Mixture(np.array([-1.0, -0.1, 0.3]), np.array([0.5, 0.4, 0.1]))
    centre, precision = -0.4, 5.0

    def density(x):
        prior = (mixture.weight * norm.pdf(x, mixture.mean, STEP)).sum()
        return prior * np.exp(-0.5 * precision * (x - centre) ** 2)

    total, first, second = (quad(lambda x, k=k: x**k * density(x), -4, 4, limit=200)[0] for k in (0, 1, 2))
    drawn = draw_residuals(
        mixture, np.full((200_000, 1), centre), np.array([precision]), np.random.default_rng(3)
    ).distance
    assert drawn.mean() == pytest.approx(first / total, abs=0.005)
    assert drawn.std() == pytest.approx(np.sqrt(second / total - (first / total) ** 2), rel=0.01)


def test_a_model_far_from_all_others_is_drawn_where_its_scores_are():
    mixture = Mixture(np.array([-0.1, 0.0]), np.array([0.5, 0.5]))
    drawn = draw_residuals(
        mixture, np.full((500, 1), 40.0), np.array([1e6]), np.random.default_rng(4)
    ).distance
    assert drawn.mean() == pytest.approx(40, abs=0.1)


def test_the_density_of_the_evidence_is_that_of_the_mixture_seen_through_its_noise():
    mixture = Mixture(np.array([-1.0, -0.1, 0.3]), np.array([0.5, 0.4, 0.1]))
    centre, precision = np.array([[-0.4, 0.2], [-1.5, 0.9], [0.0, -0.3]]), np.array([5.0, 40.0])
    sd = np.sqrt(1 / precision + STEP**2)
    parts = np.log(mixture.weight) + norm.logpdf(centre[..., None], mixture.mean, sd[:, None])
    expected = logsumexp(parts, axis=2).sum(1)
    drawn = draw_residuals(mixture, centre, precision, np.random.default_rng(5))
    assert np.diff(drawn.log_evidence) == pytest.approx(np.diff(expected), abs=1e-4)
