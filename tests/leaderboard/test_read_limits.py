"""Reads are limited by address, network and account; a cached page is neither counted nor refused."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from leaderboard.accounts.tokens import issue_token
from leaderboard.client_address import read_trusted_proxies
from leaderboard.rate_limiter import Rate
from leaderboard.read_limits import (
    ACCOUNT_FACTOR,
    AS_OF_COST,
    COSTS,
    CSV_COST,
    NETWORK_FACTOR,
    USUAL_COST,
    limiter,
)
from tests.leaderboard.pages.builders import make_models
from tests.support.page_cache import cache_pages
from tests.support.record import NOW, make_user

pytestmark = pytest.mark.django_db
API = "/api/v1/developers"
CHEAP = "/robots.txt"
QUOTA = 160
READS = QUOTA // USUAL_COST


@pytest.fixture(autouse=True)
def _few_reads(settings: Settings) -> None:
    settings.READ_RATE = Rate(QUOTA, 86_400)


def read(address: str, path: str = CHEAP, **headers: str) -> int:
    """Return the status of a read from an address."""
    return Client(REMOTE_ADDR=address).get(path, headers=headers).status_code


def use_up(address: str, path: str = CHEAP) -> None:
    """Spend the whole allowance of an address."""
    assert 429 not in {read(address, path) for _ in range(READS)}
    assert read(address, path) == 429


def test_an_address_that_reads_too_much_is_refused_and_others_are_not() -> None:
    use_up("203.0.113.7")
    assert read("203.0.113.8") == 200
    use_up("2001:db8:0:7::1")
    assert read("2001:db8:0:7:ffff::2") == 429
    assert read("2001:db8:0:8::1") == 200


@pytest.mark.parametrize("network", ["198.51.100.{}", "2001:db8:9:{}::1"])
def test_neighbours_share_the_larger_allowance_of_their_network(network: str) -> None:
    statuses = [read(network.format(host)) for host in range(1, 2 * NETWORK_FACTOR + 1) for _ in range(READS)]
    assert statuses == [200] * NETWORK_FACTOR * READS + [429] * NETWORK_FACTOR * READS
    assert read("192.0.2.1") == 200


def test_a_forged_header_gains_no_allowance(settings: Settings) -> None:
    use_up("203.0.113.7")
    assert read("203.0.113.7", **{"X-Forwarded-For": "192.0.2.9", "X-Real-IP": "192.0.2.9"}) == 429
    settings.TRUSTED_PROXIES = read_trusted_proxies(["10.0.0.1"])
    assert read("10.0.0.1", **{"X-Forwarded-For": "192.0.2.9, 203.0.113.7"}) == 429
    assert read("10.0.0.1", **{"X-Forwarded-For": "192.0.2.9"}) == 200


def test_an_account_has_its_own_larger_allowance_wherever_it_reads_from() -> None:
    use_up("203.0.113.7")
    user = make_user("ann")
    token = issue_token(user=user, name="laptop", now=NOW).secret
    script = APIClient(REMOTE_ADDR="203.0.113.7", headers={"authorization": f"Bearer {token}"})
    browser = Client(REMOTE_ADDR="203.0.113.7")
    browser.force_login(user)
    statuses = [client.get(API).status_code for client in (script, browser) for _ in range(2 * READS)]
    assert ACCOUNT_FACTOR == 4
    assert set(statuses) == {200}
    assert script.get(API).status_code == browser.get(API).status_code == 429
    assert read("203.0.113.9") == 200


@pytest.mark.parametrize("token", ["lagline_forged", "", "a b"])
def test_a_forged_token_or_session_gains_no_allowance(token: str) -> None:
    use_up("203.0.113.7")
    forged = APIClient(REMOTE_ADDR="203.0.113.7", headers={"authorization": f"Bearer {token}"})
    assert forged.get(API).status_code == 429
    browser = Client(REMOTE_ADDR="203.0.113.7")
    browser.cookies["sessionid"] = "forged"
    assert browser.get(API).status_code == 429


def test_a_token_is_looked_up_once_and_without_one_nothing_is(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    token = issue_token(user=make_user("ann"), name="laptop", now=NOW).secret
    with django_assert_num_queries(0):
        assert Client().get("/api/v1/nowhere").status_code == 404
    with django_assert_num_queries(1):
        Client().get("/api/v1/nowhere", headers={"authorization": f"Bearer {token}"})


def test_a_cached_page_is_neither_counted_nor_refused(client: Client, settings: Settings) -> None:
    cache_pages(settings)
    assert client.get("/method/").status_code == 200
    assert {client.get("/method/").status_code for _ in range(2 * READS)} == {200}
    assert client.get(API)["RateLimit"].startswith(f'"address";r={QUOTA - 2 * USUAL_COST};')
    limiter.clear()
    use_up("127.0.0.1", "/nowhere/")
    assert client.get("/method/").status_code == 200
    assert client.get("/accessibility/").status_code == 429


def test_no_header_of_one_reader_is_cached_for_others(client: Client, settings: Settings) -> None:
    cache_pages(settings)
    for page in [client.get("/method/") for _ in range(2)]:
        assert not {"RateLimit", "RateLimit-Policy"} & set(page.headers)


def test_the_headers_say_what_is_left(client: Client) -> None:
    first, second = client.get(API), client.get(f"{API}?zzz=1")
    assert first["RateLimit-Policy"] == '"address";q=160;w=86400, "network";q=320;w=86400'
    assert (first.status_code, first["RateLimit"]) == (200, '"address";r=156;t=2160')
    assert second.status_code == 400
    assert re.fullmatch(r'"address";r=152;t=4[23]\d\d', second["RateLimit"])
    client.force_login(make_user("ann"))
    assert client.get(API)["RateLimit-Policy"] == '"account";q=640;w=86400'


def test_a_refusal_says_when_to_come_back_as_json_or_as_a_page_without_a_query(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    use_up("127.0.0.1")
    with django_assert_num_queries(0):
        refused, page = client.get(API), client.get("/vi/method/")
    assert refused.status_code == page.status_code == 429
    error = refused.json()["error"]
    wait = refused["Retry-After"]
    assert (error["code"], 2000 < int(wait) <= 2160) == ("throttled", True)
    assert f"{wait} seconds" in error["message"]
    assert re.fullmatch(r'"address";r=0;t=86[34]\d\d', refused["RateLimit"])
    assert (2000 < int(page["Retry-After"]) <= 2160, page["Cache-Control"]) == (True, "no-store")
    assert '<html lang="vi"' in page.content.decode()


def test_expensive_reads_cost_more(client: Client) -> None:
    make_models(3)
    costs = {
        "/healthz": 0,
        CHEAP: USUAL_COST,
        "/nowhere/": USUAL_COST,
        "/charts/1/x/lags-dark-wide.svg": COSTS["pages:chart-svg"],
        "/vi/models/?utm_source=x": COSTS["pages:models"],
        "/api/v1/lags/1/bill": COSTS["api:bill"],
        f"{API}?format=csv": CSV_COST,
        f"{API}?as_of=2026-11-22": USUAL_COST + AS_OF_COST,
    }
    for address, cost in costs.items():
        limiter.clear()
        client.get(address)
        left = client.get(API)["RateLimit"]
        assert left.startswith(f'"address";r={QUOTA - cost - USUAL_COST};'), address
    limiter.clear()
    client.get(API, headers={"Accept": "text/csv"})
    assert f"r={QUOTA - CSV_COST - USUAL_COST};" in client.get(API)["RateLimit"]


def test_head_and_options_are_reads_and_a_write_is_not(client: Client) -> None:
    for request in (client.head, client.options, client.get):
        request(API)
    client.post(API)
    assert client.get(API)["RateLimit"].startswith(f'"address";r={QUOTA - 4 * USUAL_COST};')


def test_every_listed_cost_is_of_an_existing_view() -> None:
    assert set(COSTS) <= set(view_names(get_resolver()))


def view_names(resolver: Any, namespace: str = "") -> Iterator[str]:
    """Return the names of all views."""
    for entry in resolver.url_patterns:
        if isinstance(entry, URLPattern):
            yield f"{namespace}{entry.name}"
        else:
            yield from view_names(entry, f"{entry.namespace}:" if entry.namespace else namespace)


def test_the_limit_can_be_switched_off(client: Client, settings: Settings) -> None:
    settings.READ_RATE = None
    assert {client.get(CHEAP).status_code for _ in range(READS + 1)} == {200}
    assert not client.get(CHEAP).has_header("RateLimit")


def test_the_operator_is_warned_once_a_minute(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    use_up("203.0.113.7")
    caplog.clear()
    reader = Client(REMOTE_ADDR="203.0.113.7")
    caplog.set_level(logging.WARNING, logger="leaderboard.read_limits")
    for _ in range(5):
        assert reader.get(CHEAP).status_code == 429
    assert [r.getMessage() for r in caplog.records if r.name == "leaderboard.read_limits"] == [
        "Reads beyond READ_RATE were refused (1); the last came from the network of 203.0.113.0."
    ]
