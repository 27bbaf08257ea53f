"""A public page is rendered once a minute for everybody, by language and form."""

from __future__ import annotations

import gzip

import pytest
from django.core.cache import caches
from django.test import Client
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from tests.leaderboard.pages.builders import make_models

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _kept_pages(settings: Settings) -> None:
    kept = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "test-public"}
    settings.CACHES = settings.CACHES | {"pages": kept}
    caches["pages"].clear()


@pytest.mark.parametrize("address", ["/", "/models/", "/models/model-001/", "/benchmarks/", "/zh-hans/"])
def test_a_page_that_was_made_is_answered_without_the_database(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries, address: str
) -> None:
    make_models(3)
    first = client.get(address)
    with django_assert_num_queries(0):
        again = client.get(address)
    assert (again.status_code, again.content) == (200, first.content)


def test_another_address_language_or_form_is_another_page(client: Client) -> None:
    make_models(3)
    pages = [
        client.get("/models/"),
        client.get("/models/", {"search": "001"}),
        client.get("/zh-hans/models/"),
        client.get("/models/", headers={"HX-Request": "true"}),
        client.get("/models/", headers={"Accept-Encoding": "gzip"}),
    ]
    assert len({answer.content for answer in pages}) == len(pages)
    assert b"<html" in gzip.decompress(pages[-1].content)


def test_a_page_is_not_sent_twice(client: Client) -> None:
    first = client.get("/method/")
    again = client.get("/method/", headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert "max-age=60" in first["Cache-Control"]


def test_what_is_not_there_is_not_kept(client: Client) -> None:
    assert client.get("/models/model-001/").status_code == 404
    make_models(3)
    assert client.get("/models/model-001/").status_code == 200


def test_nobody_is_told_who_else_looked(client: Client) -> None:
    assert not client.get("/").cookies
