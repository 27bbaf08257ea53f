"""Combine normal evidence with a two-piece normal about 0 (METHOD §4).

Density 2 / (up + down) phi(x / tau), tau = tau_up for x > 0 and tau_down for x < 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, log_ndtr

from leaderboard.lag.table import Floats

PSEUDO_MODELS, PSEUDO_SQUARE = 1.0, 0.25
"""The prior of the spreads: 0.5 on both sides with the weight of one model each."""


@dataclass(frozen=True)
class TwoPieceMoments:
    """Posterior moments of x (M,): P(x > 0) `above`, E[x^2; x > 0] `square_up`, and below `square_down`."""

    above: Floats
    square_up: Floats
    square_down: Floats


@dataclass(frozen=True)
class _Side:
    mean: Floats
    sd: Floats
    log_mass: Floats


def _side(centre: Floats, precision: Floats, tau: float, sign: float) -> _Side:
    total = precision + tau**-2
    mean, sd = precision / total * centre, total**-0.5
    fit = -0.5 * (precision / tau**2 / total) * centre**2
    return _Side(mean, sd, log_ndtr(sign * mean / sd) + np.log(sd) + fit)


def compute_moments(centre: Floats, precision: Floats, tau_up: float, tau_down: float) -> TwoPieceMoments:
    """Return the posterior moments given the evidence N(centre, 1 / precision), both (M,)."""
    sides = [_side(centre, precision, tau_up, 1.0), _side(centre, precision, tau_down, -1.0)]
    squares = []
    for sign, side in zip((1.0, -1.0), sides, strict=True):
        z = sign * side.mean / side.sd
        ratio = np.exp(-0.5 * z * z - 0.5 * np.log(2 * np.pi) - log_ndtr(z))
        first = side.mean + sign * side.sd * ratio
        squares.append(np.maximum(side.mean * first + side.sd**2, 0.0))
    above = expit(sides[0].log_mass - sides[1].log_mass)
    return TwoPieceMoments(above, above * squares[0], (1 - above) * squares[1])


def estimate_spreads(moments: TwoPieceMoments) -> tuple[float, float]:
    """Return the maximum-likelihood spreads (tau_up, tau_down), with a weak symmetric prior."""
    up = float(moments.square_up.sum()) + PSEUDO_MODELS * PSEUDO_SQUARE
    down = float(moments.square_down.sum()) + PSEUDO_MODELS * PSEUDO_SQUARE
    both = (np.cbrt(up) + np.cbrt(down)) / (len(moments.above) + 2 * PSEUDO_MODELS)
    return float(np.cbrt(up) * np.sqrt(both)), float(np.cbrt(down) * np.sqrt(both))
