"""Refit Epoch's capabilities index from benchmark scores, to the published values (METHOD §9).

sigma(a_b (C_m - D_b)) by least squares on shares of the way from chance to ceiling, with one more residual,
sqrt(0.1 sum p^2 / n_params), bounds C, D in [-10, 10] and a in [0.1, 10], slope 1 for the anchor benchmark,
and a scale set by two anchor models. Source: Epoch AI, "A Rosetta Stone for AI benchmarks", and its data.

The published values are where scipy's TRF stops, not the optimum: the cost is flat to 5e-7 in the direction
that stretches the weakest models, which moves them by up to 0.2 points. This refit follows the same path: it
starts at C = D = 0 and a = 1, with LSMR steps, default tolerances, and no penalty on slopes that are 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import least_squares
from scipy.sparse import csr_matrix

from leaderboard.lag.table import Floats, Ints

PENALTY = 0.1
CLIP = 1e-3
LEAST_BENCHMARKS = 4
ANCHOR_BENCHMARK = "Winogrande"
ANCHOR_MODELS = (("Claude 3.5 Sonnet", 130.0), ("GPT-5", 150.0))
DIFFERENCE_STEP = float(np.sqrt(np.finfo(float).eps))


class AnchorMissingError(ValueError):
    """An anchor benchmark or model has no scores, so the scale is undefined."""


@dataclass(frozen=True)
class EpochIndex:
    """Index `values` (M,) by model, `difficulty` and `slope` (B,) by benchmark, in index points."""

    models: tuple[str, ...]
    values: Floats
    benchmarks: tuple[str, ...]
    difficulty: Floats
    slope: Floats
    cost: float
    evaluations: int

    def by_model(self) -> dict[str, float]:
        """Return the index value of each model."""
        return dict(zip(self.models, self.values.tolist(), strict=True))


@dataclass(frozen=True)
class LeastSquares:
    """N cells of M models on B benchmarks; the slope of the benchmark `anchor` is 1.

    `row`, `col` (N,) are the indices of model and benchmark, `y` (N,) the shares.
    """

    row: Ints
    col: Ints
    y: Floats
    n_models: int
    n_benchmarks: int
    anchor: int

    @property
    def size(self) -> int:
        """Return the number of free parameters P."""
        return self.n_models + 2 * self.n_benchmarks - 1

    def parts(self, x: Floats) -> tuple[Floats, Floats, Floats]:
        """Split the parameters (P,) into capabilities (M,), difficulties (B,) and slopes (B,)."""
        m, b = self.n_models, self.n_benchmarks
        return x[:m], x[m : m + b], np.insert(x[m + b :], self.anchor, 1.0)

    def _penalised(self, x: Floats) -> Floats:
        slopes = x[self.n_models + self.n_benchmarks :]
        return np.concatenate([x[: self.n_models + self.n_benchmarks], np.where(slopes == 1.0, 0.0, slopes)])

    def residuals(self, x: Floats) -> Floats:
        """Return the residuals of the cells and the penalty (N + 1,) at parameters (P,)."""
        c, d, a = self.parts(x)
        share = 1 / (1 + np.exp(-a[self.col] * (c[self.row] - d[self.col])))
        penalty = np.sqrt(PENALTY * (self._penalised(x) ** 2).sum() / self.size)
        return np.append(share - self.y, penalty)

    def jacobian(self, x: Floats) -> csr_matrix:
        """Return the sparse derivatives (N + 1, P) of the residuals at parameters (P,)."""
        m, b, n = self.n_models, self.n_benchmarks, len(self.y)
        c, d, a = self.parts(x)
        away = c[self.row] - d[self.col]
        share = 1 / (1 + np.exp(-a[self.col] * away))
        slope = share * (1 - share)
        free = self.col != self.anchor
        places = m + b + self.col - (self.col > self.anchor)
        cells = np.arange(n)
        values = [slope * a[self.col], -slope * a[self.col], (slope * away)[free], self._penalty_slope(x)]
        rows = [cells, cells, cells[free], np.full(self.size, n)]
        columns = [self.row, m + self.col, places[free], np.arange(self.size)]
        entries = (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns)))
        return csr_matrix(entries, shape=(n + 1, self.size))

    def _penalty_slope(self, x: Floats) -> Floats:
        # As forward differences give it: the root has a corner at 0, and a slope of 1 enters with a jump.
        weight = PENALTY / self.size
        total = weight * float((self._penalised(x) ** 2).sum())
        out = weight * x / np.sqrt(total) if total > 0 else np.full(self.size, np.sqrt(weight))
        jump = (np.sqrt(total + weight) - np.sqrt(total)) / DIFFERENCE_STEP
        entering = np.arange(self.size) >= self.n_models + self.n_benchmarks
        return np.where(entering & (x == 1.0), jump, out)


def fit_epoch_index(
    models: Sequence[str],
    benchmarks: Sequence[str],
    shares: Sequence[float],
    *,
    anchor_benchmark: str = ANCHOR_BENCHMARK,
    anchor_models: tuple[tuple[str, float], tuple[str, float]] = ANCHOR_MODELS,
) -> EpochIndex:
    """Fit the index to N scores: the model, the benchmark and the chance-normalised share of each.

    Of several scores of a cell the best counts; models on fewer than four benchmarks are dropped. Raises
    AnchorMissingError where an anchor has no score left, ValueError for sequences of different lengths.
    """
    best = _best_cells(models, benchmarks, shares)
    names, tests = sorted({m for m, _ in best}), sorted({b for _, b in best})
    place, test = {m: i for i, m in enumerate(names)}, {b: i for i, b in enumerate(tests)}
    missing = [a for a, _ in anchor_models if a not in place]
    missing += [anchor_benchmark] if anchor_benchmark not in test else []
    if missing:
        raise AnchorMissingError(f"no scores of the anchor {missing[0]!r}")
    problem = LeastSquares(
        row=np.array([place[m] for m, _ in best]),
        col=np.array([test[b] for _, b in best]),
        y=np.maximum(np.array(list(best.values())), CLIP),
        n_models=len(names),
        n_benchmarks=len(tests),
        anchor=test[anchor_benchmark],
    )
    solution = solve_least_squares(problem)
    (low, low_value), (high, high_value) = anchor_models
    c, d, a = problem.parts(solution.x)
    scale = (high_value - low_value) / (c[place[high]] - c[place[low]])
    return EpochIndex(
        models=tuple(names),
        values=low_value + scale * (c - c[place[low]]),
        benchmarks=tuple(tests),
        difficulty=low_value + scale * (d - c[place[low]]),
        slope=a / scale,
        cost=float(solution.cost),
        evaluations=int(solution.nfev),
    )


@dataclass(frozen=True)
class Solution:
    """The end of the path: parameters `x` (P,), the cost there, and the number of evaluations."""

    x: Floats
    cost: float
    nfev: int


def solve_least_squares(problem: LeastSquares) -> Solution:
    """Run the published path of TRF on a problem; the solution's `x` is (P,)."""
    free = problem.n_models + problem.n_benchmarks
    slopes = problem.size - free
    result = least_squares(
        problem.residuals,
        np.concatenate([np.zeros(free), np.ones(slopes)]),
        jac=problem.jacobian,
        bounds=(np.concatenate([np.full(free, -10.0), np.full(slopes, 0.1)]), np.full(problem.size, 10.0)),
        method="trf",
    )
    return Solution(np.asarray(result.x), float(result.cost), int(result.nfev))


def _best_cells(
    models: Sequence[str], benchmarks: Sequence[str], shares: Sequence[float]
) -> dict[tuple[str, str], float]:
    best: dict[tuple[str, str], float] = {}
    for model, benchmark, share in zip(models, benchmarks, shares, strict=True):
        best[model, benchmark] = max(share, best.get((model, benchmark), share))
    counts: dict[str, int] = {}
    for model, _ in best:
        counts[model] = counts.get(model, 0) + 1
    return {key: best[key] for key in sorted(best) if counts[key[0]] >= LEAST_BENCHMARKS}
