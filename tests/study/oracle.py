"""Estimate the lag as an oracle would that knows all but the capabilities: what no method can beat.

It knows every benchmark's difficulty, slope and spread, the cohorts' effects, the noise, the path of
development and the distribution of models under it. What it does not know is how good each model is, and
for that it has the same scores as everybody. Its posterior mean has the least mean square error that there
is. It knows nothing of vendors, broken runs, second axes or heavy tails, so it is asked of kinds that have
none.
"""

from __future__ import annotations

import numpy as np
from scipy.special import expit, gammaln, logsumexp

from leaderboard.lag.data import Pair
from leaderboard.lag.draws import build_frontier_draws, compute_catchup_draws
from leaderboard.lag.table import FOLLOWER, LEADER, Floats, ScoreTable, build_table

from .worlds import TODAY, World, WorldKind, edge

DEFICITS = np.arange(-2.0, 8.0, 0.04)
"""How far under the edge of development a model may be, in logits; above it only where models are normal."""
NODES = 15


def compute_oracle_catchup(simulated: World, pair: Pair, draws: int = 2000) -> float | None:
    """Return the posterior mean of the catch-up lag for one who knows all but the capabilities."""
    laid = build_table(simulated.data, pair, TODAY)
    theta = _draws(simulated, laid, draws)
    tracks = [
        build_frontier_draws(theta[:, m], laid.days[m]) for m in (laid.members(g) for g in (FOLLOWER, LEADER))
    ]
    lag = compute_catchup_draws(tracks[0], tracks[1], float(laid.today)).lag
    return float(np.nanmean(lag)) if np.isfinite(lag).any() else None


def _draws(simulated: World, laid: ScoreTable, draws: int) -> Floats:
    at = np.array([int(model.id[1:]) for model in laid.models])
    top = edge(simulated.kind, simulated.behind.t[at], laid.group == FOLLOWER)
    grid = top[:, None] - DEFICITS
    log = log_density(simulated.kind, DEFICITS) + _likelihood(simulated, laid, grid)
    weight = np.exp(log - logsumexp(log, axis=1, keepdims=True))
    rng = np.random.default_rng(1)
    edges = np.cumsum(weight, axis=1)
    place = [np.searchsorted(row, rng.random(draws) * row[-1]) for row in edges]
    chosen = np.stack([row[np.minimum(p, len(row) - 1)] for row, p in zip(grid, place, strict=True)], 1)
    return chosen + rng.uniform(-0.02, 0.02, chosen.shape)


def log_density(kind: WorldKind, deficit: Floats) -> Floats:
    """Return the log density of models under the edge of development, as `worlds` draws them."""
    with np.errstate(divide="ignore"):
        if kind.deficits == "normal":
            return np.asarray(-0.5 * ((deficit - 1.0) / 0.7) ** 2)
        near = np.where(
            deficit >= 0, 2 * np.exp(-0.5 * (deficit / 0.25) ** 2) / (0.25 * np.sqrt(2 * np.pi)), 0
        )
        far = np.where(deficit >= 0.2, np.exp(-(deficit - 0.2)), 0)
        return np.asarray(np.log(0.4 * near + 0.6 * far))


def _likelihood(simulated: World, laid: ScoreTable, grid: Floats) -> Floats:
    behind, out = simulated.behind, np.zeros_like(grid)
    node, mass = np.polynomial.hermite_e.hermegauss(NODES)
    mass = np.log(mass / mass.sum())
    for row, col, y in zip(laid.row, laid.col, laid.y, strict=True):
        b, benchmark = int(laid.benchmarks[col].id[1:]), laid.benchmarks[col]
        n, chance = benchmark.n or 0, benchmark.chance
        hits = np.round((chance + (1 - chance) * y) * n)
        line = behind.slope[b] * (grid[row] - behind.difficulty[b]) + behind.cohort[1 - laid.group[row], b]
        p = chance + (1 - chance) * expit(line[:, None] + behind.spread[b] * node)
        binomial = gammaln(n + 1) - gammaln(hits + 1) - gammaln(n - hits + 1)
        log = binomial + hits * np.log(p) + (n - hits) * np.log1p(-np.minimum(p, 1 - 1e-12))
        out[row] += logsumexp(log + mass, axis=1)
    return out
