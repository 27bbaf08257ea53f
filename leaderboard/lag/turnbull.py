"""Estimate the distribution of interval-censored values by Turnbull's method (METHOD §6).

Turnbull (1976), JRSS B 38: the likelihood is highest for mass on the innermost intervals, whose left end is a
left end and whose right end is a right end of observed intervals with no other end between.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from leaderboard.lag.table import Floats

SETTLED, STEPS = 1e-10, 20000


@dataclass(frozen=True)
class Turnbull:
    """The `mass` (K,) of innermost intervals from `left` to `right` (K,), ascending; equal ends are exact."""

    left: Floats
    right: Floats
    mass: Floats

    def median(self) -> tuple[float, float]:
        """Return the innermost interval where the cumulative mass reaches one half; ends may be infinite."""
        at = int(np.searchsorted(np.cumsum(self.mass), 0.5 - 1e-9))
        at = min(at, len(self.mass) - 1)
        return float(self.left[at]), float(self.right[at])


def estimate_turnbull(intervals: Iterable[tuple[float, float]]) -> Turnbull:
    """Estimate the distribution of values known to lie in (low, high], or exactly at low == high.

    Ends may be infinite. Raises ValueError without intervals, and for one with reversed ends.
    """
    ends = np.array(sorted(intervals), dtype=float).reshape(-1, 2)
    if len(ends) == 0 or (ends[:, 0] > ends[:, 1]).any():
        raise ValueError("Turnbull's estimate needs at least one interval, each with low <= high")
    left, right = _innermost(ends)
    inside = (ends[:, :1] <= left + 1e-12) & (right <= ends[:, 1:] + 1e-12)
    exact = ends[:, 0] == ends[:, 1]
    # (low, high] does not contain an exact value at its low end.
    inside &= ~((left == right) & (left == ends[:, :1]) & ~exact[:, None])
    mass = np.full(len(left), 1 / len(left))
    for _ in range(STEPS):
        share = inside * mass
        updated = (share / share.sum(1, keepdims=True)).mean(0)
        if np.abs(updated - mass).max() < SETTLED:
            break
        mass = updated
    return Turnbull(left, right, updated)


def _innermost(ends: Floats) -> tuple[Floats, Floats]:
    # At one place: a right end of (., x], then the exact value, then a left end of (x, .].
    marks = []
    for low, high in ends:
        exact = low == high
        marks.append((low, 1 if exact else 3, 0))
        marks.append((high, 2 if exact else 0, 1))
    marks.sort()
    pairs = [(before[0], after[0]) for before, after in pairwise(marks) if before[2] == 0 and after[2] == 1]
    unique = sorted(set(pairs))
    return np.array([p[0] for p in unique]), np.array([p[1] for p in unique])
