"""One value per release and benchmark, by the data rules."""

import math
from dataclasses import replace
from datetime import date

import pytest

from leaderboard.lag.data import Benchmark, Dataset, Model, Precision, Provenance, Score, middle_of_month
from leaderboard.lag.score_selection import (
    by_benchmark,
    cells,
    released_by,
    representatives,
    score_variance,
    select_scores,
)

ON = date(2024, 1, 1)
BENCH = Benchmark("b", ceiling=1.0)


def data_of(models, *scores):
    return Dataset(tuple(models), (BENCH,), scores)


def test_a_month_only_date_is_its_middle_and_reaches_to_its_ends():
    assert [middle_of_month(2024, month) for month in (1, 2, 4)] == [
        date(2024, 1, 16),
        date(2024, 2, 15),
        date(2024, 4, 15),
    ]
    model = Model("m", "US", middle_of_month(2024, 2), Precision.MONTH)
    assert (date.fromordinal(model.day_lo), date.fromordinal(model.day_hi)) == (
        date(2024, 2, 1),
        date(2024, 2, 29),
    )


def test_the_highest_effort_represents_a_release_whatever_it_scored():
    models = [Model(f"x-{e}", "US", ON, base="x", effort=e) for e in ("low", "high", "medium")]
    assert [m.id for m in representatives(models, [Score("x-low", "b", 0.9)])] == ["x-high"]


def test_then_the_most_benchmarks_then_the_smallest_id():
    models = [Model(name, "US", ON, base="x") for name in ("c", "b", "a")]
    assert [m.id for m in representatives(models, [Score("c", "b", 0.1), Score("c", "b", 0.2)])] == ["c"]
    assert [m.id for m in representatives(models, [])] == ["a"]


def test_measured_goes_before_reported_and_reported_before_vendor():
    score = Score("m", "b", 0.5, provenance=Provenance.VENDOR)
    rows = [score, replace(score, value=0.4, provenance=Provenance.REPORTED)]
    (cell,) = cells(data_of([Model("m", "US", ON)], *rows), ON)
    assert (cell.value, cell.vendor) == (0.4, False)
    measured = replace(score, value=0.3, provenance=Provenance.MEASURED)
    imported = replace(score, value=0.2, provenance=Provenance.IMPORTED)
    (cell,) = cells(data_of([Model("m", "US", ON)], *rows, measured, imported), ON)
    assert cell.value == pytest.approx(0.25)


def test_repeats_are_averaged_and_their_variance_is_the_mean_not_divided():
    scores = [Score("m", "b", 0.5, se=0.02), Score("m", "b", 0.6, se=0.04)]
    (cell,) = cells(data_of([Model("m", "US", ON)], *scores), ON)
    assert cell.value == pytest.approx(0.55)
    assert cell.variance == pytest.approx((0.02**2 + 0.04**2) / 2)


def one_score(value, provenance, *, stderr=None, n=None):
    return Score("m", "b", value, se=stderr, n=n, provenance=Provenance(provenance))


def test_a_run_counts_before_a_report_and_an_independent_report_before_the_vendors():
    vendor, reported = one_score(0.9, "vendor"), one_score(0.8, "reported")
    imported, measured = one_score(0.7, "imported"), one_score(0.6, "measured")
    assert select_scores([vendor]).value == 0.9
    assert select_scores([vendor, reported]).value == 0.8
    assert select_scores([vendor, reported, imported]).value == 0.7
    both = select_scores([vendor, reported, imported, measured])
    assert both.value == pytest.approx(0.65)
    assert (both.provenance, len(both.scores)) == ("measured", 2)


def test_the_variance_of_a_mean_is_the_mean_variance_for_repeats_share_their_items():
    selected = select_scores(
        [one_score(0.4, "measured", stderr=0.03, n=100), one_score(0.6, "measured", stderr=0.04, n=60)]
    )
    # sqrt((0.0009 + 0.0016) / 2) = 0.035355...; divided by the count it would be 0.025.
    assert selected.stderr == pytest.approx(math.sqrt(0.00125))
    assert selected.value == pytest.approx(0.5)
    assert selected.n == 60


def test_a_score_without_stderr_or_n_takes_neither_from_the_others():
    selected = select_scores([one_score(0.4, "reported"), one_score(0.6, "reported", stderr=0.02, n=100)])
    assert selected.value == pytest.approx(0.5)
    assert selected.stderr == pytest.approx(0.02)
    assert selected.n == 100
    assert select_scores([one_score(0.4, "reported")]).stderr is None


def test_the_order_of_the_scores_changes_no_digit():
    scores = [one_score(value, "reported") for value in (0.1, 0.7, 0.2, 0.3)]
    forwards, backwards = select_scores(scores), select_scores(scores[::-1])
    assert forwards == backwards
    assert forwards.value == backwards.value


