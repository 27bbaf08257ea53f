"""The cells of an index are laid out as shares of the way from chance to ceiling, dense enough to fit."""

from datetime import date

import numpy as np
import pytest

from leaderboard.lag.data import Benchmark
from leaderboard.lag.table import FOLLOWER, LEADER, OTHER, build_table

from .builders import PAIR, dataset

AS_OF = date(2024, 12, 31)
ROWS = [
    ("c", "China", "2024-02-01", "x", 0.625),
    ("c", "China", "2024-02-01", "y", 40.0),
    ("u", "US", "2024-01-01", "x", 0.7),
    ("u", "US", "2024-01-01", "y", 50.0),
    ("f", "France", "2024-03-01", "x", 0.7),
    ("f", "France", "2024-03-01", "y", 60.0),
]
BENCHMARKS = (Benchmark("x", 0.25, 1.0, 100), Benchmark("y", 0.0, 100.0))


def test_scores_become_shares_with_the_variance_in_the_same_unit():
    table = build_table(dataset(ROWS, *BENCHMARKS), PAIR, AS_OF)
    assert [m.id for m in table.models] == ["u", "c", "f"]
    assert table.group.tolist() == [LEADER, FOLLOWER, OTHER]
    cell = (table.row == 1) & (table.col == 0)
    assert table.y[cell] == pytest.approx([0.5])
    p = 63.5 / 102
    assert table.variance[cell] == pytest.approx([p * (1 - p) / 100 / 0.75**2])
    assert table.y[(table.row == 0) & (table.col == 1)] == pytest.approx([0.5])
    assert table.shared() == 2


def test_models_and_benchmarks_that_say_nothing_together_are_left_out():
    extra = [("solo", "US", "2024-05-01", "x", 0.9), ("c", "China", "2024-02-01", "lonely", 0.9)]
    table = build_table(dataset(ROWS + extra, *BENCHMARKS, Benchmark("lonely", 0, 1)), PAIR, AS_OF)
    assert "solo" not in [m.id for m in table.models]
    assert [b.id for b in table.benchmarks] == ["x", "y"]


def test_a_ceiling_of_one_is_inferred_only_where_every_score_is_a_share():
    rows = [
        *ROWS,
        *[(m, c, d, "z", v) for (m, c, d, b, _), v in zip(ROWS[::2], (0.1, 0.2, 0.3), strict=True)],
    ]
    table = build_table(dataset(rows, BENCHMARKS[0], Benchmark("y"), Benchmark("z")), PAIR, AS_OF)
    assert [(b.id, b.ceiling) for b in table.benchmarks] == [("x", 1.0), ("z", 1.0)]


def test_no_usable_cell_makes_an_empty_table():
    table = build_table(dataset(ROWS[:1], BENCHMARKS[0]), PAIR, AS_OF)
    assert (len(table.y), table.shared()) == (0, 0)
    assert np.array_equal(table.members(FOLLOWER), [])
