"""A public page is rendered once a minute for everybody, by language and form."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from typing import Any, cast

import pytest
from django.conf import settings as django_settings
from django.core.cache import caches
from django.test import Client
from django.urls import URLPattern, get_resolver
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from tests.leaderboard.pages.builders import make_models, publish_values
from tests.support.page_cache import cache_pages

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _kept_pages(settings: Settings) -> None:
    cache_pages(settings)


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


def cached() -> int:
    """Count the cached pages."""
    return sum(len(cast("Any", caches[part])._cache) for part in django_settings.PAGE_CACHES)


def test_an_address_that_is_not_canonical_is_not_cached(client: Client) -> None:
    estimate = publish_values(make_models(3)).pk
    for address in (
        "/models/?page=999999",
        "/models/?page=%EF%BC%91",
        "/models/?sort=zzz",
        "/models/?search=nobody",
        "/compare/?models=model-001,,model-002",
        "/corrections/?subject=nobody",
        "/why/?on=zzz&tolerance=7",
        f"/lags/{estimate}/?benchmark=zzz",
        f"/lags/00{estimate}/",
    ):
        assert client.get(address).status_code == 200, address
        assert cached() == 0, address


def test_other_spellings_of_a_request_are_the_same_page(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make_models(3)
    first = client.get("/models/?sort=name&page=1")
    spellings: list[dict[str, str]] = [
        {"Host": "localhost"},
        {"Host": "LOCALHOST:8000"},
        {"Host": "127.0.0.1:65000"},
        {"HX-Request": "zzz"},
        {"Accept-Encoding": "xgzip, identity"},
        {"Accept-Language": "vi"},
    ]
    for headers in spellings:
        with django_assert_num_queries(0):
            again = client.get("/models/?page=7&page=1&sort=zzz&sort=name&utm_source=x", headers=headers)
        assert (again.status_code, again.content) == (200, first.content)
    assert cached() == 1


def test_a_host_that_is_not_ours_is_refused_though_the_page_is_cached(client: Client) -> None:
    assert client.get("/method/").status_code == 200
    assert client.get("/method/", headers={"Host": "attacker.example"}).status_code == 400


def test_a_page_is_the_same_on_every_host(client: Client, settings: Settings) -> None:
    for address in ("/", "/method/", "/records.atom", "/changes.atom", "/estimates.atom", "/sitemap.xml"):
        pages = []
        for host in ("localhost:1", "127.0.0.1"):
            cache_pages(settings)
            page = client.get(address, headers={"Host": host})
            pages.append(re.sub(rb"<updated>[^<]*", b"", page.content))
        assert page.status_code == 200
        assert pages[0] == pages[1], address


def test_head_and_get_share_an_entry(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    head = client.head("/models/")
    with django_assert_num_queries(0):
        page = client.get("/models/")
    assert b"<html" in page.content
    assert (head.status_code, head["ETag"]) == (page.status_code, page["ETag"])


def test_a_flood_of_valid_addresses_does_not_evict_the_main_pages(
    client: Client, settings: Settings, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make_models(12)
    cache_pages(settings, most=6)
    for main in ("/", "/models/"):
        client.get(main)
    for i in range(12):
        assert client.get(f"/models/model-{i:03}/").status_code == 200
        assert client.get(f"/models/?search={i:03}").status_code == 200
    with django_assert_num_queries(0):
        for main in ("/", "/models/"):
            client.get(main)
    assert len(cast("Any", caches["other_pages"])._cache) <= 6


def test_every_main_page_has_room_in_its_part_of_the_cache() -> None:
    fixed = [
        pattern
        for pattern in patterns(get_resolver())
        if not pattern.pattern.converters and getattr(pattern.callback, "is_public", False)
    ]
    variants = len(django_settings.LANGUAGES) * len(("gzip", "plain")) * len(("whole", "part"))
    assert 20 * variants < len(fixed) * variants <= django_settings.PAGE_CACHES["pages"]


def patterns(resolver: Any) -> Iterator[URLPattern]:
    """Return the addresses of pages."""
    for entry in resolver.url_patterns:
        if isinstance(entry, URLPattern):
            yield entry
        elif str(entry.pattern) not in ("admin/", "api/v1/"):
            yield from patterns(entry)
