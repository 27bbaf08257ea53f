"""Where the service is and who asks: address and token from arguments, environment or keyring."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import quote, urlsplit

from lagline import keyring_store
from lagline.errors import BadAddress

PORTS = {"https": 443, "http": 80}
NO_ADDRESS = "No service is set: give url=, set LAGLINE_URL, or run `lagline login --url https://…`."


@dataclass(frozen=True, slots=True)
class Service:
    """A service at an origin, such as https://lagline.example, and the token for it, which is never shown."""

    url: str
    token: str = field(default="", repr=False)

    def api(self, *parts: object) -> str:
        """Return the address of a path of the API; each part is quoted."""
        return "/".join([self.url, "api/v1", *(quote(str(part), safe="") for part in parts)])

    def file(self, folder: str, name: str) -> str:
        """Return the address of a file of an export."""
        return f"{self.url}/data/{quote(folder, safe='')}/{quote(name, safe='')}"

    def authorisation(self, url: str) -> dict[str, str]:
        """Return the header with the token, for addresses of the service's origin only."""
        if not self.token or origin(url) != origin(self.url):
            return {}
        return {"authorization": f"Bearer {self.token}"}


def find_service(
    url: str | None = None,
    token: str | None = None,
    *,
    allow_http: bool | None = None,
    environment: Mapping[str, str] = os.environ,
) -> Service:
    """Return the service of the arguments, else of LAGLINE_URL and LAGLINE_TOKEN, else of the keyring.

    An empty token sends none. Raises BadAddress, also for a token that would be sent unencrypted: http is
    for this machine, unless `allow_http` or LAGLINE_ALLOW_HTTP=1 states that the network is trusted.
    """
    address = url or environment.get("LAGLINE_URL") or keyring_store.read_address()
    if not address:
        raise BadAddress(NO_ADDRESS)
    address = normalise(address)
    if token is None:
        token = environment.get("LAGLINE_TOKEN") or keyring_store.read_token(address)
    token = token.strip()
    if any(not "!" <= character <= "~" for character in token):
        raise BadAddress("The token has characters that no token has; copy it again.")
    if allow_http is None:
        allow_http = environment.get("LAGLINE_ALLOW_HTTP") == "1"
    if token and not allow_http and not _is_private(address):
        raise BadAddress(f"{address} is not encrypted, so no token is sent there: use https.")
    return Service(address, token)


def normalise(url: str) -> str:
    """Return an address without the path of the API and a slash at its end. Raises BadAddress."""
    address = url.strip().rstrip("/").removesuffix("/api/v1")
    try:
        parts, _ = urlsplit(address), origin(address)
    except ValueError:
        raise BadAddress(
            f"{url!r} is not the address of a service, such as https://lagline.example."
        ) from None
    if parts.scheme not in PORTS or not parts.hostname or parts.query or parts.fragment:
        raise BadAddress(f"{url!r} is not the address of a service, such as https://lagline.example.")
    if parts.username is not None:
        raise BadAddress("The address of a service has no user name; give the token as LAGLINE_TOKEN.")
    return address


def uses_proxies(address: str) -> bool:
    """Whether the proxies of the environment may be used: one would read what is sent by http."""
    return urlsplit(address).scheme == "https"


def origin(url: str) -> tuple[str, str, int]:
    """Return scheme, host and port of an address. Raises ValueError for a port that is no number."""
    parts = urlsplit(url)
    return parts.scheme, (parts.hostname or "").lower(), parts.port or PORTS.get(parts.scheme, 0)


def _is_private(address: str) -> bool:
    """Whether nobody on the network reads what is sent to an address: by https, or to this machine."""
    scheme, host, _ = origin(address)
    if scheme == "https" or host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
