"""No address inside our own network is called, however it is written, unless an operator vouched for it."""

from __future__ import annotations

import asyncio
import re
import socket
from pathlib import Path

import aiohttp
import pytest
from aiohttp.abc import ResolveResult

from evals.engine.guard import (
    AddressRefused,
    GuardedResolver,
    check_url,
    guarded_session,
    is_public,
    parse_url,
    redirect_target,
)
from evals.engine.outcomes import Fault, Kind
from evals.engine.requests import EndpointSpec
from evals.engine.send import Transport
from leaderboard.accounts.providers.outgoing import ProviderTransport, provider_session

ROOT = Path(__file__).resolve().parents[3]
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
    "64:ff9b:1::7f00:1",
    "2001:0:7f00:1::",
    "::7f00:1",
    "fec0::1",
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
        "http://@example.org/v1",
        "http://example.org:99999/v1",
        "http://xn--/v1",
        "http://\u200b.com/v1",
    ],
)
def test_a_bad_url_is_refused_before_anything_is_resolved(url: str) -> None:
    with pytest.raises(AddressRefused):
        check_url(url, internal_allowed=False)


SPELLINGS = {
    "decimal": "2130706433",
    "octal": "0177.0.0.1",
    "octal in one part": "017700000001",
    "hexadecimal": "0x7f000001",
    "hexadecimal parts": "0x7f.0.0.0x1",
    "two parts": "127.1",
    "three parts": "127.0.1",
    "dot at the end": "127.0.0.1.",
    "full-width digit": "１27.0.0.1",
    "full-width digits and dots": "１２７．０．０．１",
    "ideographic full stops": "127。0。0｡1",
    "circled digits": "①②⑦.0.0.1",
    "mathematical digits": "𝟏𝟐𝟕.0.0.1",
    "full-width hexadecimal": "０ｘ7f.1",
    "mapped": "[::ffff:127.0.0.1]",
    "mapped in hexadecimal": "[::ffff:7f00:1]",
    "compatible": "[::127.0.0.1]",
    "NAT64": "[64:ff9b::127.0.0.1]",
    "local NAT64": "[64:ff9b:1::127.0.0.1]",
    "6to4": "[2002:7f00:1::]",
    "loopback": "[0:0::1]",
    "link-local with a zone": "[fe80::1%25eth0]",
    "name": "localhost",
    "name with a dot": "LocalHost.",
    "full-width name": "ｌｏｃａｌｈｏｓｔ",
    "name of our network": "metadata.google.internal",
    "name without a domain": "redis",
}
MALFORMED = {
    "percent-encoded digits": "http://%31%32%37.0.0.1/",
    "octet above 255": "http://256.0.0.1/",
    "five parts": "http://1.127.0.0.1/",
    "number as top-level domain": "http://example.0x7f/",
    "user name": "http://example.org@127.0.0.1/",
    "password": "http://a:b@example.org/",
    "full-width at sign": "http://example.org＠127.0.0.1/",
    "backslash": "http://example.org\\@127.0.0.1/",
    "carriage return and line feed": "http://example.org/\r\nHost: localhost",
    "line feed in the host": "http://127.0\n.0.1/",
    "tab in the host": "http://127.0\t.0.1/",
    "tab in the scheme": "ht\ttp://127.0.0.1/",
    "space in the host": "http://127.0.0.1 .example.org/",
    "null": "http://127.0.0.1\0.example.org/",
    "encoded null": "http://127.0.0.1%00.example.org/",
}


@pytest.mark.parametrize("host", SPELLINGS.values(), ids=SPELLINGS)
def test_no_spelling_of_an_address_inside_passes(host: str) -> None:
    for url in (f"http://{host}/v1", f"HTTPS://{host}:8443"):
        with pytest.raises(AddressRefused, match="not on the public internet"):
            check_url(url, internal_allowed=False)


