"""Guards every HTTP client: no address inside our own network is called, unless an operator vouches for it.

A URL is checked in the form in which its host is looked up, every name when it is resolved, and every address
again when a socket is opened for it.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from yarl import URL

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
AddressInfo = tuple[Any, Any, int, str, tuple[Any, ...]]  # as getaddrinfo returns it
NAT64 = ipaddress.ip_network("64:ff9b::/96")
SCHEMES = ("http", "https")
INTERNAL_SUFFIXES = (".localhost", ".local", ".internal", ".lan", ".home.arpa")
NEVER_IN_A_URL = re.compile(r"[\x00-\x1f\x7f\\]")
HOST_NAME = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*")
LAST_LABEL_IS_NUMBER = re.compile(r"(.*\.)?(\d+|0x[0-9a-f]*)")


class AddressRefused(OSError):
    """An address that must not be called from here."""


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the internet at large, whatever form of IPv6 it is written in."""
    ip = _carried_address(ipaddress.ip_address(address.partition("%")[0]))
    is_site_local = isinstance(ip, ipaddress.IPv6Address) and ip.is_site_local
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or is_site_local)


def _carried_address(ip: IPAddress) -> IPAddress:
    """Return the IPv4 address that an IPv6 address leads to (mapped, 6to4, NAT64), or the address itself."""
    if isinstance(ip, ipaddress.IPv4Address):
        return ip
    if ip in NAT64:
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or ip


def parse_url(url: str) -> URL:
    """Return an http(s) URL with its host as it is looked up; an address is written in its usual form.

    The host is normalised by NFKC and IDNA, loses the dot at its end, and an IPv4 address in decimal, octal,
    hexadecimal or with fewer than four parts becomes four decimal parts. The error does not repeat the URL,
    which may contain a secret.

    Raises AddressRefused.
    """
    if NEVER_IN_A_URL.search(url):
        raise AddressRefused("The address contains a control character or a backslash.")
    scheme, separator, rest = url.partition("://")
    if not separator or scheme.lower() not in SCHEMES:
        named = repr(scheme[:20]) if separator else "no scheme"
        raise AddressRefused(f"The address starts with {named}; it must start with http:// or https://.")
    if "@" in re.split(r"[/?#]", rest, maxsplit=1)[0]:
        raise AddressRefused("The address holds a user name or a password. Name a credential instead.")
    try:
        parsed = URL(url)
        parsed.port  # noqa: B018 # it is read here for its error
        return parsed.with_host(_normalised_host(parsed.raw_host or ""))
    except ValueError as error:
        raise AddressRefused(f"The address cannot be read ({type(error).__name__}).") from None


def _normalised_host(raw_host: str) -> str:
    host = raw_host.lower().removesuffix(".")
    if ":" in host:
        return str(ipaddress.IPv6Address(host))
    if not HOST_NAME.fullmatch(host):
        raise AddressRefused(f"The address names no host that can be called: {host!r}.")
    if not LAST_LABEL_IS_NUMBER.fullmatch(host):
        return host
    try:
        return socket.inet_ntoa(socket.inet_aton(host))  # reads all the forms that the resolver reads
    except OSError:
        raise AddressRefused(f"The address names no host that can be called: {host!r}.") from None


def check_url(url: str, *, internal_allowed: bool) -> URL:
    """Return the URL to request, normalised. Raises AddressRefused for a host that is inside by its name.

    Other names are checked when they are resolved, and addresses when they are connected to.
    """
    parsed = parse_url(url)
    host = parsed.raw_host or ""
    if not internal_allowed and is_internal(host):
        raise refusal(host, host)
    return parsed


def redirect_target(url: URL, location: str, *, internal_allowed: bool) -> URL:
    """Return where a redirect leads, checked like any other URL. Raises AddressRefused."""
    if NEVER_IN_A_URL.search(location):
        raise AddressRefused("The redirect contains a control character or a backslash.")
    return check_url(urljoin(str(url), location), internal_allowed=internal_allowed)


def is_internal(host: str) -> bool:
    """Whether a normalised host is an address that is not public, or a name known only in our own network."""
    try:
        return not is_public(host)
    except ValueError:
        return "." not in host or host.endswith(INTERNAL_SUFFIXES)


def refusal(host: str, address: str) -> AddressRefused:
    """Return the error for a host that leads to an address inside."""
    target = host if host == address else f"{host}, which is {address},"
    return AddressRefused(f"The address {target} is not on the public internet.")


class GuardedResolver(AbstractResolver):
    """Resolves a name to addresses that may be called."""

    def __init__(self, *, internal_allowed: bool) -> None:
        self.internal_allowed = internal_allowed
        self.resolver = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Resolve `host`; a single address inside is enough to refuse it."""
        addresses = await self.resolver.resolve(host, port, family)
        for result in addresses if not self.internal_allowed else []:
            if not is_public(result["host"]):
                raise refusal(host, result["host"])
        return addresses

    async def close(self) -> None:
        """Close the resolver."""
        await self.resolver.close()


def open_public_socket(peer: AddressInfo) -> socket.socket:
    """Open the socket that will be connected to `peer`. Raises AddressRefused for a peer inside."""
    family, kind, protocol, _, address = peer
    if not is_public(str(address[0])):
        raise refusal(str(address[0]), str(address[0]))
    return socket.socket(family=family, type=kind, proto=protocol)


def guarded_session(
    *,
    internal_allowed: bool,
    timeout: aiohttp.ClientTimeout,
    headers: Mapping[str, str] | None = None,
    max_connections: int = 100,
    dns_cache_s: int = 10,
) -> aiohttp.ClientSession:
    """Return an HTTP client without cookies and proxies that connects to public addresses only.

    `max_connections` of 0 means no limit.
    """
    connector = aiohttp.TCPConnector(
        limit=max_connections,
        ttl_dns_cache=dns_cache_s,
        resolver=GuardedResolver(internal_allowed=internal_allowed),
        socket_factory=None if internal_allowed else open_public_socket,
    )
    return aiohttp.ClientSession(
        connector=connector,
        headers=headers,
        timeout=timeout,
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,
    )
