"""Lists of models and benchmarks: what each filter leaves, and always the same number of queries."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from evals import queries
from evals.models import Adoption, ListPrice
from tests.support.record import make_benchmark, make_endpoint, make_model, make_score, make_submission

pytestmark = pytest.mark.django_db


@pytest.fixture
def house() -> None:
    v3 = make_model("deepseek-v3")
    make_model("r1", base_model=v3, released_on=date(2025, 1, 20))
    make_model("o3", developer="openai", country="US", openness="closed", released_on=date(2025, 4, 16))
    make_model(
        "o3-high", developer="openai", country="US", openness="closed", effort="high", released_on=None
    )
    make_score(v3, make_benchmark("gpqa"))
    make_score(v3, make_benchmark("gpqa"), source="another paper")
    make_score(v3, make_benchmark("math"), 0.6)


@pytest.mark.usefixtures("house")
@pytest.mark.parametrize(
    ("filters", "slugs"),
    [
        ({}, ["deepseek-v3", "o3", "o3-high", "r1"]),
        ({"country": "US"}, ["o3", "o3-high"]),
        ({"openness": "open"}, ["deepseek-v3", "r1"]),
        ({"developer": "openai"}, ["o3", "o3-high"]),
        ({"benchmark": "gpqa"}, ["deepseek-v3"]),
        ({"search": "O3"}, ["o3", "o3-high"]),
        ({"released_from": date(2025, 1, 20)}, ["o3", "r1"]),
        ({"released_to": date(2025, 1, 20)}, ["deepseek-v3", "r1"]),
        ({"country": "US", "benchmark": "gpqa"}, []),
    ],
)
def test_a_filter_leaves_the_models_that_it_names(filters: dict[str, Any], slugs: list[str]) -> None:
    assert sorted(model.slug for model in queries.models(**filters)) == slugs


@pytest.mark.usefixtures("house")
def test_models_developers_and_benchmarks_tell_how_many_they_have_of_the_others() -> None:
    models = {model.slug: vars(model)["n_benchmarks"] for model in queries.models()}
    assert models == {"deepseek-v3": 2, "r1": 0, "o3": 0, "o3-high": 0}
    developers = {developer.slug: vars(developer)["n_models"] for developer in queries.developers()}
    assert developers == {"deepseek": 2, "openai": 2}
    benchmarks = {benchmark.slug: vars(benchmark)["n_models"] for benchmark in queries.benchmarks()}
    assert benchmarks == {"gpqa": 1, "math": 1}
    assert [developer.slug for developer in queries.developers(country="US")] == ["openai"]


def test_a_table_of_120_models_takes_one_query(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    base, gpqa = make_model("base"), make_benchmark()
    for number in range(120):
        make_score(make_model(f"m{number}", base_model=base), gpqa, source=f"paper {number}")
    with django_assert_num_queries(1):
        rows = [
            (model.name, model.developer.country, model.base_model and model.base_model.developer.name)
            for model in queries.models()
        ]
    assert len(rows) == 121
    with django_assert_num_queries(1):
        names = [(score.model.developer.name, score.benchmark.name) for score in queries.scores()]
    assert len(names) == 120


@pytest.mark.usefixtures("house")
def test_the_facts_of_a_model_take_the_same_queries_however_much_there_is(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    model = make_model("deepseek-v3")
    for number in range(30):
        make_score(model, make_benchmark(f"b{number}"))
        make_submission(endpoint=make_endpoint(f"e{number}", model=model))
    with django_assert_max_num_queries(7):
        facts = queries.model_facts("deepseek-v3")
        assert facts is not None
        names = [score.benchmark.name for score in facts.scores]
        names += [submission.submitter.get_username() for submission in facts.submissions]
    assert len(names) == 33 + 20
    assert [derivative.slug for derivative in facts.derivatives] == ["r1"]
    assert len(facts.endpoints) == 30
    assert queries.model_facts("nothing") is None


def test_prices_and_figures_of_use_are_series_by_day() -> None:
    model = make_model("deepseek-r1")
    for day, dollars in ((date(2025, 9, 5), 0.56), (date(2025, 1, 20), 0.55)):
        ListPrice.objects.create(
            model=model,
            provider="deepseek",
            in_force_on=day,
            input_usd_per_mtok=dollars,
            output_usd_per_mtok=2,
        )
        Adoption.objects.create(
            subject="DeepSeek app", measure="users", observed_on=day, value=1, unit="users", statement="."
        )
    assert [price.in_force_on.month for price in queries.list_prices(model="deepseek-r1")] == [1, 9]
    assert queries.list_prices(model="deepseek-r1", in_force_on=date(2025, 6, 1)).count() == 1
    assert not queries.list_prices(provider="openai")
    assert [figure.observed_on.month for figure in queries.adoption(subject="DeepSeek app")] == [1, 9]
    assert not queries.adoption(measure="downloads")
