"""The home page shows the changes of the last month of the data, or that there are none."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from evals.models import Benchmark, Model
from evals.queries import names
from leaderboard.models import EstimateChange, LagEstimate
from tests.leaderboard.pages.builders import AS_OF, make_models
from tests.leaderboard.pages.reading import page, read, words
from tests.leaderboard.pages.test_home import composite
from tests.support.record import NOW

pytestmark = pytest.mark.django_db


def publish(data_hash: str = "6", **values: Any) -> LagEstimate:
    return LagEstimate.objects.create(
        follower="CN",
        leader="US",
        as_of=AS_OF,
        method_version="1",
        data_hash=data_hash * 64,
        values=composite() | values,
        published_at=NOW,
    )


def month() -> str:
    markup = page("/")
    return words(markup[markup.index('id="changed"') :].split("</section>")[0])


def release(slug: str, on: date, **facts: Any) -> Model:
    given = Model.objects.get(slug="model-000").developer
    return Model.objects.create(
        slug=slug, name=slug.title(), developer=given, released_on=on, openness="open", **facts
    )


def frontier(*records: tuple[str, date, float]) -> list[dict[str, Any]]:
    return [{"model": model, "date": on.isoformat(), "level": level} for model, on, level in records]


def test_models_of_the_month_are_named_and_counted_once_for_all_variants() -> None:
    make_models(1)
    Model.objects.update(released_on=AS_OF - timedelta(days=31))
    newest = release("newest", AS_OF)
    release("newest-high", AS_OF, variant_of=newest, effort="high")
    release("later", AS_OF + timedelta(days=1))
    publish()
    text = month()
    assert (
        "In the 31 days to 11 August 2026, to which the data go, 1 model was released: Newest (China)."
        in text
    )
    for i in range(9):
        release(f"more-{i}", AS_OF - timedelta(days=i + 1))
    text = month()
    assert "10 models were released: Newest (China), More-0 (China)," in text
    assert "More-6 (China) and 2 more ." in text


def test_a_month_without_a_release_says_which_model_is_the_newest() -> None:
    make_models(1)
    Model.objects.update(released_on=date(2026, 2, 1), release_precision="month")
    publish()
    text = month()
    assert "No model on record was released in the 31 days to 11 August 2026" in text
    assert "The newest is Model 000 , of Feb 2026." in text


def test_records_of_the_month_stand_with_how_sure_they_are() -> None:
    within, before = AS_OF - timedelta(days=30), AS_OF - timedelta(days=31)
    publish(
        frontiers={"follower": frontier(("a", before, 1.0), ("b", within, 2.0)), "leader": []},
        names={"a": "Alpha", "b": "Beta"},
        records=[{"model": "b", "set_frontier": 0.87}],
    )
    text = month()
    assert "New records: China Beta 12 July 2026 – a record with a probability of 87%" in text
    assert "New records: United States none in these 31 days" in text
    assert "Alpha" not in text


def test_a_lag_that_was_published_once_has_moved_from_nothing() -> None:
    former = publish()
    assert "The lag has been published once" in month()
    make_models(2)
    EstimateChange.objects.create(
        estimate=publish("7"),
        former=former,
        moved_months=-0.3,
        n_changes=2,
        found_at=NOW,
        parts=[
            {"kind": "score_added", "model": "model-001", "benchmark": "epoch-capabilities-index"}
            | {"before": None, "after": [1.0], "moved_months": -0.3},
            {"kind": "score_withdrawn", "model": "gone", "benchmark": "gone-too"}
            | {"before": [1.0], "after": None, "moved_months": -0.0001},
        ],
    )
    text = month()
    assert "moved by −0.3 months" in text
    assert "−0.30 months – score added (1.000): Model 001 on Epoch Capabilities Index" in text
    assert "0.00 months – score withdrawn (1.000): gone on gone-too" in text
    assert "+0.00" not in text
    assert "on Epoch Capabilities Index" in read("/changes/")


def test_names_of_models_and_benchmarks_are_one_query_and_do_not_meet(django_assert_num_queries: Any) -> None:
    Benchmark.objects.create(slug="model-000", name="A benchmark of that name")
    make_models(1)
    with django_assert_num_queries(1):
        names_by_kind = names(models={"model-000", "gone"}, benchmarks={"model-000"})
    assert names_by_kind.models == {"model-000": "Model 000"}
    assert names_by_kind.benchmarks == {"model-000": "A benchmark of that name"}
