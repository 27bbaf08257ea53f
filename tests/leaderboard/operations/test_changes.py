"""What moved an estimate away from the one before is told change by change, by leaving each out."""

from __future__ import annotations

from datetime import timedelta

import pytest

from evals.models import Model, Score
from leaderboard import queries
from leaderboard.lag.data import Benchmark, Dataset
from leaderboard.lag.data import Score as LagScore
from leaderboard.models import EstimateChange, EstimateData
from leaderboard.operations.changes import MAX_CHANGES, data_changes, merge_by_model, undo_change
from leaderboard.operations.lag_data import data_hash, dataset_from_json, dataset_to_json
from tests.support.cohorts import NOW, SEEN, published_again, two_cohorts
from tests.support.record import make_benchmark, make_model, make_score


@pytest.fixture
def published(db: None) -> None:
    two_cohorts(*(make_benchmark(slug) for slug in ("one", "two", "three")))
    published_again(0)


def latest() -> EstimateChange:
    return queries.estimate_changes().filter(estimate__attribution="headquarters")[0]


@pytest.mark.usefixtures("published")
def test_the_first_estimate_has_nothing_to_differ_from_and_its_data_are_kept():
    assert not EstimateChange.objects.exists()
    whole = queries.composite_lag()
    assert whole is not None
    kept = EstimateData.objects.get()
    assert data_hash(dataset_from_json(kept.content)) == kept.data_hash == whole.data_hash


@pytest.mark.usefixtures("published")
def test_the_score_that_moved_the_lag_is_named_first_with_what_it_moved_it_by():
    strong = make_model("cn-strong", country="CN", released_on=SEEN - timedelta(days=40))
    for slug in ("one", "two", "three"):
        make_score(strong, make_benchmark(slug), 0.9, n=400, observed_on=SEEN)
    weak = make_model("us-weak", developer="dev-us", country="US", released_on=SEEN - timedelta(days=30))
    make_score(weak, make_benchmark("one"), 0.3, n=400, observed_on=SEEN)
    published_again()
    change = latest()
    assert change.n_changes == 4
    assert change.former.published_at == NOW
    assert [part["model"] for part in change.parts][:1] == ["cn-strong"]
    assert {part["kind"] for part in change.parts} == {"score_added"}
    moved = {(part["model"], part["benchmark"]): part["moved_months"] for part in change.parts}
    assert abs(moved["us-weak", "one"]) < 0.2
    before, after = (row.values["composite"]["catchup"]["median"] for row in (change.former, change.estimate))
    assert change.moved_months == pytest.approx(after - before)


@pytest.mark.usefixtures("published")
def test_a_changed_score_and_a_moved_date_tell_what_they_were_and_became():
    Score.objects.filter(model__slug="cn-11", benchmark__slug="one").update(value=0.5)
    Model.objects.filter(slug="us-3").update(released_on=SEEN - timedelta(days=400))
    published_again()
    parts = {part["model"]: part for part in latest().parts}
    assert parts["cn-11"]["kind"] == "score_changed"
    assert parts["cn-11"]["after"] == [0.5]
    assert parts["us-3"]["kind"] == "model_changed"
    assert parts["us-3"]["after"] == {"released_on": str(SEEN - timedelta(days=400))}
    assert parts["us-3"]["moved_months"] is not None


def test_many_changes_are_told_by_model_and_undone_together():
    scores = [LagScore(f"m{n % 20}", f"b{n // 20}", 0.5) for n in range(60)]
    before = Dataset((), tuple(Benchmark(f"b{n}") for n in range(3)), ())
    after = Dataset((), before.benchmarks, tuple(scores))
    parts = merge_by_model(data_changes(before, after))
    assert len(parts) == MAX_CHANGES
    assert {part.kind for part in parts} == {"several"}
    assert len(undo_change(Dataset((), (), ()), parts[0]).scores) == 0
    assert dataset_to_json(after)["scores"][0]["model"] == "m0"
