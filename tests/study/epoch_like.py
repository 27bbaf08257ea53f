"""Fit an index like Epoch's to its optimum, quickly: many thousand fits make a study of it and its bootstrap.

The problem, the penalty and the bounds are those of `tests.study.epoch_index`, whose path through the
problem matters for the published values alone. Here Levenberg-Marquardt steps eliminate the models.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from leaderboard.lag.table import Floats, Ints
from tests.study.epoch_index import PENALTY, LeastSquares

STEPS, SETTLED = 200, 1e-9
FIRST_DAMPING, LEAST_DAMPING, MOST_DAMPING = 1e-2, 1e-10, 1e8
LIMIT, LEAST_SLOPE, MOST_SLOPE = 10.0, 0.1, 10.0


@dataclass(frozen=True)
class SearchPoint:
    """Capabilities (M,), difficulties (B,), slopes (B,) with the anchor at 1; cost: half the squares."""

    c: Floats
    d: Floats
    a: Floats
    cost: float


def find_optimum(problem: LeastSquares) -> SearchPoint:
    """Return the point at which the cost falls no more."""
    m, b = problem.n_models, problem.n_benchmarks
    point = _at(problem, np.zeros(m), np.zeros(b), np.ones(b))
    damping = FIRST_DAMPING
    for _ in range(STEPS):
        tried = _step(problem, point, damping)
        fell = point.cost - tried.cost
        if fell <= 0:
            damping *= 10
            if damping > MOST_DAMPING:
                break
            continue
        damping, point = max(damping / 10, LEAST_DAMPING), tried
        if fell < SETTLED * point.cost:
            break
    return point


def _at(problem: LeastSquares, c: Floats, d: Floats, a: Floats) -> SearchPoint:
    share = 1 / (1 + np.exp(-a[problem.col] * (c[problem.row] - d[problem.col])))
    squares = (c @ c + d @ d + a @ a - 1) * PENALTY / problem.size
    return SearchPoint(c, d, a, float(0.5 * (((share - problem.y) ** 2).sum() + squares)))


def _step(problem: LeastSquares, at: SearchPoint, damping: float) -> SearchPoint:
    row, col, m, b = problem.row, problem.col, problem.n_models, problem.n_benchmarks
    away = at.c[row] - at.d[col]
    share = 1 / (1 + np.exp(-at.a[col] * away))
    left, slope, weight = share - problem.y, share * (1 - share), PENALTY / problem.size
    by_c, by_a = slope * at.a[col], slope * away
    down_c = -_sums(row, by_c * left, m) - weight * at.c
    down_d = _sums(col, by_c * left, b) - weight * at.d
    down_a = -_sums(col, by_a * left, b) - weight * at.a
    # What stands at a bound and would go beyond it stays, as the anchor's slope does.
    free_c = np.where(down_c > 0, at.c < LIMIT, at.c > -LIMIT)
    free_d = np.where(down_d > 0, at.d < LIMIT, at.d > -LIMIT)
    free_a = np.where(down_a > 0, at.a < MOST_SLOPE, at.a > LEAST_SLOPE) & (np.arange(b) != problem.anchor)
    free = np.concatenate([free_d, free_a])
    # Curvature: models diagonal, each benchmark a 2 x 2 block, and what ties models and benchmarks together.
    diagonal = (_sums(row, by_c**2, m) + weight) * (1 + damping)
    own = [_sums(col, x, b) for x in (by_c**2, -by_c * by_a, by_a**2)]
    blocks = np.diag((np.concatenate([own[0], own[2]]) + weight) * (1 + damping))
    blocks[np.arange(b), np.arange(b, 2 * b)] = blocks[np.arange(b, 2 * b), np.arange(b)] = own[1]
    blocks = np.where(np.outer(free, free), blocks, np.eye(2 * b))
    cell = row * b + col
    cross = np.concatenate([_sums(cell, x, m * b).reshape(m, b) for x in (-by_c * by_c, by_c * by_a)], 1)
    cross *= np.outer(free_c, free)
    down_c, down = down_c * free_c, np.concatenate([down_d, down_a]) * free
    scaled = cross / diagonal[:, None]
    shared = np.linalg.solve(blocks - cross.T @ scaled, down - scaled.T @ down_c)
    return _at(
        problem,
        np.clip(at.c + down_c / diagonal - scaled @ shared, -LIMIT, LIMIT),
        np.clip(at.d + shared[:b], -LIMIT, LIMIT),
        np.where(free_a, np.clip(at.a + shared[b:], LEAST_SLOPE, MOST_SLOPE), at.a),
    )


def _sums(place: Ints, values: Floats, size: int) -> Floats:
    return np.bincount(place, values, size).astype(np.float64, copy=False)
