"""A refit starts from the former values of what both tables hold, and from a cold start of what is new."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from leaderboard.lag.data import Pair
from leaderboard.lag.index import fit_index, initialise_state
from leaderboard.lag.parameters import predict_logits
from leaderboard.lag.table import build_table
from leaderboard.lag.warm import warm_start

from .builders import dataset

AS_OF = date(2024, 12, 31)
ROWS = [
    ("u1", "US", "2024-01-01", "b", 0.6),
    ("u1", "US", "2024-01-01", "c", 0.5),
    ("c1", "China", "2024-02-01", "b", 0.4),
    ("c1", "China", "2024-02-01", "c", 0.45),
    ("u2", "US", "2024-03-01", "b", 0.8),
    ("u2", "US", "2024-03-01", "c", 0.7),
]
# A new score of a known model, a changed score, a new model before all others, and a new benchmark.
NEW = [
    *[row for row in ROWS if row[0] != "u2" or row[3] != "c"],
    ("u2", "US", "2024-03-01", "c", 0.75),
    ("c0", "China", "2023-11-01", "a", 0.2),
    ("c0", "China", "2023-11-01", "b", 0.3),
    ("u1", "US", "2024-01-01", "a", 0.55),
]


def test_what_both_tables_hold_keeps_its_values_and_the_rest_starts_cold() -> None:
    former = fit_index(build_table(dataset(ROWS), Pair(), AS_OF), steps=5)
    # Distinct values for each place, so that none can stand for another.
    weight = np.arange(len(former.table.y)) / 10 + 0.5
    state = replace(former.state, weight=weight, pull=np.array([3.0, 4.0, 5.0]))
    shared = np.arange(former.layout.size) / 100 + 0.01
    state = replace(state, shared=shared, scales=replace(state.scales, omega=np.array([0.31, 0.32])))
    former = replace(former, state=state)
    table = build_table(dataset(NEW), Pair(), AS_OF)
    warm, cold = warm_start(former, table), initialise_state(table)
    assert [m.id for m in table.models] == ["c0", "u1", "c1", "u2"]
    assert [b.id for b in table.benchmarks] == ["a", "b", "c"]
    assert warm.theta.tolist() == [cold.theta[0], *former.theta]
    assert warm.pull.tolist() == [cold.pull[0], 3.0, 4.0, 5.0]
    assert warm.scales == replace(state.scales, omega=warm.scales.omega)
    assert warm.scales.omega.tolist() == [state.scales.omega_all, 0.31, 0.32]

    old, places = former.layout, type(former.layout)(3)
    for part, fresh in (("alpha", cold.shared[0]), ("log_a", 0.0)):
        before = shared[getattr(old, part)]
        assert warm.shared[getattr(places, part)].tolist() == [fresh, *before]
    before = shared[old.gamma].reshape(3, 2)
    assert warm.shared[places.gamma].reshape(3, 3).tolist() == [[0.0, *row] for row in before]
    for part in ("delta", "line"):
        assert warm.shared[getattr(places, part)].tolist() == shared[getattr(old, part)].tolist()

    cells = {
        (former.table.models[r].id, former.table.benchmarks[c].id): at
        for at, (r, c) in enumerate(zip(former.table.row, former.table.col, strict=True))
    }
    line = predict_logits(table, places.columns(table), warm.theta, warm.shared)
    kept = 0
    for at, (r, c) in enumerate(zip(table.row, table.col, strict=True)):
        key = table.models[r].id, table.benchmarks[c].id
        if key in cells and key != ("u2", "c"):
            kept += 1
            assert (warm.zeta[at], warm.weight[at]) == (state.zeta[cells[key]], weight[cells[key]])
        else:
            assert (warm.zeta[at], warm.weight[at]) == (pytest.approx((cold.zeta[at] + line[at]) / 2), 1.0)
    assert kept == 5
