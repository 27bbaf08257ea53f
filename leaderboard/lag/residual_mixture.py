"""Estimate the distribution of the models' residuals from their line without a fixed form (METHOD §4).

Residuals follow a mixture of many narrow normals, whose weights are estimated from all models at once
(empirical Bayes by EM: Koenker and Mizera 2014; Stephens 2017). The mixture shows whether models crowd
under an edge, and stays smooth where they do not.

Shapes: M models, D draws, K components.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from leaderboard.lag.table import Floats

STEP = 0.15
"""Distance of neighbouring components, and their standard deviation, in logits."""
LOWEST, HIGHEST = -6.0, 2.4
PSEUDO_MODELS = 10.0
"""The number of models that the prior, a two-piece normal, counts as."""
EM_STEPS = 100
LEAST_WEIGHT = 1e-5
REACH = 4.5


@dataclass(frozen=True)
class Mixture:
    """Normals of sd STEP about `mean` (K,) logits from the line; their `weight` (K,) sums to 1."""

    mean: Floats
    weight: Floats


def fit_mixture(centre: Floats, precision: Floats, tau_up: float, tau_down: float) -> Mixture:
    """Estimate the mixture from the evidence N(centre, 1 / precision) on each residual, both (M,).

    EM starts from a two-piece normal of the given spreads, which is also the prior.
    """
    mean = np.arange(LOWEST, HIGHEST + STEP / 2, STEP)
    start = np.exp(-0.5 * (mean / np.where(mean > 0, tau_up, tau_down)) ** 2)
    start /= start.sum()
    var = 1 / precision[:, None] + STEP**2
    away = (centre[:, None] - mean) ** 2
    # Relative to the nearest component, so that a model far from all of them still has a share.
    like = np.exp(-0.5 * (away - away.min(1, keepdims=True)) / var)
    weight = start
    for _ in range(EM_STEPS):
        share = like * weight
        share /= share.sum(1, keepdims=True)
        weight = (share.sum(0) + PSEUDO_MODELS * start) / (len(centre) + PSEUDO_MODELS)
    kept = weight > LEAST_WEIGHT
    return Mixture(mean[kept], weight[kept] / weight[kept].sum())


@dataclass(frozen=True)
class ResidualDraws:
    """Residuals `distance` (D, M), and the log density (D,) of each draw's evidence under the mixture.

    The density of the evidence N(centre, 1 / precision) is that of its centre, jointly over all models and
    up to a constant.
    """

    distance: Floats
    log_evidence: Floats


def draw_residuals(
    mixture: Mixture, centre: Floats, precision: Floats, rng: np.random.Generator
) -> ResidualDraws:
    """Draw residuals (D, M) given the evidence N(centre, 1 / precision), centre (D, M), precision (M,).

    The draws are exact except for components over REACH standard deviations from the evidence of all draws.
    """
    out, log_evidence = np.empty((centre.shape[1], len(centre))), np.zeros(len(centre))
    uniform = rng.random(out.shape, dtype=np.float32)
    noise = rng.standard_normal(out.shape, dtype=np.float32)
    log_weight = np.log(mixture.weight)
    for m, known in enumerate(precision):
        evidence = centre[:, m]
        var, total = 1 / known + STEP**2, known + STEP**-2
        reach = REACH * np.sqrt(var) + STEP
        near = (mixture.mean > evidence.min() - reach) & (mixture.mean < evidence.max() + reach)
        near[np.abs(mixture.mean - np.median(evidence)).argmin()] = True
        mean = mixture.mean[near]
        # Each component's log share, log w - (evidence - mean)^2 / 2 var, up to a common constant.
        share = np.multiply.outer((mean / var).astype(np.float32), evidence.astype(np.float32))
        share += (log_weight[near] - 0.5 * mean**2 / var).astype(np.float32)[:, None]
        highest = share.max(0)
        share -= highest
        np.exp(share, out=share)
        for before, now in pairwise(share):  # row by row: several times faster than numpy's own sums
            np.add(before, now, out=now)
        log_evidence += np.log(share[-1]) + highest - 0.5 * evidence**2 / var
        at = (share < uniform[m] * share[-1]).view(np.int8).sum(0, dtype=np.int8)
        best = (known * evidence + STEP**-2 * mean[np.minimum(at, len(mean) - 1)]) / total
        out[m] = best + noise[m] / np.sqrt(total)
    return ResidualDraws(out.T, log_evidence)
