"""Attacks by clients that never finish: half-sent headers, half-sent bodies, one byte at a time."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import ExitStack
from urllib.parse import urlsplit

import httpx2

from tests.attacks.attack import Count
from tests.attacks.service import Service

CONNECTIONS, FULL_CONNECTIONS = 100, 400
HEAD = b"POST /api/v1/disputes HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
HALF_A_HEAD = HEAD + b"X-Padding: "
HALF_A_BODY = HEAD + b"Content-Length: 5000\r\n\r\n{"
ANSWER_S = 20.0
CLOSED_WITHIN_S = 90.0
PATHS = ("/healthz", "/", "/models/", "/api/v1/models")


def half_sent_heads(service: Service) -> Count:
    """Connections that never end their headers keep nobody else waiting."""
    return _hold(service, HALF_A_HEAD)


def half_sent_bodies(service: Service) -> Count:
    """Connections that never end their body keep nobody else waiting."""
    return _hold(service, HALF_A_BODY)


def dripped_bodies(service: Service) -> Count:
    """Clients that send one byte a second keep nobody else waiting."""
    return _hold(service, HALF_A_BODY, drip=True)


def silent_readers(service: Service) -> Count:
    """Clients that ask for pages and never read them keep nobody else waiting."""
    return _hold(service, b"GET /api/v1/scores?page_size=200 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" * 20)


def half_sent_requests_end(service: Service) -> Count:
    """The server closes connections whose request does not arrive."""
    count = Count()
    for beginning in (HALF_A_HEAD, HALF_A_BODY):
        with _connect(service) as connection:
            connection.sendall(beginning)
            count.add(_ends(connection), f"{beginning[-12:]!r} was still open after {CLOSED_WITHIN_S:.0f} s")
    return count


def _hold(service: Service, beginning: bytes, *, drip: bool = False) -> Count:
    count = Count()
    with ExitStack() as stack:
        wanted = FULL_CONNECTIONS if service.full else CONNECTIONS
        connections = [stack.enter_context(_connect(service)) for _ in range(wanted)]
        for connection in connections:
            connection.sendall(beginning)
        stop = threading.Event()
        if drip:
            thread = threading.Thread(target=_drip, args=(connections, stop), daemon=True)
            thread.start()
        for path in PATHS:
            try:
                response = service.client("127.50.1.1").get(path, timeout=ANSWER_S)
                count.add(response.status_code == 200, f"{path}: {response.status_code}")
            except httpx2.TransportError as error:
                count.add(False, f"{path}: {error!r}")
        stop.set()
    return count


def _drip(connections: list[socket.socket], stop: threading.Event) -> None:
    while not stop.wait(1):
        for connection in connections:
            try:
                connection.sendall(b" ")
            except OSError:
                continue


def _connect(service: Service) -> socket.socket:
    url = urlsplit(service.url)
    return socket.create_connection((url.hostname, url.port), timeout=10, source_address=("127.50.9.1", 0))


def _ends(connection: socket.socket) -> bool:
    """Tell whether the server closes a connection, with or without an answer."""
    connection.settimeout(CLOSED_WITHIN_S)
    until = time.monotonic() + CLOSED_WITHIN_S
    try:
        while time.monotonic() < until:
            if not connection.recv(4096):
                return True
    except TimeoutError:
        return False
    except OSError:
        return True
    return False
