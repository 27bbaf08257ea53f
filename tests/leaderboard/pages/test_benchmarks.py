"""The page of a benchmark shows its lag, chart and scores; the list labels every state."""

from __future__ import annotations

import pytest
from pytest_django import DjangoAssertNumQueries

from evals.models import Benchmark, Score
from tests.leaderboard.pages.builders import event, make_models, publish, publish_values
from tests.leaderboard.pages.reading import page, read

pytestmark = pytest.mark.django_db


def test_a_benchmarks_page_tells_its_lag_and_every_score(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    make_models(300)
    publish("epoch-capabilities-index")
    with django_assert_max_num_queries(8):
        text = read("/benchmarks/epoch-capabilities-index/")
    assert "the best Chinese models reached each new level on it" in text
    assert "Model 299" in text
    assert "Page 1 of 5" in text


def test_a_score_with_many_unanswered_items_is_shown_with_its_bounds() -> None:
    index = make_models(2)
    publish("epoch-capabilities-index")
    assert "many items have no answer" not in read(f"/benchmarks/{index.slug}/")
    Score.objects.filter(benchmark=index, model__slug="model-001").update(upper_bound=190.5)
    text = read(f"/benchmarks/{index.slug}/")
    assert text.count("190.5: many items have no answer") == 1


def test_every_state_of_a_record_has_its_words() -> None:
    index = make_models(2)
    ahead = {"lag_months": None, "lag_lo": None, "lag_hi": -3.04, "match": None, "status": "ahead_open"}
    publish_values(
        index,
        event_lags=[
            event(),
            event(at_least=True),
            event(lag_lo=4.5, lag_hi=5.5),
            event(**ahead, verified=True),
            event(**ahead, verified=False),
            event(status="ahead_matched", lag_months=-2.0, verified=True),
            event(status="no_reference", match=None, lag_months=None, lag_lo=None, lag_hi=None),
            event(saturated=True),
        ],
    )
    text = read("/benchmarks/epoch-capabilities-index/")
    for words in (
        "≥ 5.0 matched by the first US model on record",
        "5.0 4.5 to 5.5",
        "ahead by 3.0 months or more, not matched yet",
        "not comparable the best US model of that day was not tested",
        "−2.0",
        "no US score on it",
        "too near the scale's end to count",
        "Beta 16 Feb 2026 5.0 not reached yet",
    ):
        assert words in text


def test_where_lower_is_better_levels_are_shown_as_they_are() -> None:
    make_models(2)
    seconds = Benchmark.objects.create(slug="time", name="Time", unit="seconds", direction="lower")
    publish_values(seconds, event_lags=[event(level=-12.5)])
    text = read("/benchmarks/time/")
    assert "12.5 seconds" in text
    assert "−12.5" not in text


def test_an_estimate_without_the_leaders_records_is_told_without_them() -> None:
    estimate = publish_values(make_models(2))
    del estimate.values["frontiers"]
    estimate.save()
    text = read("/benchmarks/epoch-capabilities-index/")
    assert "Each Chinese record" in text
    assert "Each US record" not in text


def test_a_benchmark_that_only_one_side_has_gives_no_lag() -> None:
    index = make_models(4)
    Score.objects.filter(model__developer__country="CN").delete()
    assert index.scores.count() == 2
    assert "No lag is published on it" in read("/benchmarks/epoch-capabilities-index/")
    assert "not both sides have a score" in read("/benchmarks/")


@pytest.mark.parametrize("column", ["name", "domain", "models", "items", "catchup", "standing"])
def test_the_list_sorts_by_every_column(column: str) -> None:
    publish_values(make_models(2))
    Benchmark.objects.create(slug="other", name="Other", items=10)
    for sort in (column, f"-{column}"):
        assert page(f"/benchmarks/?sort={sort}").count('<th scope="row">') == 2


def test_an_unknown_benchmark_is_named() -> None:
    assert "There is no benchmark 'nope': none is on record yet." in read("/benchmarks/nope/", status=404)


def test_what_is_not_known_of_a_benchmark_is_said() -> None:
    facts = {"kind": "test", "domain": "code", "metric": "accuracy", "unit": "points"}
    bare = Benchmark.objects.create(slug="bare", name="Bare", **facts)
    text = read("/benchmarks/bare/")
    for words in (
        "Items not stated unknown whether public unknown risk that models were trained on them",
        "Language none that matters, or unknown",
        "Published unknown",
        "Scale open: neither a score by chance nor a highest score is known",
    ):
        assert words in text, words
    Benchmark.objects.filter(pk=bare.pk).update(chance=0.0)
    assert "Scale 0.0 chance; no highest score is known" in read("/benchmarks/bare/?")
    known = {"items": 12, "visibility": "partial", "contamination": "low", "language": "zh", "ceiling": 9.0}
    Benchmark.objects.filter(pk=bare.pk).update(**known, released_on="2025-03-24")
    text = read("/benchmarks/bare/?page=1")
    for words in (
        "Items 12 partly public low risk that models were trained on them",
        "Language Chinese",
        "Published 24 March 2025",
        "Scale 0.0 – 9.0 chance to the highest score",
    ):
        assert words in text, words
    assert "unknown" not in text
    Benchmark.objects.filter(pk=bare.pk).update(kind="index")
    assert "Items none: it is an index over other benchmarks" in read("/benchmarks/bare/?page=2")
