"""Which addresses may be called: none inside our own network, unless an operator vouched for it."""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import urlsplit

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
NAT64 = ipaddress.ip_network("64:ff9b::/96")


class AddressRefused(OSError):
    """An address that must not be called from here."""


def is_public(address: str) -> bool:
    """Whether an address belongs to the internet at large, whatever form it is written in."""
    ip = _unwrapped(ipaddress.ip_address(address.partition("%")[0]))
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def _unwrapped(ip: IPAddress) -> IPAddress:
    """Return the IPv4 address that an IPv6 address carries (mapped, 6to4, Teredo, NAT64), or the address."""
    if isinstance(ip, ipaddress.IPv4Address):
        return ip
    if ip in NAT64:
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else ip)


def check_url(url: str, *, internal_allowed: bool) -> None:
    """Refuse a URL that is not http(s), or whose host is written as an address that is not public.

    A name is checked when it is resolved: GuardedResolver sees the address that will be connected to.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise AddressRefused(f"An endpoint's address starts with http:// or https://; this is {url!r}.")
    if parts.username or parts.password:
        raise AddressRefused("An endpoint's address holds no user name or password: name a credential.")
    if internal_allowed:
        return
    try:
        public = is_public(parts.hostname)
    except ValueError:
        return
    if not public:
        raise refusal(parts.hostname, parts.hostname)


def refusal(host: str, address: str) -> AddressRefused:
    """Return the error for a host that leads to an address inside."""
    led = host if host == address else f"{host}, which is {address},"
    return AddressRefused(f"The address {led} is not on the public internet.")


class GuardedResolver(AbstractResolver):
    """Resolve a name to addresses that may be called; what was checked is what is connected to."""

    def __init__(self, *, internal_allowed: bool) -> None:
        self.internal_allowed = internal_allowed
        self.resolver = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Resolve `host`; one address inside is enough to refuse it."""
        addresses = await self.resolver.resolve(host, port, family)
        for result in addresses if not self.internal_allowed else []:
            if not is_public(result["host"]):
                raise refusal(host, result["host"])
        return addresses

    async def close(self) -> None:
        """Let go of the resolver."""
        await self.resolver.close()
