"""Estimate the lag on each benchmark with untested models predicted (METHOD §5 and §11)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leaderboard.lag.composite import JointDraws
from leaderboard.lag.draws import (
    FrontierDraws,
    build_frontier_draws,
    compute_catchup_draws,
    compute_standing_draws,
)
from leaderboard.lag.intervals import Interval, summarise_draws
from leaderboard.lag.table import FOLLOWER, LEADER, Floats
from leaderboard.lag.variances import linearise_scores

Halves = NDArray[np.float32]
NOW = 0.0
"""Days are counted from today here: single precision has no room for whole calendars."""


@dataclass(frozen=True, slots=True)
class ModelledLag:
    """The lag of the true scores on one benchmark: every model of the index counts, tested there or not."""

    benchmark: str
    standing: Interval
    catchup: Interval


def compute_modelled_lags(found: JointDraws, rng: np.random.Generator) -> tuple[ModelledLag, ...]:
    """Return the lag on every benchmark of the index.

    True logit = line + departure. The departure of a tested model is shrunk towards 0 by its score's noise;
    that of an untested one is drawn from the profiles' spread. Levels are weighted on the scale of scores.
    """
    table = found.fit.table
    departures = _Departures(found)
    cohorts = [_Cohort(found, group, rng) for group in (FOLLOWER, LEADER)]
    lags = []
    for b, benchmark in enumerate(table.benchmarks):
        mine, theirs = (_track(found, departures, cohort, b) for cohort in cohorts)
        now = compute_standing_draws(mine, theirs, NOW)
        caught = compute_catchup_draws(mine, theirs, NOW)
        lags.append(
            ModelledLag(benchmark.id, summarise_draws(now.low, now.high), summarise_draws(caught.lag))
        )
    return tuple(lags)


class _Departures:
    """What is known of each model's departure on each benchmark: `share`, `logit` and `sd` (M, B)."""

    def __init__(self, found: JointDraws) -> None:
        table, state = found.fit.table, found.fit.state
        cell = linearise_scores(table, state)
        shape = (len(table.models), len(table.benchmarks))
        nu = state.scales.nu
        heavy = np.sqrt(nu / (nu - 2)) if np.isfinite(nu) else 1.0
        self.share, self.pull = np.zeros(shape), np.zeros(shape)
        self.sd = np.broadcast_to(state.scales.omega * heavy, shape).copy()
        share = cell.profile / (cell.profile + cell.noise)
        self.share[table.row, table.col] = share
        self.pull[table.row, table.col] = share * cell.logit
        self.sd[table.row, table.col] = np.sqrt(share * cell.noise)


class _Cohort:
    """One cohort's draws in single precision, models first (M, D): its exponentials cost a thirtieth.

    The same noise serves every benchmark: no figure looks at two benchmarks at once.
    """

    def __init__(self, found: JointDraws, group: int, rng: np.random.Generator) -> None:
        self.group = group
        self.members = found.fit.table.members(group)
        self.theta = found.draws.theta[:, self.members].T.astype(np.float32, order="C")
        self.noise = rng.standard_normal(self.theta.shape, dtype=np.float32)
        self.days = found.days[:, self.members] - found.fit.table.today


def _track(found: JointDraws, known: _Departures, cohort: _Cohort, b: int) -> FrontierDraws:
    layout, shared = found.fit.layout, found.draws.shared
    gamma = shared[:, layout.gamma.start + cohort.group * len(found.fit.table.benchmarks) + b]
    share, pull, sd = (_column(part[cohort.members, b]) for part in (known.share, known.pull, known.sd))
    logit = cohort.theta * np.exp(shared[:, layout.log_a.start + b]).astype(np.float32)
    logit += (shared[:, layout.alpha.start + b] + gamma).astype(np.float32)
    logit *= 1 - share
    logit += pull
    logit += sd * cohort.noise
    score = 1 / (1 + np.exp(-logit))
    return build_frontier_draws(score.T, cohort.days)


def _column(values: Floats) -> Halves:
    return values.astype(np.float32)[:, None]
