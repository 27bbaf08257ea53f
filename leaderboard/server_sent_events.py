"""Server-sent events: a state is told when it has changed, to as many as one process can bear.

A follower holds a thread while it follows, so a process takes FOLLOWERS of them and no more; who comes later
is refused (503) and asks again from time to time. It holds no database connection: a state is looked up by
whichever follower finds it old, for all of them, and the connection goes back. A stream ends after STREAM_S,
so that a reader that hangs costs a thread no longer than that; browsers connect again by themselves, and the
first events of a stream are always the whole state, so nothing is missed.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from django.db import connection
from django.http import StreamingHttpResponse

MAX_CONNECTIONS = 32  # a process; gunicorn's --threads is larger by what the pages need
STREAM_S = 55.0
POLL_S = 1.0
KEEP_ALIVE_S = 5.0  # silence after which a comment is sent, so that a reader that left is noticed
MAX_POLL_SHARE = 0.1  # a state that is slow to look up is looked up less often
RECONNECT_MS = 2000

RETRY_AFTER_S = 5


class ConnectionLimitReached(Exception):
    """As many follow as this process can bear; who comes now asks for the state itself from time to time."""


stop_checks: list[Callable[[], bool]] = []  # how a stream sees that the web server wants to end
connections = threading.BoundedSemaphore(MAX_CONNECTIONS)


@dataclass(frozen=True, slots=True)
class StreamState:
    """What followers are told: the body of each event by its name, and whether it was the last."""

    events: dict[str, str]
    ended: bool


@dataclass
class CachedState:
    """The newest look at one state, shared by all who follow it in this process."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    state: StreamState | None = None
    until: float = 0.0


cached_states: dict[str, CachedState] = {}
MAX_CACHED_STATES = 512


def cached_state(name: str, see: Callable[[], StreamState | None]) -> StreamState | None:
    """Return a state that is at most a second old, or as much older as it is slow to see."""
    if len(cached_states) > MAX_CACHED_STATES:
        cached_states.clear()
    shared = cached_states.setdefault(name, CachedState())
    with shared.lock:
        if (began := time.monotonic()) >= shared.until:
            shared.state = see()
            took = time.monotonic() - began
            shared.until = time.monotonic() + max(POLL_S, took / MAX_POLL_SHARE)
        return shared.state


def stream_events(name: str, see: Callable[[], StreamState | None]) -> StreamingHttpResponse:
    """Answer with a stream of a state's changes until it has ended; raises ConnectionLimitReached."""
    if not connections.acquire(blocking=False):
        raise ConnectionLimitReached
    response = StreamingHttpResponse(Stream(name, see), content_type="text/event-stream; charset=utf-8")
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"
    response["Content-Encoding"] = "identity"  # compressed, an event would wait for the next
    return response


class Stream:
    """The events of one follower; its place is given back when the server closes it, however it ends."""

    def __init__(self, name: str, see: Callable[[], StreamState | None]) -> None:
        self.name, self.see = name, see
        self.open = True

    def __iter__(self) -> Iterator[bytes]:
        """Give each event that differs from the last one of its name."""
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
        """Give the place back, once."""
        if self.open:
            self.open = False
            connections.release()


def _event(name: str, body: str) -> bytes:
    lines = "".join(f"data: {line}\n" for line in body.splitlines() or [""])
    return f"event: {name}\n{lines}\n".encode()
