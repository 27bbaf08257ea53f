"""Where several scores are on record, one value counts: runs, then independent reports, then the vendor's."""

from __future__ import annotations

import math

import pytest

from evals import queries
from evals.queries import CellScore, settle
from tests.support.record import make_benchmark, make_model, make_score, make_submission


def score(value: float, provenance: str, *, stderr: float | None = None, n: int | None = None) -> CellScore:
    return CellScore(value=value, stderr=stderr, n=n, provenance=provenance)


def test_a_run_counts_before_a_report_and_an_independent_report_before_the_vendors() -> None:
    vendor, reported = score(0.9, "vendor"), score(0.8, "reported")
    imported, measured = score(0.7, "imported"), score(0.6, "measured")
    assert settle([vendor]).value == 0.9
    assert settle([vendor, reported]).value == 0.8
    assert settle([vendor, reported, imported]).value == 0.7
    both = settle([vendor, reported, imported, measured])
    assert both.value == pytest.approx(0.65)
    assert (both.provenance, both.n_scores) == ("measured", 2)


def test_the_variance_of_a_mean_is_the_mean_variance_for_repeats_share_their_items() -> None:
    cell = settle([score(0.4, "measured", stderr=0.03, n=100), score(0.6, "measured", stderr=0.04, n=60)])
    # sqrt((0.0009 + 0.0016) / 2) = 0.035355...; divided by the count it would be 0.025.
    assert cell.stderr == pytest.approx(math.sqrt(0.00125))
    assert cell.value == pytest.approx(0.5)
    assert cell.n == 60


def test_a_score_without_stderr_or_n_takes_neither_from_the_others() -> None:
    cell = settle([score(0.4, "reported"), score(0.6, "reported", stderr=0.02, n=100)])
    assert cell.value == pytest.approx(0.5)
    assert cell.stderr == pytest.approx(0.02)
    assert cell.n == 100
    assert settle([score(0.4, "reported")]).stderr is None


def test_the_order_of_the_scores_changes_no_digit() -> None:
    found = [score(value, "reported") for value in (0.1, 0.7, 0.2, 0.3)]
    assert settle(found) == settle(found[::-1])


def test_a_cell_without_scores_is_refused() -> None:
    with pytest.raises(ValueError, match="without scores"):
        settle([])


@pytest.mark.django_db
def test_cells_are_settled_from_the_record_by_model_and_benchmark() -> None:
    submission = make_submission()
    model, gpqa = submission.endpoint.model, make_benchmark("gpqa")
    make_score(model, gpqa, 0.9, reported_by="vendor")
    make_score(model, gpqa, 0.8)
    make_score(make_model("other"), gpqa, 0.5, reported_by="vendor")
    make_score(
        model, make_benchmark("math"), 0.4, provenance="measured", reported_by="", submission=submission
    )
    found = queries.cells(benchmarks=["gpqa"])
    assert {key: (cell.value, cell.provenance) for key, cell in found.items()} == {
        ("deepseek-v3", "gpqa"): (0.8, "reported"),
        ("other", "gpqa"): (0.5, "vendor"),
    }
    assert queries.cells(models=["deepseek-v3"])["deepseek-v3", "math"].provenance == "measured"
