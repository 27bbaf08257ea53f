"""No address inside our own network is called, however it is written, unless an operator vouched for it."""

from __future__ import annotations

import asyncio

import pytest

from evals.engine.guard import AddressRefused, GuardedResolver, check_url, is_public
from evals.engine.outcomes import Fault, Kind
from evals.engine.requests import EndpointSpec
from evals.engine.send import Transport

INSIDE = [
    "127.0.0.1",
    "10.1.2.3",
    "172.16.0.9",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "240.0.0.1",
    "::1",
    "::",
    "fe80::1%eth0",
    "fd00:ec2::254",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
]


@pytest.mark.parametrize("address", INSIDE)
def test_an_address_inside_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "8.8.8.8", "2606:4700:4700::1111", "::ffff:8.8.8.8"])
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8000/v1",
        "http://[::1]/v1",
        "http://169.254.169.254/latest/meta-data",
        "ftp://example.org/",
        "file:///etc/passwd",
        "http://user:word@example.org/v1",
        "//example.org",
    ],
)
def test_a_bad_url_is_refused_before_anything_is_resolved(url: str) -> None:
    with pytest.raises(AddressRefused):
        check_url(url, internal_allowed=False)


def test_a_vouched_address_inside_is_taken_but_not_a_strange_scheme() -> None:
    check_url("http://127.0.0.1:8000/v1", internal_allowed=True)
    with pytest.raises(AddressRefused):
        check_url("file:///etc/passwd", internal_allowed=True)


@pytest.mark.parametrize("name", ["localhost", "127.1", "2130706433", "0x7f.1"])
def test_a_name_is_judged_by_the_address_it_leads_to(name: str) -> None:
    async def resolve(internal_allowed: bool) -> int:
        resolver = GuardedResolver(internal_allowed=internal_allowed)
        return len(await resolver.resolve(name, 80))

    assert asyncio.run(resolve(True))
    with pytest.raises(AddressRefused, match="not on the public internet"):
        asyncio.run(resolve(False))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "169.254.169.254", "[::1]"])
def test_the_sender_gives_a_fault_and_connects_to_nothing(host: str) -> None:
    endpoint = EndpointSpec("e", "openai-chat", f"http://{host}:9/v1", "m", 1, 5)

    async def send() -> Fault:
        async with Transport(endpoint) as transport:
            _, result = await transport.send(b"{}")
        assert isinstance(result, Fault)
        return result

    fault = asyncio.run(send())
    assert fault.kind is Kind.ADDRESS_REFUSED
    assert fault.is_final(0)
