"""Pages about the site, robots.txt and the health check."""

from __future__ import annotations

import re

import pytest
from django.template.loader import render_to_string
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from leaderboard.models import EstimateRequest
from leaderboard.pages.navigation import searchable_pages
from tests.leaderboard.pages.builders import make_models, publish_values
from tests.leaderboard.pages.reading import page, read

pytestmark = pytest.mark.django_db


def test_health_is_one_query_and_is_not_kept(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(1):
        answer = Client().get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok")
    assert "no-store" in answer["Cache-Control"]


def test_robots_are_told_where_nothing_is_for_them() -> None:
    markup = page("/robots.txt")
    assert "Disallow: /admin/" in markup
    assert "Sitemap: http://127.0.0.1:8000/sitemap.xml" in markup


def test_the_sitemap_names_every_page_in_every_language_under_the_public_name() -> None:
    make_models(2)
    places = re.findall(r"<loc>([^<]+)</loc>", page("/sitemap.xml"))
    assert len(places) == len(set(places)) == 3 * (len(searchable_pages()) + 2 + 2 + 1 + 2)
    assert "http://127.0.0.1:8000/zh-hans/models/model-001/" in places
    statuses = {
        place: Client().get(place.removeprefix("http://127.0.0.1:8000")).status_code for place in places
    }
    assert set(statuses.values()) == {200}
    assert not EstimateRequest.objects.exists()


def test_the_foot_names_sources_date_and_method() -> None:
    publish_values(make_models(2))
    text = read("/method/")
    assert "Epoch AI , CC BY 4.0" in text
    assert "Data as of 11 August 2026. Method 1 . Published 22 November 2026, 12:00 UTC." in text


def test_the_method_is_told_with_both_sentences() -> None:
    text = read("/method/")
    assert "reached each new level of capability N months after the best US models first had." in text
    assert "is as good as the best US model was M months ago." in text


def test_an_address_that_does_not_exist_has_a_page_of_ours() -> None:
    text = read("/nowhere/", status=404)
    assert "There is no such page" in text
    assert "Resolver404" not in text


def test_the_page_of_a_failure_needs_neither_request_nor_database(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    with django_assert_num_queries(0):
        assert "Something failed on our side" in render_to_string("500.html")


@pytest.mark.parametrize("address", ["/", "/models/", "/benchmarks/", "/queue/", "/method/"])
def test_every_page_names_its_language_and_can_be_skipped_through(address: str) -> None:
    markup = page(address)
    assert '<html lang="en">' in markup
    assert '<a class="skip" href="#content">' in markup
    assert "Content-Security-Policy" in Client().get(address).headers


def test_only_reading_is_allowed() -> None:
    assert Client().post("/models/").status_code == 405
