"""Estimate how models lie about their line without a form given in advance, and draw from it (METHOD §4).

Their distances are distributed as a mixture of many narrow normals, whose weights are estimated from all
models at once (empirical Bayes by EM: Koenker and Mizera 2014; Stephens 2017). Models crowd under an edge
more sharply in one world than in another: where they do the mixture sees it, and else it stays smooth.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from leaderboard.lag.table import Floats

STEP = 0.15
"""Distance of neighbouring normals, and their standard deviation, in logits."""
LOWEST, HIGHEST = -6.0, 2.4
PSEUDO_MODELS = 10.0
"""The weights are drawn to the two-piece normal's with the weight of this many models."""
EM_STEPS = 100
LEAST_WEIGHT = 1e-5
REACH = 4.5


@dataclass(frozen=True)
class Mixture:
    """Normals of sd STEP about `mean` (K,) logits from the line, with `weight` (K,) that sums to 1."""

    mean: Floats
    weight: Floats


def fit_mixture(centre: Floats, precision: Floats, tau_up: float, tau_down: float) -> Mixture:
    """Estimate the mixture where the evidence on each distance is N(centre, 1 / precision), both (M,).

    It starts from, and is drawn to, a two-piece normal of the given spreads.
    """
    mean = np.arange(LOWEST, HIGHEST + STEP / 2, STEP)
    start = np.exp(-0.5 * (mean / np.where(mean > 0, tau_up, tau_down)) ** 2)
    start /= start.sum()
    var = 1 / precision[:, None] + STEP**2
    away = (centre[:, None] - mean) ** 2
    # Counted from the nearest normal, so that a model far from all of them still has a share.
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
    """Distances (D, M), and the log density (D,) that the mixture gives the evidence of each draw.

    The density of evidence N(centre, 1 / precision) is that of its centre, all models together and less what
    does not depend on the draw.
    """

    distance: Floats
    log_evidence: Floats


def draw_residuals(
    found: Mixture, centre: Floats, precision: Floats, rng: np.random.Generator
) -> ResidualDraws:
    """Draw distances for evidence N(centre (D, M), 1 / precision (M,)).

    Exactly, but for normals over REACH standard deviations from the evidence of every draw.
    """
    out, log_evidence = np.empty((centre.shape[1], len(centre))), np.zeros(len(centre))
    uniform = rng.random(out.shape, dtype=np.float32)
    noise = rng.standard_normal(out.shape, dtype=np.float32)
    log_weight = np.log(found.weight)
    for m, known in enumerate(precision):
        seen = centre[:, m]
        var, total = 1 / known + STEP**2, known + STEP**-2
        reach = REACH * np.sqrt(var) + STEP
        near = (found.mean > seen.min() - reach) & (found.mean < seen.max() + reach)
        near[np.abs(found.mean - np.median(seen)).argmin()] = True
        mean = found.mean[near]
        # Each normal's log share, log w - (seen - mean)^2 / 2 var, less what all have in common.
        share = np.multiply.outer((mean / var).astype(np.float32), seen.astype(np.float32))
        share += (log_weight[near] - 0.5 * mean**2 / var).astype(np.float32)[:, None]
        highest = share.max(0)
        share -= highest
        np.exp(share, out=share)
        for before, now in pairwise(share):  # row by row: several times faster than numpy's own sums
            np.add(before, now, out=now)
        log_evidence += np.log(share[-1]) + highest - 0.5 * seen**2 / var
        at = (share < uniform[m] * share[-1]).view(np.int8).sum(0, dtype=np.int8)
        best = (known * seen + STEP**-2 * mean[np.minimum(at, len(mean) - 1)]) / total
        out[m] = best + noise[m] / np.sqrt(total)
    return ResidualDraws(out.T, log_evidence)
