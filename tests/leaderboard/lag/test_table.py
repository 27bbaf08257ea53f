"""The cells of an index are laid out as shares of the way from chance to ceiling, dense enough to fit."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from leaderboard.lag.data import Benchmark, Precision, Provenance
from leaderboard.lag.table import FOLLOWER, LEADER, OTHER, build_table, ceiling_of

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


def test_three_benchmarks_with_both_cohorts_are_shared_and_others_are_not():
    rows = [(m, c, d, b, 0.5) for m, c, d, _, _ in ROWS[::2] for b in "pqr"]
    rows += [("c", "China", "2024-02-01", "s", 0.5), ("f", "France", "2024-03-01", "s", 0.5)]
    table = build_table(dataset(rows, *(Benchmark(b, 0.0, 1.0) for b in "pqrs")), PAIR, AS_OF)
    assert ([b.id for b in table.benchmarks], table.shared()) == (list("pqrs"), 3)


def test_release_days_are_years_before_today_and_a_month_ends_today_at_the_latest():
    table = build_table(dataset(ROWS, *BENCHMARKS), PAIR, date(2024, 3, 10))
    assert table.years == pytest.approx([-69 / 365.25, -38 / 365.25, -9 / 365.25])
    assert table.days_lo.tolist() == table.days_hi.tolist() == table.days.tolist()
    data = dataset(ROWS, *BENCHMARKS)
    vague = replace(data.models[2], released_on=date(2024, 3, 16), precision=Precision.MONTH)
    data = replace(data, models=(*data.models[:2], vague))
    table = build_table(data, PAIR, date(2024, 3, 20))
    ends = [date.fromordinal(int(part[2])) for part in (table.days_lo, table.days, table.days_hi)]
    assert ends == [date(2024, 3, 1), date(2024, 3, 16), date(2024, 3, 20)]


def test_a_vendors_figure_is_marked_and_a_stated_error_kept():
    data = dataset(ROWS, *BENCHMARKS)
    scores = (replace(data.scores[0], provenance=Provenance.VENDOR, se=0.03), *data.scores[1:])
    table = build_table(replace(data, scores=scores), PAIR, AS_OF)
    cell = (table.row == 1) & (table.col == 0)
    assert table.vendor[cell].tolist() == [1.0]
    assert table.vendor.sum() == 1
    assert table.variance[cell] == pytest.approx([(0.03 / 0.75) ** 2])


def test_a_ceiling_is_inferred_from_scores_of_zero_to_one():
    assert ceiling_of(Benchmark("b", ceiling=7.0), [9.0]) == 7.0
    assert ceiling_of(Benchmark("b"), [0.0, 1.0]) == 1.0
    assert ceiling_of(Benchmark("b"), [0.5, 1.01]) is None
    assert ceiling_of(Benchmark("b"), [-0.01]) is None
    rows = [(m, c, d, b, 0.5) for m, c, d, _, _ in ROWS[::2] for b in "pq"]
    table = build_table(dataset(rows, Benchmark("p"), Benchmark("q", n=50)), PAIR, AS_OF)
    assert table.variance[table.col == 0] == pytest.approx([0.25 / 200] * 3)
    assert table.variance[table.col == 1] == pytest.approx([0.25 / 50] * 3)
