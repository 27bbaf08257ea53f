"""Server-sent events: stream a state whenever it changes, to a bounded number of clients per process.

A stream occupies a thread (leaderboard/asgi.py), so a process accepts MAX_CONNECTIONS of them, and
MAX_PER_CLIENT from one network or account; further clients get 503 and poll. A stream keeps no database
connection: whichever stream first finds the cached state out of date reads it for all of them. A stream ends
after STREAM_S and frees its thread then; browsers reconnect by themselves and receive the whole state first,
so they miss nothing.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from django.db import connection
from django.http import HttpRequest, StreamingHttpResponse

from leaderboard.client_address import network_address

EVENT_STREAM = "text/event-stream"
MAX_CONNECTIONS = 64  # per process
MAX_PER_CLIENT = 8  # of one network, and of one account
STREAM_S = 55.0
POLL_S = 1.0
KEEP_ALIVE_S = 5.0  # silence after which a comment is sent, so that a closed connection is noticed
MAX_POLL_SHARE = 0.1  # a state that is slow to read is read less often
RECONNECT_MS = 2000

RETRY_AFTER_S = 5


class ConnectionLimitReached(Exception):
    """This process, or this client, has as many streams as are allowed; the client should poll instead."""


stop_checks: list[Callable[[], bool]] = []  # callbacks that tell a stream that the web server is stopping


class OpenStreams:
    """Counts the open streams: all together, and those of each network and account."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.all = 0
        self.by_client: Counter[str] = Counter()

    def add(self, clients: tuple[str, ...]) -> None:
        """Count one stream more. Raises ConnectionLimitReached."""
        with self.lock:
            by_client = (self.by_client[client] for client in clients)
            if self.all >= MAX_CONNECTIONS or any(count >= MAX_PER_CLIENT for count in by_client):
                raise ConnectionLimitReached
            self.all += 1
            self.by_client.update(clients)

    def remove(self, clients: tuple[str, ...]) -> None:
        """Count one stream less."""
        with self.lock:
            self.all -= 1
            self.by_client.subtract(clients)
            self.by_client = +self.by_client  # without zeros, so that it does not grow


open_streams = OpenStreams()


@dataclass(frozen=True, slots=True)
class StreamState:
    """The body of each event by name, and whether the state is final."""

    events: dict[str, str]
    ended: bool


@dataclass
class CachedState:
    """The last read of a state, shared by all streams of this process."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    state: StreamState | None = None
    until: float = 0.0


cached_states: dict[str, CachedState] = {}
MAX_CACHED_STATES = 512


def cached_state(name: str, see: Callable[[], StreamState | None]) -> StreamState | None:
    """Return a state at most POLL_S old, or older if reading it is slow (see MAX_POLL_SHARE)."""
    if len(cached_states) > MAX_CACHED_STATES:
        cached_states.clear()
    shared = cached_states.setdefault(name, CachedState())
    with shared.lock:
        if (began := time.monotonic()) >= shared.until:
            shared.state = see()
            took = time.monotonic() - began
            shared.until = time.monotonic() + max(POLL_S, took / MAX_POLL_SHARE)
        return shared.state


def stream_events(
    request: HttpRequest, name: str, see: Callable[[], StreamState | None]
) -> StreamingHttpResponse:
    """Return a stream of a state's changes until the state is final. Raises ConnectionLimitReached."""
    clients = _clients(request)
    open_streams.add(clients)
    response = StreamingHttpResponse(
        Stream(name, see, clients), content_type=f"{EVENT_STREAM}; charset=utf-8"
    )
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"
    response["Content-Encoding"] = "identity"  # compression would delay each event until the next
    return response


def _clients(request: HttpRequest) -> tuple[str, ...]:
    """Return whose limits a request counts against: its network's and its account's."""
    network = f"network {network_address(request)}"
    return (network, f"account {request.user.pk}") if request.user.is_authenticated else (network,)


class Stream:
    """The events of one client; it no longer counts when the server closes it, however it ends."""

    def __init__(self, name: str, see: Callable[[], StreamState | None], clients: tuple[str, ...]) -> None:
        self.name, self.see, self.clients = name, see, clients
        self.open = True
        self.closing = threading.Lock()

    def __iter__(self) -> Iterator[bytes]:
        """Yield each event whose body differs from the last one of its name."""
        yield f"retry: {RECONNECT_MS}\n\n".encode()
        until, sent, last_sent = time.monotonic() + STREAM_S, dict[str, str](), time.monotonic()
        while self.open and time.monotonic() < until and not any(stop() for stop in stop_checks):
            state = cached_state(self.name, self.see)
            if not connection.in_atomic_block:
                connection.close()
            if state is None:
                return
            for event, body in state.events.items():
                if sent.get(event) != body:
                    sent[event], last_sent = body, time.monotonic()
                    yield _event(event, body)
            if state.ended:
                yield _event("end", "")
                return
            if time.monotonic() - last_sent > KEEP_ALIVE_S:
                last_sent = time.monotonic()
                yield b":\n\n"
            time.sleep(POLL_S / 2)

    def close(self) -> None:
        """End the stream, from whichever thread."""
        with self.closing:
            if self.open:
                self.open = False
                open_streams.remove(self.clients)


def _event(name: str, body: str) -> bytes:
    lines = "".join(f"data: {line}\n" for line in body.splitlines() or [""])
    return f"event: {name}\n{lines}\n".encode()
