"""Start a refit from a former fit, after a few new scores."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from leaderboard.lag.index import IndexFit, initialise_state
from leaderboard.lag.parameters import GROUPS, FitState, ParameterLayout, predict_logits
from leaderboard.lag.table import Ints, ScoreTable


def warm_start(former: IndexFit, table: ScoreTable) -> FitState:
    """Return the state of a former fit, arranged for another table.

    Models and benchmarks of both tables, by id, keep their values; new ones start as in a cold fit.
    """
    cold, layout = initialise_state(table), ParameterLayout(len(table.benchmarks))
    old = former.table
    models = _places([m.id for m in old.models], [m.id for m in table.models])
    tests = _places([b.id for b in old.benchmarks], [b.id for b in table.benchmarks])
    shared = _carried_shared(former, cold, layout, tests)
    theta = np.where(models >= 0, former.theta[models], cold.theta)
    pull = np.where(models >= 0, former.state.pull[models], cold.pull)
    omega = np.where(tests >= 0, former.state.scales.omega[tests], former.state.scales.omega_all)
    state = replace(cold, theta=theta, shared=shared, pull=pull)
    state = replace(state, scales=replace(former.state.scales, omega=omega))
    cells = _same_cells(old, table, models, tests)
    line = predict_logits(table, layout.columns(table), theta, shared)
    zeta = np.where(cells >= 0, former.state.zeta[cells], 0.5 * (cold.zeta + line))
    weight = np.where(cells >= 0, former.state.weight[cells], 1.0)
    return replace(state, zeta=zeta, weight=weight)


def _carried_shared(former: IndexFit, cold: FitState, layout: ParameterLayout, tests: Ints) -> np.ndarray:
    shared, before, was = cold.shared.copy(), former.state.shared, former.layout
    known = tests >= 0
    for part in ("alpha", "log_a"):
        shared[getattr(layout, part)][known] = before[getattr(was, part)][tests[known]]
    gamma = shared[layout.gamma].reshape(GROUPS, -1)
    gamma[:, known] = before[was.gamma].reshape(GROUPS, -1)[:, tests[known]]
    shared[layout.delta], shared[layout.line] = before[was.delta], before[was.line]
    return shared


def _places(old: list[str], new: list[str]) -> Ints:
    place = {name: i for i, name in enumerate(old)}
    return np.array([place.get(name, -1) for name in new], np.int64)


def _same_cells(old: ScoreTable, new: ScoreTable, models: Ints, tests: Ints) -> Ints:
    """Return the index (N,) of each cell in the old table, -1 if it is new or its score has changed."""
    place = {key: i for i, key in enumerate(zip(old.row.tolist(), old.col.tolist(), strict=True))}
    keys = zip(models[new.row].tolist(), tests[new.col].tolist(), strict=True)
    cells = np.array([place.get(key, -1) for key in keys], np.int64)
    return np.where((cells >= 0) & (old.y[cells] == new.y), cells, -1)
