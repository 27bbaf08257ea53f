"""No query, path or header of an odd length, number or character is a server error."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import URLResolver, get_resolver

pytestmark = pytest.mark.django_db
WORDS = {
    "a long number": "9" * 5000,
    "a number beyond the database": "9" * 30,
    "an exponent": "1e999999999",
    "a fraction": "0.1",
    "NUL": "%00",
    "half a surrogate": "%ED%A0%80",
    "no UTF-8": "%FF",
    "full-width digits": "%EF%BC%91%EF%BC%92",
    "a date beyond the calendar": "9999-12-31T23:59:59-23:59",
    "a year of six digits": "999999-01-01",
    "a long text": "a" * 6000,
    "brackets": "%5B" * 2000,
    "commas": "a," * 2500,
    "colons": "price:" * 800,
}
PAGES = [
    *("follower", "leader", "date", "domain", "benchmarks", "benchmark", "without", "attribution", "reading"),
    *("as_of", "page", "sort", "search", "on", "subject", "tolerance", "show", "fact", "version", "model"),
    *("models", "country"),
]


def views() -> dict[str, list[str]]:
    """Return the API's addresses without arguments, with their parameters."""
    (api,) = [part for part in get_resolver().url_patterns if "api/v1/" in str(part.pattern)]
    assert isinstance(api, URLResolver)
    known = {}
    for part in api.url_patterns:
        parameters = getattr(getattr(part.callback, "cls", None), "parameters", None)
        if parameters is not None and not part.pattern.converters:
            known[f"/api/v1/{part.pattern}"] = [*parameters().fields, "as_of", "format"]
    return known


@pytest.fixture
def client() -> Client:
    return Client(raise_request_exception=False)


@pytest.mark.parametrize("word", WORDS)
def test_no_query_is_a_server_error(client: Client, word: str) -> None:
    assert len(views()) > 8
    for address, parameters in views().items():
        for name in parameters:
            assert client.get(f"{address}?{name}={WORDS[word]}").status_code < 500, (address, name)
    for address in ("/", "/models/", "/explore/", "/compare/", "/disputes/", "/disputes/new/"):
        for name in PAGES:
            assert client.get(f"{address}?{name}={WORDS[word]}").status_code < 500, (address, name)


@pytest.mark.parametrize("number", ["9" * 5000, "9" * 30, "0"])
def test_no_number_in_a_path_is_a_server_error(client: Client, number: str) -> None:
    for address in ("/api/v1/lags/{}", "/api/v1/lags/{}/bill", "/api/v1/runs/{}", "/api/v1/runs/{}/samples"):
        assert client.get(address.format(number)).status_code == 404