@pytest.mark.parametrize("url", MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_url_is_refused_even_if_vouched_for(url: str) -> None:
    for internal_allowed in (True, False):
        with pytest.raises(
            AddressRefused, match=r"contains a|holds a|names no host|starts with|cannot be read"
        ):
            check_url(url, internal_allowed=internal_allowed)


@pytest.mark.parametrize(
    ("url", "normalised"),
    [
        ("https://例え.jp/x?y=1", "https://xn--r8jz45g.jp/x?y=1"),
        ("HTTPS://EXAMPLE.org.:443/A", "https://example.org/A"),
        ("https://134744072/", "https://8.8.8.8/"),
        ("https://８.8.8.8/", "https://8.8.8.8/"),
        ("https://[2606:4700::1111]:8443/v1", "https://[2606:4700::1111]:8443/v1"),
    ],
)
def test_a_public_url_is_returned_as_it_is_looked_up(url: str, normalised: str) -> None:
    assert str(check_url(url, internal_allowed=False)) == normalised


def test_an_error_does_not_repeat_a_secret() -> None:
    for url in ("https://user:secret@example.org", "secret", "https://example.org\n?key=secret"):
        with pytest.raises(AddressRefused) as refused:
            parse_url(url)
        assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.1/",
        "//１27.0.0.1/",
        "http://[64:ff9b::7f00:1]/",
        "file:///etc/passwd",
        "/a\r\nb",
        "//a@b/",
    ],
)
def test_a_redirect_is_checked_like_the_first_url(location: str) -> None:
    with pytest.raises(AddressRefused):
        redirect_target(parse_url("https://example.org/a"), location, internal_allowed=False)


def test_a_redirect_may_be_relative() -> None:
    target = redirect_target(parse_url("https://example.org/a/b?c"), "../d e", internal_allowed=False)
    assert str(target) == "https://example.org/d%20e"


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "169.254.169.254"])
def test_a_name_that_was_rebound_after_its_check_is_not_connected_to(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A resolver whose check passed, and whose answer changed before the connection."""

    async def rebound(
        self: GuardedResolver, host: str, port: int = 0, family: int = 0
    ) -> list[ResolveResult]:
        kind = socket.AF_INET6 if ":" in address else socket.AF_INET
        return [ResolveResult(hostname=host, host=address, port=port, family=kind, proto=0, flags=0)]

    async def get() -> None:
        timeout = aiohttp.ClientTimeout(total=2)
        async with guarded_session(internal_allowed=False, timeout=timeout) as session:
            await session.get("http://rebound.example.org/")

    monkeypatch.setattr(GuardedResolver, "resolve", rebound)
    with pytest.raises(aiohttp.ClientConnectorError) as refused:
        asyncio.run(get())
    assert isinstance(refused.value.os_error, AddressRefused)


def test_every_http_client_of_the_project_is_guarded() -> None:
    """Only the guard opens sessions; the demo calls the service that it has started on this machine.

    The providers' client is one of `requests`, whose only transport calls the guard.
    """
    opens = re.compile(
        r"ClientSession\(|TCPConnector\("
        r"|^\s*(?:import|from) (?:requests|httpx2?|httpcore2?|urllib3|http\.client)\b"
        r"|urlopen|urllib\.request import (?!getproxies)|aiohttp\.request",
        re.MULTILINE,
    )
    sources = [
        path for package in ("evals", "leaderboard", "worker") for path in (ROOT / package).rglob("*.py")
    ]
    clients = {str(path.relative_to(ROOT)) for path in sources if opens.search(path.read_text())}
    providers = "leaderboard/accounts/providers/outgoing.py"
    assert clients == {"evals/engine/guard.py", "evals/engine/hub_client.py", providers, "worker/demo.py"}
    assert {type(transport) for transport in provider_session().adapters.values()} == {ProviderTransport}


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


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "169.254.169.254", "[::1]", "１27.0.0.1"])
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
