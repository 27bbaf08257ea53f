"""There is one rule for a client's address, and a forged header gains nothing by it."""

from __future__ import annotations

import logging
import re
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from pytest_django.fixtures import Settings

from leaderboard.api.throttles import PostThrottle
from leaderboard.client_address import (
    ClientAddressMiddleware,
    client_address,
    network_address,
    read_trusted_proxies,
    wider_network,
)
from leaderboard.operations.client_id import client_id

ROOT = Path(__file__).resolve().parents[2]
CLIENT = "203.0.113.7"
FORGED = "198.51.100.1"


@pytest.mark.parametrize(
    ("peer", "forwarded_for", "trusted", "address"),
    [
        (CLIENT, "", "", CLIENT),
        (CLIENT, FORGED, "", CLIENT),
        (CLIENT, FORGED, "10.0.0.0/8", CLIENT),
        ("10.0.0.1", CLIENT, "10.0.0.1", CLIENT),
        ("10.0.0.1", f"{FORGED}, {CLIENT}", "10.0.0.1", CLIENT),
        ("10.0.0.1", f"10.0.0.9, 127.0.0.1, {FORGED},{CLIENT}", "10.0.0.0/8", CLIENT),
        ("10.0.0.1", f"{FORGED}, {CLIENT}, 10.0.0.2", "10.0.0.0/24", CLIENT),
        ("10.0.0.1", f"{CLIENT}, 10.0.1.2", "10.0.0.0/24", "10.0.1.2"),
        ("10.0.0.1", "", "10.0.0.1", "10.0.0.1"),
        ("10.0.0.1", "unknown", "10.0.0.1", "10.0.0.1"),
        ("10.0.0.1", f"{CLIENT}, unknown", "10.0.0.1", "10.0.0.1"),
        ("10.0.0.1", f"{FORGED}, <script>", "10.0.0.1", "10.0.0.1"),
        ("", CLIENT, "unix", CLIENT),
        ("", f"{FORGED}, {CLIENT}", "unix", CLIENT),
        ("", CLIENT, "10.0.0.1", None),
        ("", "", "unix", None),
        ("::ffff:10.0.0.1", f"::ffff:{CLIENT}", "10.0.0.1", CLIENT),
        ("10.0.0.1", f"{CLIENT}:51234", "10.0.0.1", CLIENT),
        ("10.0.0.1", "[2001:db8::7]:51234", "10.0.0.1", "2001:db8::7"),
        ("fd00::1", "2001:db8::7", "fd00::/8", "2001:db8::7"),
    ],
)
def test_the_first_address_that_is_no_trusted_proxy_is_the_clients(
    peer: str, forwarded_for: str, trusted: str, address: str | None
) -> None:
    proxies = read_trusted_proxies([name for name in trusted.split(",") if name])
    result = client_address(peer, forwarded_for, proxies)
    assert (result and str(result)) == address


@pytest.mark.parametrize("name", ["proxy", "10.0.0.1/8", "300.0.0.1", "*"])
def test_a_bad_proxy_is_named(name: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=re.escape(f"TRUSTED_PROXIES contains '{name}'")):
        read_trusted_proxies(["10.0.0.1", name])


def passed_on(peer: str, **headers: str) -> HttpRequest:
    """Return a request as it is behind the middleware."""
    seen: list[HttpRequest] = []

    def respond(request: HttpRequest) -> HttpResponse:
        seen.append(request)
        return HttpResponse()

    ClientAddressMiddleware(respond)(RequestFactory().post("/", REMOTE_ADDR=peer, headers=headers))
    return seen[0]


def test_headers_of_a_proxy_that_is_not_trusted_are_removed(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.TRUSTED_PROXIES = read_trusted_proxies(["10.0.0.1"])
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    headers = dict.fromkeys(("X-Forwarded-Proto", "X-Forwarded-Host", "Forwarded", "X-Real-IP"), "https")
    forged = passed_on(CLIENT, **headers, **{"X-Forwarded-For": FORGED})
    assert (forged.META["REMOTE_ADDR"], forged.scheme) == (CLIENT, "http")
    assert not [name for name in forged.headers if "Forwarded" in name or "Real" in name]
    assert "add it to TRUSTED_PROXIES" in caplog.text
    caplog.clear()
    caplog.set_level(logging.WARNING)
    proxied = passed_on("10.0.0.1", **headers, **{"X-Forwarded-For": f"{FORGED}, {CLIENT}"})
    assert (proxied.META["REMOTE_ADDR"], proxied.scheme) == (CLIENT, "https")
    assert "X-Forwarded-For" not in proxied.headers
    assert not caplog.text


def test_a_forged_header_gains_no_other_identity(settings: Settings) -> None:
    for trusted, peer in (([], CLIENT), (["10.0.0.1"], "10.0.0.1")):
        settings.TRUSTED_PROXIES = read_trusted_proxies(trusted)
        hops = [f"{FORGED[:-1]}{i}" + (f", {CLIENT}" if trusted else "") for i in range(3)]
        requests = [passed_on(peer, **{"X-Forwarded-For": hop}) for hop in hops]
        assert len({client_id(request) for request in requests}) == 1
        assert len({PostThrottle().get_ident(request) for request in requests}) == 1  # type: ignore[arg-type]
        assert {network_address(request) for request in requests} == {CLIENT}


def test_a_subscriber_of_ipv6_is_one_client() -> None:
    addresses = ["2001:db8:0:7::1", "2001:db8:0:7:ffff::2", "2001:db8:0:8::1"]
    requests = [passed_on(address) for address in addresses]
    assert [network_address(request) for request in requests] == ["2001:db8:0:7::"] * 2 + ["2001:db8:0:8::"]
    assert len({client_id(request) for request in requests}) == 2
    assert network_address(passed_on("")) == "0.0.0.0"


def test_neighbours_are_one_wider_network() -> None:
    networks = {
        "203.0.113.0": ["203.0.113.7", "203.0.113.250", "::ffff:203.0.113.9"],
        "2001:db8:5::": ["2001:db8:5::1", "2001:db8:5:ffff::2"],
        "2001:db8:6::": ["2001:db8:6::1"],
        "0.0.0.0": ["", "unix"],
    }
    for network, addresses in networks.items():
        assert {wider_network(passed_on(address)) for address in addresses} == {network}


def test_nothing_else_reads_the_address_of_a_proxy() -> None:
    reads = re.compile(r"X.FORWARDED.FOR|X_REAL_IP", re.IGNORECASE)
    sources = [
        path for package in ("evals", "leaderboard", "worker") for path in (ROOT / package).rglob("*.py")
    ]
    readers = [path.name for path in sources if reads.search(path.read_text())]
    assert readers == ["client_address.py"]


def test_the_address_is_known_before_any_other_middleware(settings: Settings) -> None:
    assert settings.MIDDLEWARE[0] == "leaderboard.client_address.ClientAddressMiddleware"
