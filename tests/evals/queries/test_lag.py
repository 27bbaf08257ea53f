"""The lag is computed from plain rows: dated models, benchmarks with their scale, every score."""

from __future__ import annotations

from datetime import date

import pytest
from pytest_django import DjangoAssertNumQueries

from evals import queries
from tests.support.record import make_benchmark, make_model, make_score

pytestmark = pytest.mark.django_db


def test_every_dated_model_and_each_of_its_scores_is_given_in_four_queries(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    eci = make_benchmark("eci", kind="index", chance=None, ceiling=None, items=None)
    llama = make_model(
        "llama", developer="meta", country="US", released_on=date(2024, 7, 1), release_precision="month"
    )
    for number in range(110):
        make_score(make_model(f"m{number:03}", base_model=llama), eci, 100.0 + number)
    make_score(llama, eci, 90.0, reported_by="vendor", stderr=2.0, n=50)
    make_score(make_model("undated", released_on=None), eci, 300.0)
    with django_assert_num_queries(4):
        lag_input = queries.lag_input()
    assert (len(lag_input.models), len(lag_input.benchmarks), len(lag_input.scores)) == (111, 1, 111)
    first, last = lag_input.models[0], lag_input.models[-1]
    assert (first.slug, first.country, first.base_country) == ("llama", "US", "US")
    assert (first.precision, first.released_on) == ("month", date(2024, 7, 1))
    assert (last.slug, last.country, last.base_country, last.variant_of) == ("m109", "CN", "US", None)
    assert lag_input.scores[0] == queries.LagScore("llama", "eci", 90.0, 2.0, 50, "vendor", None)
    assert (lag_input.benchmarks[0].kind, lag_input.benchmarks[0].ceiling) == ("index", None)


def test_a_variant_names_its_release_and_its_effort() -> None:
    make_model("o3-high", variant_of=make_model("o3"), effort="high")
    (variant,) = [model for model in queries.lag_input().models if model.slug == "o3-high"]
    assert (variant.variant_of, variant.effort) == ("o3", "high")


def test_an_as_of_date_sees_no_later_release_and_no_later_score() -> None:
    gpqa = make_benchmark()
    v3, r1 = make_model("v3"), make_model("r1", released_on=date(2025, 1, 20))
    make_score(v3, gpqa, 0.5, observed_on=date(2024, 12, 26))
    make_score(v3, gpqa, 0.6, observed_on=date(2025, 2, 1), source="later")
    make_score(r1, gpqa, 0.7, observed_on=date(2025, 1, 20))
    lag_input = queries.lag_input(as_of=date(2025, 1, 19))
    assert [model.slug for model in lag_input.models] == ["v3"]
    assert [score.value for score in lag_input.scores] == [0.5]
    assert len(queries.lag_input(as_of=date(2025, 2, 1)).scores) == 3


def test_only_the_benchmarks_that_were_named_are_given() -> None:
    make_score(make_model(), make_benchmark("gpqa"))
    make_score(make_model(), make_benchmark("math"))
    lag_input = queries.lag_input(benchmarks=["math"])
    assert [score.benchmark for score in lag_input.scores] == ["math"]