def test_a_cell_without_scores_is_refused():
    with pytest.raises(ValueError, match="without scores"):
        select_scores([])


def test_variance_is_the_stderr_floored_or_smoothed_binomial():
    assert score_variance(Score("m", "b", 0.5, se=0.001), BENCH) == pytest.approx(0.005**2)
    # n = 100, y = 1: p~ = 101/102.
    assert score_variance(Score("m", "b", 1.0, n=100), BENCH) == pytest.approx(101 / 102 / 102 / 100)
    # n unknown is 200, y = 0.5: p~ = 101/202.
    assert score_variance(Score("m", "b", 0.5), BENCH) == pytest.approx(0.25 / 200)
    assert score_variance(Score("m", "b", 0.5), replace(BENCH, n=400)) == pytest.approx(0.25 / 400)
    percent = Benchmark("b", ceiling=100.0)
    assert score_variance(Score("m", "b", 50.0), percent) == pytest.approx(0.25 / 200 * 100**2)


def test_a_scale_without_a_ceiling_has_a_variance_only_where_a_stderr_is_stated():
    unbounded = Benchmark("b")
    assert score_variance(Score("m", "b", 140.0), unbounded) is None
    assert score_variance(Score("m", "b", 140.0, se=2.0), unbounded) == pytest.approx(4.0)


def test_a_model_released_after_the_date_is_not_seen_even_as_a_variant():
    models = [
        Model("x-low", "US", ON, base="x", effort="low"),
        Model("x-max", "US", date(2024, 6, 1), base="x", effort="max"),
    ]
    selected = cells(data_of(models, Score("x-low", "b", 0.5), Score("x-max", "b", 0.6)), date(2024, 5, 31))
    assert [(cell.model.id, cell.value) for cell in selected] == [("x-low", 0.5)]


@pytest.mark.parametrize(
    ("value", "saturated"), [(0.24, True), (0.28, True), (0.3, False), (0.96, False), (0.97, True)]
)
def test_a_level_near_chance_or_ceiling_is_saturated(value, saturated):
    # From 0.25 to 1, 5% of the way is 0.2875 and 95% is 0.9625.
    assert Benchmark("b", chance=0.25, ceiling=1.0).saturates(value) is saturated


def test_the_smallest_variance_of_a_score_is_that_of_half_a_percent():
    assert score_variance(Score("m", "b", 0.5, n=20_000), BENCH) == pytest.approx(0.005**2)
    assert score_variance(Score("m", "b", 50.0, se=0.1), Benchmark("b", ceiling=100.0)) == pytest.approx(0.25)
    assert score_variance(Score("m", "b", 0.5, se=0.006), BENCH) == pytest.approx(0.006**2)


def test_a_score_outside_its_scale_has_the_variance_of_its_end():
    for value, end in ((-0.2, 0.0), (1.3, 1.0)):
        beyond = score_variance(Score("m", "b", value, n=50), BENCH)
        assert beyond == score_variance(Score("m", "b", end, n=50), BENCH) == pytest.approx(51 / 52 / 52 / 50)


def test_a_score_s_own_items_count_before_those_of_its_benchmark():
    with_both = score_variance(Score("m", "b", 0.5, n=100), replace(BENCH, n=400))
    assert with_both == pytest.approx(0.25 / 100)


def test_a_mean_of_runs_and_imports_is_called_measured():
    both = [one_score(0.7, "imported"), one_score(0.6, "measured")]
    assert select_scores(both).provenance == "measured"
    assert select_scores(both[:1]).provenance == "imported"
    assert select_scores([one_score(0.7, "reported"), one_score(0.6, "vendor")]).provenance == "reported"


def test_cells_are_sorted_and_grouped_by_benchmark():
    models = [Model(name, "US", ON) for name in "ba"]
    data = Dataset(
        tuple(models),
        (Benchmark("y", ceiling=1.0), Benchmark("x")),
        tuple(Score(m, b, 0.5, provenance=Provenance.VENDOR) for m in "ba" for b in "yx"),
    )
    selected = cells(data, ON)
    assert [(cell.benchmark, cell.model.id) for cell in selected] == [
        ("x", "a"),
        ("x", "b"),
        ("y", "a"),
        ("y", "b"),
    ]
    assert [cell.variance is None for cell in selected] == [True, True, False, False]
    assert {key: len(group) for key, group in by_benchmark(selected).items()} == {"x": 2, "y": 2}
    assert all(cell.vendor for cell in selected)
    assert released_by(data, date(2023, 12, 31)) == Dataset((), data.benchmarks, ())
