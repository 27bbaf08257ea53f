"""The lag on a benchmark is that of true scores drawn for all models, tested there or not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from leaderboard.lag.composite import JointDraws, draw_jointly
from leaderboard.lag.data import Pair
from leaderboard.lag.draws import build_frontier_draws, compute_catchup_draws, compute_standing_draws
from leaderboard.lag.intervals import summarise_draws
from leaderboard.lag.modelled import compute_modelled_lags
from leaderboard.lag.table import FOLLOWER, LEADER, Floats, build_table
from leaderboard.lag.variances import linearise_scores
from tests.study.worlds import BASE, TODAY, simulate_world

DRAWS = 40
KIND = replace(BASE, name="modelled", n_models=40, n_benchmarks=6, tail_df=3.0)


def true_score(joint: JointDraws, d: int, m: int, b: int, noise: float) -> float:
    """Return the score (0 to 1) of a model on a benchmark in one draw, worked out as METHOD 5 says."""
    table, state, layout = joint.fit.table, joint.fit.state, joint.fit.layout
    shared, n = joint.draws.shared[d], len(table.benchmarks)
    gamma = shared[layout.gamma][table.group[m] * n + b]
    line = shared[layout.alpha][b] + np.exp(shared[layout.log_a][b]) * joint.draws.theta[d, m] + gamma
    (cells,) = np.nonzero((table.row == m) & (table.col == b))
    if not cells.size:
        nu = state.scales.nu
        logit = line + state.scales.omega[b] * np.sqrt(nu / (nu - 2)) * noise
    else:
        response = linearise_scores(table, state)
        logit_seen, variance = response.logit[cells[0]], response.noise[cells[0]]
        spread = response.profile[cells[0]]
        precision = 1 / spread + 1 / variance
        logit = line + (logit_seen - line) / variance / precision + noise / np.sqrt(precision)
    return float(1 / (1 + np.exp(-logit)))


def scores(joint: JointDraws, group: int, b: int, noise: Floats) -> Floats:
    members = joint.fit.table.members(group)
    return np.array(
        [[true_score(joint, d, m, b, noise[i, d]) for i, m in enumerate(members)] for d in range(DRAWS)]
    )


def test_true_scores_are_the_predicted_ones_with_the_departure_of_each_model() -> None:
    joint = draw_jointly(build_table(simulate_world(KIND, 2).data, Pair(), TODAY), draws=DRAWS)
    state = replace(joint.fit.state, scales=replace(joint.fit.state.scales, nu=4.0))
    joint = replace(joint, fit=replace(joint.fit, state=state))
    table = joint.fit.table
    lags = compute_modelled_lags(joint, np.random.default_rng(5))
    assert [lag.benchmark for lag in lags] == [benchmark.id for benchmark in table.benchmarks]
    rng, noises = np.random.default_rng(5), {}
    for group in (FOLLOWER, LEADER):
        noises[group] = rng.standard_normal((len(table.members(group)), DRAWS), dtype=np.float32).astype(
            float
        )
    for b in (0, 3, 5):
        mine, theirs = (
            build_frontier_draws(scores(joint, group, b, noises[group]), joint.days[:, table.members(group)])
            for group in (FOLLOWER, LEADER)
        )
        caught = summarise_draws(compute_catchup_draws(mine, theirs, table.today).lag)
        now = compute_standing_draws(mine, theirs, table.today)
        standing = summarise_draws(now.low, now.high)
        for actual, expected in ((lags[b].catchup, caught), (lags[b].standing, standing)):
            assert (actual.status, actual.bound, actual.share) == (
                expected.status,
                expected.bound,
                expected.share,
            )
            for end in ("median", "lo", "hi"):
                assert getattr(actual, end) == pytest.approx(getattr(expected, end), rel=1e-3, abs=1e-3)
