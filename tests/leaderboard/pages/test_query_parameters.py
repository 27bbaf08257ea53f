"""A page ignores the query parameters that it does not read, in its answer, its links and the cache."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.cache import caches
from django.test import Client, RequestFactory
from pytest_django.fixtures import Settings

from leaderboard.pages.query_parameters import QueryParametersMiddleware, declared_parameters
from tests.leaderboard.pages.all_pages import addresses, make_everything
from tests.leaderboard.pages.builders import make_models
from tests.support.page_cache import cache_pages

pytestmark = pytest.mark.django_db
CAMPAIGN = "utm_source=x&zzz=1"
FILES = ("/records.atom", "/vi/changes.atom", "/disputes.atom", "/robots.txt", "/sitemap.xml", "/healthz")
OF_ONE_ANSWER = re.compile(rb'name="(csrfmiddlewaretoken|key)" value="[^"]*"')


@pytest.mark.timeout(400)
def test_unknown_parameters_change_no_page_and_no_entry_of_the_cache(
    client: Client, settings: Settings
) -> None:
    make_everything()
    cache_pages(settings, most=10_000)
    pages = [*addresses().values(), "/vi/models/", "/zh-hans/", *FILES]
    public = 0
    for address in pages:
        plain = client.get(address)
        entries = cached_keys()
        again = client.get(f"{address}{'&' if '?' in address else '?'}{CAMPAIGN}")
        assert again.status_code == plain.status_code, address
        assert steady(again) == steady(plain), address
        assert "utm_source" not in f"{again.content!r} {again.headers}", address
        assert cached_keys() == entries, address
        if plain.has_header("ETag"):  # only the cache sets it
            public += 1
            assert again.content == plain.content, address
    assert public > 30


def steady(response: Any) -> bytes:
    """Return a response without what differs between any two."""
    return OF_ONE_ANSWER.sub(b"", response.content)


def cached_keys() -> set[str]:
    """Return the keys of all cached pages."""
    return {key for part in ("pages", "other_pages") for key in caches[part]._cache}  # type: ignore[attr-defined]


def test_pagers_sorting_and_languages_keep_the_known_parameters_alone(client: Client) -> None:
    make_models(120)
    page = client.get(f"/models/?page=2&search=zzz&sort=name&search=model&{CAMPAIGN}").content.decode()
    links = {link.partition("#")[0] for link in re.findall(r'href="([^"]*\?[^"]*)"', page)}
    assert "?search=model&amp;sort=name&amp;page=1" in links
    assert "/vi/models/?search=model&amp;sort=name&amp;page=2" in links
    assert not [link for link in links if "zzz" in link or "utm_source" in link]


@pytest.mark.parametrize(
    ("address", "target"),
    [
        (f"/models?{CAMPAIGN}&sort=name", "/models/?sort=name"),
        (f"/models/?search=&{CAMPAIGN}", "/models/"),
        (f"/compare/?model=a&model=b&{CAMPAIGN}", "/compare/?models=a,b"),
        (f"/explore/?leader=CN&follower=US&reading=&{CAMPAIGN}", "/explore/?follower=US&leader=CN"),
    ],
)
def test_a_redirect_does_not_keep_unknown_parameters(client: Client, address: str, target: str) -> None:
    make_models(3)
    response = client.get(address)
    assert (response.status_code // 100, response["Location"]) == (3, target)


@pytest.mark.parametrize("path", ["/models/", "/vi/models/", "/zh-hans/models/", "/models"])
def test_a_page_declares_its_parameters_in_every_language(path: str) -> None:
    assert declared_parameters(path).names == (
        *("search", "country", "openness", "developer", "benchmark", "sort", "page"),
    )
    assert declared_parameters("/vi/nowhere/").names == ()


def query_behind_the_middleware(address: str) -> str:
    """Return the query string that a view would see."""
    request = RequestFactory().get(address)
    QueryParametersMiddleware(lambda request: None)(request)  # type: ignore[arg-type,return-value]
    assert request.GET.urlencode(safe=",") == request.META["QUERY_STRING"]
    return str(request.META["QUERY_STRING"])


def test_the_order_and_repetition_of_parameters_do_not_matter() -> None:
    assert query_behind_the_middleware("/?x=1&sort=a&sort=-b") == "sort=-b"
    assert query_behind_the_middleware("/models/?page=2&x=1&sort=a") == "sort=a&page=2"
    assert query_behind_the_middleware("/compare/?model=b&x=1&model=a") == "model=b&model=a"


def test_a_time_given_twice_is_still_an_error() -> None:
    twice = "as_of=2026-11-22&as_of=2026-11-23"
    assert query_behind_the_middleware(f"/models/?x=1&{twice}") == twice


@pytest.mark.parametrize("path", ["/api/v1/models", "/admin/evals/model/", "/static/x"])
def test_the_api_and_the_admin_have_rules_of_their_own(path: str) -> None:
    assert query_behind_the_middleware(f"{path}?b=1&b=3&a=2") == "b=1&b=3&a=2"
