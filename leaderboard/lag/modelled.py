"""Compute the lag on each benchmark with predictions for untested models (METHOD §5 and §11)."""

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
"""Today: days count from it, since single precision cannot hold day numbers."""


@dataclass(frozen=True, slots=True)
class ModelledLag:
    """The lag of the true scores of all models of the index on one benchmark, tested there or not."""

    benchmark: str
    standing: Interval
    catchup: Interval


def compute_modelled_lags(joint: JointDraws, rng: np.random.Generator) -> tuple[ModelledLag, ...]:
    """Compute the lag on every benchmark of the index.

    True logit = predicted logit + departure. The departure of a tested model is shrunk towards 0 by its
    score's noise; that of an untested one is drawn from the profiles. Levels have the width of their scores.
    """
    table = joint.fit.table
    departures = _Departures(joint)
    cohorts = [_Cohort(joint, group, rng) for group in (FOLLOWER, LEADER)]
    lags = []
    for b, benchmark in enumerate(table.benchmarks):
        mine, theirs = (_draw_frontier(joint, departures, cohort, b) for cohort in cohorts)
        now = compute_standing_draws(mine, theirs, NOW)
        caught = compute_catchup_draws(mine, theirs, NOW)
        lags.append(
            ModelledLag(benchmark.id, summarise_draws(now.low, now.high), summarise_draws(caught.lag))
        )
    return tuple(lags)


class _Departures:
    """The posterior of each departure: weight of the score `share`, its `pull`, and `sd` (M, B)."""

    def __init__(self, joint: JointDraws) -> None:
        table, state = joint.fit.table, joint.fit.state
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
    """One cohort's draws in single precision, models first (M, D): its exponentials are 30 times faster.

    All benchmarks share the noise: no figure combines two benchmarks.
    """

    def __init__(self, joint: JointDraws, group: int, rng: np.random.Generator) -> None:
        self.group = group
        self.members = joint.fit.table.members(group)
        self.theta = joint.draws.theta[:, self.members].T.astype(np.float32, order="C")
        self.noise = rng.standard_normal(self.theta.shape, dtype=np.float32)
        self.days = joint.days[:, self.members] - joint.fit.table.today


def _draw_frontier(joint: JointDraws, departures: _Departures, cohort: _Cohort, b: int) -> FrontierDraws:
    layout, shared = joint.fit.layout, joint.draws.shared
    gamma = shared[:, layout.gamma.start + cohort.group * len(joint.fit.table.benchmarks) + b]
    share, pull, sd = (
        _column(part[cohort.members, b]) for part in (departures.share, departures.pull, departures.sd)
    )
    logit = cohort.theta * np.exp(shared[:, layout.log_a.start + b]).astype(np.float32)
    logit += (shared[:, layout.alpha.start + b] + gamma).astype(np.float32)
    logit *= 1 - share
    logit += pull
    logit += sd * cohort.noise
    score = 1 / (1 + np.exp(-logit))
    return build_frontier_draws(score.T, cohort.days)


def _column(values: Floats) -> Halves:
    return values.astype(np.float32)[:, None]
