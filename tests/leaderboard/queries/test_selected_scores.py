"""The scores on record of a model on a benchmark are reduced to one value by the rule of the lag."""

from __future__ import annotations

import pytest

from leaderboard.queries import selected_scores
from tests.support.record import make_benchmark, make_model, make_score, make_submission


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
    selected = selected_scores(benchmarks=["gpqa"])
    assert {key: (score.value, score.provenance) for key, score in selected.items()} == {
        ("deepseek-v3", "gpqa"): (0.8, "reported"),
        ("other", "gpqa"): (0.5, "vendor"),
    }
    assert selected_scores(models=["deepseek-v3"])["deepseek-v3", "math"].provenance == "measured"
