"""The hub's HTTP client under our guard: it connects to addresses that were checked, and to no other."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable
from functools import cache
from typing import Any
from urllib.request import getproxies

import httpcore2
import httpx2
from huggingface_hub import constants, set_client_factory
from huggingface_hub.utils._http import hf_request_event_hook

from evals.engine.guard import is_internal, is_public, parse_url, refusal


@cache
def guard_hub_client() -> None:
    """Let the hub's client connect to public addresses only. Raises AddressRefused for a bad HF_ENDPOINT.

    An operator whose HF_ENDPOINT is inside vouches for it. Where the environment names a proxy, the proxy
    connects, and its operator decides where to.
    """
    os.environ["HF_HUB_DISABLE_XET"] = "1"
    constants.HF_HUB_DISABLE_XET = True  # a client outside Python, whose connections nobody checks
    endpoint = parse_url(constants.ENDPOINT)
    if not is_internal(endpoint.raw_host or "") and not getproxies().get(endpoint.scheme):
        set_client_factory(guarded_client)


def guarded_client() -> httpx2.Client:
    """Return a client like the hub's own, on guarded connections."""
    return httpx2.Client(
        transport=GuardedTransport(),
        event_hooks={"request": [hf_request_event_hook]},
        follow_redirects=True,
        timeout=None,
    )


class GuardedTransport(httpx2.HTTPTransport):
    """A transport whose connections are opened by GuardedConnector."""

    def __init__(self) -> None:
        super().__init__()
        self._pool = httpcore2.ConnectionPool(
            ssl_context=httpx2.create_ssl_context(), network_backend=GuardedConnector()
        )


class GuardedConnector(httpcore2.SyncBackend):
    """Opens connections to public addresses."""

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        """Connect to an address that was checked, so that a second look-up cannot lead elsewhere.

        Raises AddressRefused if a single address of the host is inside.
        """
        try:
            addresses = [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
        except OSError as error:
            raise httpcore2.ConnectError(str(error)) from error
        for address in addresses:
            if not is_public(address):
                raise refusal(host, address)
        for address in addresses[:-1]:
            try:
                return super().connect_tcp(address, port, timeout, local_address, socket_options)
            except httpcore2.ConnectError:
                continue
        return super().connect_tcp(addresses[-1], port, timeout, local_address, socket_options)
