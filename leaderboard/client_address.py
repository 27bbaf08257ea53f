"""The address of a client: the only rule for it, used by logins, throttles and pseudonyms.

The middleware writes it into `REMOTE_ADDR`, and removes the headers of proxies if no trusted proxy sent them.
Nothing else in the service reads `X-Forwarded-For`.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.crypto import salted_hmac

logger = logging.getLogger(__name__)

Address = IPv4Address | IPv6Address
UNIX_SOCKET = "unix"
HASH_LENGTH = 32
UNKNOWN = "0.0.0.0"  # noqa: S104 # stands for a client whose address is not known
SUBSCRIBER_PREFIX_BITS = {4: 32, 6: 64}  # the part of an address that identifies a subscriber
WIDER_PREFIX_BITS = {4: 24, 6: 48}  # the part that one party often holds whole
FORWARDED_FOR = "HTTP_X_FORWARDED_FOR"
PROXY_HEADERS = (
    FORWARDED_FOR,
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PORT",
    "HTTP_X_REAL_IP",
    "HTTP_FORWARDED",
)
_WITH_PORT = re.compile(r"\[(?P<v6>[0-9a-fA-F:.]+)\](:\d+)?|(?P<v4>[\d.]+):\d+")


@dataclass(frozen=True, slots=True)
class TrustedProxies:
    """The proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed."""

    networks: tuple[IPv4Network | IPv6Network, ...] = ()
    unix_socket: bool = False  # whether a client of a Unix socket is one

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self.networks) or self.unix_socket

    def __contains__(self, peer: object) -> bool:
        """Whether a connection's address (None for a Unix socket) is a trusted proxy's."""
        if peer is None:
            return self.unix_socket
        return any(peer in network for network in self.networks)


def read_trusted_proxies(names: list[str]) -> TrustedProxies:
    """Return the proxies of the setting: addresses, networks, or `unix`. Raises ImproperlyConfigured."""
    networks = []
    for name in names:
        if name == UNIX_SOCKET:
            continue
        try:
            networks.append(ip_network(name))
        except ValueError:
            raise ImproperlyConfigured(
                f"TRUSTED_PROXIES contains {name!r}; it lists addresses (10.0.0.5), networks (10.0.0.0/24) "
                "or `unix`, separated by commas."
            ) from None
    return TrustedProxies(tuple(networks), UNIX_SOCKET in names)


def client_address(peer: str, forwarded_for: str, trusted: TrustedProxies) -> Address | None:
    """Return a client's address, or None if it is not known.

    From the connection's own address on, each trusted proxy names the address that it forwards for. The first
    that is not a trusted proxy's is the client's, so what a client writes into the header is never read.
    """
    address = _parse(peer)
    for hop in reversed(forwarded_for.split(",")):
        if address not in trusted:
            break
        previous = _parse(hop)
        if previous is None:
            break
        address = previous
    return address


def _parse(text: str) -> Address | None:
    text = text.strip()
    if match := _WITH_PORT.fullmatch(text):
        text = match["v6"] or match["v4"]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


def network_address(request: HttpRequest) -> str:
    """Return the address that stands for a subscriber: an IPv4 address, or the first of an IPv6 /64."""
    return _network(request, SUBSCRIBER_PREFIX_BITS)


def wider_network(request: HttpRequest) -> str:
    """Return the first address of the client's IPv4 /24 or IPv6 /48."""
    return _network(request, WIDER_PREFIX_BITS)


def _network(request: HttpRequest, prefix_bits: dict[int, int]) -> str:
    address = _parse(request.META.get("REMOTE_ADDR", ""))
    if address is None:
        return UNKNOWN
    return str(ip_network((address, prefix_bits[address.version]), strict=False).network_address)


class ClientAddressMiddleware:
    """The outermost middleware: after it, `REMOTE_ADDR` is the client's address."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.warned = False

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Set the address and remove the headers that must not be believed."""
        meta, trusted = request.META, settings.TRUSTED_PROXIES
        forwarded_for = meta.pop(FORWARDED_FOR, "")
        peer = meta.get("REMOTE_ADDR", "")
        if _parse(peer) in trusted:
            meta["REMOTE_ADDR"] = str(client_address(peer, forwarded_for, trusted) or "")
        else:
            for header in PROXY_HEADERS:
                meta.pop(header, None)
            if forwarded_for:
                self._warn(peer)
        return self.get_response(request)

    def _warn(self, peer: str) -> None:
        """Warn once, since a client can send the header too."""
        if not self.warned:
            self.warned = True
            logger.warning(
                "X-Forwarded-For from %s is ignored. If that is your proxy, add it to TRUSTED_PROXIES.",
                peer or "a Unix socket",
            )


def account_hash(account_id: int) -> str:
    """Return the keyed hash by which quotas and disputes know an account."""
    return keyed_hash("lagline.account", str(account_id))


def keyed_hash(kind: str, identity: str) -> str:
    """Return a keyed hash of an address or account: equal for equal ones of a kind, and not reversible."""
    return salted_hmac(kind, identity).hexdigest()[:HASH_LENGTH]
