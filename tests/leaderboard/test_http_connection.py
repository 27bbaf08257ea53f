"""A connection waits for its client for a limited time only, and takes a limited size."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
import uvicorn

from leaderboard import http_connection
from leaderboard.asgi import ClientDisconnected, Message, Receive, Send, read_body, send_bytes
from leaderboard.http_connection import ClientLimits, Connection

LIMITS = ClientLimits(
    header_s=0.5, body_s=0.5, send_s=0.5, max_body_bytes=lambda url: 1000, max_connections=50
)
BIG = 20 * 2**20  # more than the kernel buffers for a client that does not read
MANY = 400
"""Bytes of a drip-fed request that would take 20 seconds."""

Connect = Callable[[bytes], socket.socket]


async def application(scope: Message, receive: Receive, send: Send) -> None:
    """Answer with the size of the body, or with a large body."""
    try:
        size = len((await read_body(receive)).getvalue())
    except ClientDisconnected:
        return
    content = bytes(BIG) if scope["path"] == "/big" else str(size).encode()
    length = (b"Content-Length", str(len(content)).encode())
    await send({"type": "http.response.start", "status": 200, "headers": [length]})
    await send_bytes(content, send)


@pytest.fixture
def limits(request: pytest.FixtureRequest) -> ClientLimits:
    return replace(LIMITS, **getattr(request, "param", {}))


@pytest.fixture
def connect(limits: ClientLimits) -> Iterator[Connect]:
    """Run a server; return a function that connects to it and sends bytes."""

    class Limited(Connection):
        waiting = {}

    Limited.limits = limits
    server = uvicorn.Server(
        uvicorn.Config(
            application, http=Limited, loop="uvloop", lifespan="off", log_config=None, access_log=False
        )
    )
    with socket.create_server(("127.0.0.1", 0)) as listener:
        run = server.serve(sockets=[listener])
        thread = threading.Thread(target=asyncio.run, args=[run])
        thread.start()
        opened: list[socket.socket] = []

        def connect(sent: bytes) -> socket.socket:
            opened.append(socket.create_connection(listener.getsockname(), timeout=20))
            opened[-1].sendall(sent)
            return opened[-1]

        yield connect
        for client in opened:
            client.close()
        server.should_exit = True
        thread.join(timeout=20)
    assert not thread.is_alive()
    assert not Limited.waiting
    assert Connection.buffered_bytes == 0


def answer(client: socket.socket) -> bytes:
    """Return all that a client receives until the server closes or sends a complete small response."""
    received = b""
    try:
        while part := client.recv(2**16):
            received += part
            if received.partition(b"\r\n\r\n")[2] and b"Connection: close" not in received:
                break
    except ConnectionResetError:
        pass
    return received


def status(client: socket.socket) -> int:
    return int(answer(client).split()[1])


def get(connect: Connect) -> int:
    return status(connect(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"))


HALF_HEADERS = b"GET / HTTP/1.1\r\nHost: x\r\nA: "
HALF_BODY = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\n"


@pytest.mark.parametrize("half", [HALF_HEADERS, HALF_BODY])
def test_a_request_that_stays_incomplete_is_closed(connect: Connect, half: bytes) -> None:
    assert status(connect(half)) == 408


@pytest.mark.parametrize("before", [b"", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"])
@pytest.mark.parametrize("half", [HALF_HEADERS, HALF_BODY])
def test_a_drip_fed_request_gains_no_time(connect: Connect, before: bytes, half: bytes) -> None:
    client = connect(before)
    if before:
        assert status(client) == 200
    client.sendall(half)
    sent = 0
    try:
        while sent < MANY:
            client.sendall(b"a")
            sent += 1
            time.sleep(0.05)
    except OSError:
        pass
    assert sent < MANY


@pytest.mark.parametrize(
    ("request_line", "expected"),
    [
        (b"POST / HTTP/1.1\r\nContent-Length: 1001\r\n\r\n", 413),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n" + bytes(1001), 413),
        (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\n\r\n", 414),
        (b"GET / HTTP/1.1\r\nA: " + b"a" * 33_000 + b"\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\nA: " + b"a" * 33_000, 431),
        (b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 101 + b"\r\n", 431),
        (b"GET / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
        (b"CONNECT example.org:443 HTTP/1.1\r\n\r\n", 400),
        (b"nonsense\r\n\r\n", 400),
    ],
)
def test_what_exceeds_a_limit_is_refused(connect: Connect, request_line: bytes, expected: int) -> None:
    assert status(connect(request_line)) == expected


def test_a_refused_client_can_send_on_and_still_read_why(connect: Connect) -> None:
    client = connect(b"POST / HTTP/1.1\r\nContent-Length: 9000000\r\n\r\n")
    for _ in range(20):
        client.sendall(bytes(10_000))
        time.sleep(0.01)
    assert status(client) == 413


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (b"POST / HTTP/1.1\r\nContent-Length: 1000\r\n\r\n" + bytes(1000), b"1000"),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", b"3"),
        (b"GET / HTTP/1.1\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n\r\n", b"0"),
    ],
)
def test_what_is_within_the_limits_is_answered(connect: Connect, sent: bytes, expected: bytes) -> None:
    received = answer(connect(sent))
    assert received.startswith(b"HTTP/1.1 200")
    assert received.endswith(b"\r\n\r\n" + expected)


def test_pipelined_requests_are_answered_in_order(connect: Connect) -> None:
    client = connect(b"".join(b"POST / HTTP/1.1\r\nContent-Length: 1\r\n\r\na" for _ in range(3)))
    received = b""
    while received.count(b"HTTP/1.1 200") < 3:
        received += client.recv(2**16)


@pytest.mark.parametrize("limits", [{"send_s": 0.5}], indirect=True)
def test_who_does_not_read_a_response_is_disconnected(connect: Connect) -> None:
    client = connect(b"GET /big HTTP/1.1\r\nHost: x\r\n\r\n")
    time.sleep(5)
    received = len(answer_slowly(client, pause_s=0))
    assert received < BIG


@pytest.mark.parametrize("limits", [{"send_s": 20}], indirect=True)
def test_who_reads_slowly_but_steadily_receives_all(connect: Connect) -> None:
    client = connect(b"GET /big HTTP/1.1\r\nHost: x\r\n\r\n")
    assert len(answer_slowly(client, pause_s=0.01)) > BIG


def answer_slowly(client: socket.socket, *, pause_s: float) -> bytes:
    """Read a large response until it is complete or cut off."""
    received = bytearray()
    try:
        while len(received) <= BIG and (part := client.recv(2**17)):
            received += part
            time.sleep(pause_s)
    except ConnectionResetError:
        pass
    return bytes(received)


UNREAD = b"GET /big HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.mark.parametrize("sent", [HALF_HEADERS, HALF_BODY, UNREAD])
@pytest.mark.parametrize(
    "limits", [{"header_s": 60, "body_s": 60, "send_s": 60, "max_connections": 10}], indirect=True
)
def test_above_the_limit_the_connections_that_wait_longest_are_closed(connect: Connect, sent: bytes) -> None:
    waiting = [connect(sent) for _ in range(30)]
    assert [get(connect) for _ in range(20)] == [200] * 20
    assert len(answer_slowly(waiting[0], pause_s=0)) < BIG


@pytest.mark.parametrize("limits", [{"body_s": 60}], indirect=True)
def test_the_bodies_of_all_requests_together_are_limited(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_connection, "MAX_BUFFERED_BYTES", 4000)
    half = [connect(HALF_BODY + bytes(800)) for _ in range(5)]
    full = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\n" + bytes(900)
    assert status(connect(full)) == 503
    assert get(connect) == 200
    for client in half:
        client.close()
    until = time.monotonic() + 20
    while status(connect(full)) == 503:
        assert time.monotonic() < until
