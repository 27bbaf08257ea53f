"""The page of a country shows developers, models, openness, records, and its lag if published."""

from __future__ import annotations

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from evals.models import Developer, Model
from tests.leaderboard.pages.builders import load_real_catalogue, make_models, publish_composite
from tests.leaderboard.pages.reading import page, read

pytestmark = pytest.mark.django_db


def test_every_country_of_the_record_is_listed_with_how_open_its_models_are() -> None:
    make_models(6)
    text = read("/countries/")
    assert "China 1 3 67% 2 of 3" in text
    assert 'href="/countries/us/"' in page("/countries/")


def test_variants_of_one_release_are_counted_once() -> None:
    make_models(6)
    Model.objects.filter(slug="model-004").update(variant_of=Model.objects.get(slug="model-002"))
    assert "China 1 2 50% 1 of 2" in read("/countries/")


def test_a_countrys_records_tell_which_were_the_best_of_all() -> None:
    make_models(6)  # the US model of each pair is better, and comes five days later
    text = read("/countries/cn/")
    assert "Records on the Epoch Capabilities Index 3 1 of them the best of all countries" in text
    assert text.index("Model 004") < text.index("Model 002")


def test_the_lag_is_told_where_one_is_published_and_else_why_not() -> None:
    make_models(6)
    assert "No lag behind the US is published for it" in read("/countries/cn/")
    assert "all others are measured against" in read("/countries/us/")


def test_the_page_of_china_tells_the_published_lag() -> None:
    load_real_catalogue()
    estimate = publish_composite()
    text = read("/countries/cn/")
    months = estimate.values["composite"]["catchup"]["median"]
    assert f"{months:.1f} months after the best US models first had (95% interval" in text


def test_a_country_without_a_developer_is_not_found() -> None:
    make_models(2)
    read("/countries/xx/", status=404)
    assert APIClient().get("/api/v1/countries/xx").status_code == 404


def test_a_country_takes_few_queries_whatever_the_size_of_the_record(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    make_models(200)
    for i in range(40):
        Developer.objects.create(slug=f"more-{i}", name=f"More {i}", country="CN")
    with django_assert_max_num_queries(9):
        page("/countries/cn/")
    with django_assert_max_num_queries(4):
        page("/countries/")


def test_the_same_by_api() -> None:
    make_models(6)
    api = APIClient()
    rows = api.get("/api/v1/countries?ordering=-code&fields=code,n_models").json()["data"]
    assert rows == [{"code": "US", "n_models": 3}, {"code": "CN", "n_models": 3}]
    data = api.get("/api/v1/countries/cn").json()["data"]
    assert [row["model"] for row in data["records"]] == ["model-004", "model-002", "model-000"]
    assert data["lag"] is None
