"""The readers against files as they were published, where the data folder stands beside the project."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from evals.imports.bundle import Bundle
from evals.imports.formats import recognised
from evals.imports.rows import Row

DATA = Path(__file__).resolve().parents[4] / "shared" / "data"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the data folder is not beside the project")


@pytest.mark.parametrize(
    ("name", "told_as", "counts"),
    [
        ("epoch/eci_benchmarks_2026-08-11.csv", "epoch-benchmarks", {"Row": 2249}),
        ("epoch/eci_scores_2026-08-11.csv", "epoch-index", {"Row": 222}),
        ("epoch/epoch_capabilities_index_2026-01-20.csv", "epoch-index", {"Row": 282, "EmptyRow": 216}),
        ("aider/polyglot_leaderboard.yml", "aider", {"Row": 69}),
        ("every_eval_ever/lm_eval_results_sample.json", "lm-eval", {"Row": 2}),
    ],
)
def test_a_published_file_is_recognised_and_read_to_its_end(
    name: str, told_as: str, counts: dict[str, int]
) -> None:
    bundle = Bundle(DATA / name)
    file_format = recognised(bundle)
    rows = list(file_format.read(bundle))
    assert file_format.name == told_as
    assert Counter(type(row).__name__ for row in rows) == counts


def test_the_lm_eval_sample_is_whole() -> None:
    bundle = Bundle(DATA / "every_eval_ever" / "lm_eval_results_sample.json")
    rows = [row for row in recognised(bundle).read(bundle) if isinstance(row, Row)]
    assert {row.benchmark: (row.value, row.n) for row in rows} == {
        "math_perturbed_full": (0.0, 5000),
        "math_rephrased_full": (0.0004, 5000),
    }
    assert rows[1].stderr == pytest.approx(0.0002828144211304471)
