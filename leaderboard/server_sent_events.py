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

FOLLOWERS = 32  # a process; gunicorn's --threads is larger by what the pages need
STREAM_S = 55.0
LOOK_S = 1.0
BREATH_S = 5.0  # silence after which a comment is sent, so that a reader that left is noticed
SHARE_OF_TIME = 0.1  # a state that is slow to look up is looked up less often
RECONNECT_MS = 2000

ASK_AGAIN_S = 5


class AllPlacesTaken(Exception):
    """As many follow as this process can bear; who comes now asks for the state itself from time to time."""


stops: list[Callable[[], bool]] = []  # how a stream sees that the web server wants to end
places = threading.BoundedSemaphore(FOLLOWERS)


@dataclass(frozen=True, slots=True)
class State:
    """What followers are told: the body of each event by its name, and whether it was the last."""

    events: dict[str, str]
    ended: bool


@dataclass
class Look:
    """The newest look at one state, shared by all who follow it in this process."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    state: State | None = None
    until: float = 0.0


looks: dict[str, Look] = {}
MOST_LOOKS = 512


def look(name: str, see: Callable[[], State | None]) -> State | None:
    """Return a state that is at most a second old, or as much older as it is slow to see."""
    if len(looks) > MOST_LOOKS:
        looks.clear()
    shared = looks.setdefault(name, Look())
    with shared.lock:
        if (began := time.monotonic()) >= shared.until:
            shared.state = see()
            took = time.monotonic() - began
            shared.until = time.monotonic() + max(LOOK_S, took / SHARE_OF_TIME)
        return shared.state


def follow(name: str, see: Callable[[], State | None]) -> StreamingHttpResponse:
    """Answer with a stream of a state's changes until it has ended; raises AllPlacesTaken."""
    if not places.acquire(blocking=False):
        raise AllPlacesTaken
    response = StreamingHttpResponse(Stream(name, see), content_type="text/event-stream; charset=utf-8")
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"
    response["Content-Encoding"] = "identity"  # compressed, an event would wait for the next
    return response


class Stream:
    """The events of one follower; its place is given back when the server closes it, however it ends."""

    def __init__(self, name: str, see: Callable[[], State | None]) -> None:
        self.name, self.see = name, see
        self.open = True

    def __iter__(self) -> Iterator[bytes]:
        """Give each event that differs from the last one of its name."""
        yield f"retry: {RECONNECT_MS}\n\n".encode()
        until, told, spoke = time.monotonic() + STREAM_S, dict[str, str](), time.monotonic()
        while self.open and time.monotonic() < until and not any(stop() for stop in stops):
            state = look(self.name, self.see)
            if not connection.in_atomic_block:
                connection.close()
            if state is None:
                return
            for event, body in state.events.items():
                if told.get(event) != body:
                    told[event], spoke = body, time.monotonic()
                    yield _event(event, body)
            if state.ended:
                yield _event("end", "")
                return
            if time.monotonic() - spoke > BREATH_S:
                spoke = time.monotonic()
                yield b":\n\n"
            time.sleep(LOOK_S / 2)

    def close(self) -> None:
        """Give the place back, once."""
        if self.open:
            self.open = False
            places.release()


def _event(name: str, body: str) -> bytes:
    lines = "".join(f"data: {line}\n" for line in body.splitlines() or [""])
    return f"event: {name}\n{lines}\n".encode()
