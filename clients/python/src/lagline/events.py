"""Server-sent events, parsed as they arrive."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lagline.errors import UnexpectedResponse

MAX_BYTES = 16 * 2**20
"""Size of the largest event; a longer one is not from this service."""


@dataclass(frozen=True, slots=True)
class Event:
    """An event: its name, its data, and its id, which a client names when it connects again."""

    name: str
    data: str
    id: str = ""


class EventParser:
    """Turns the bytes of a stream into events, however they are cut. `retry_s` is the wait that it states."""

    def __init__(self) -> None:
        self.retry_s: float | None = None
        self._rest = b""
        self._size = 0
        self._start()
        self._id = ""

    def feed(self, chunk: bytes) -> Iterator[Event]:
        """Yield the events that a chunk completes. Raises UnexpectedResponse for one that has no end."""
        self._size += len(chunk)
        lines = (self._rest + chunk).replace(b"\r\n", b"\n").split(b"\n")
        self._rest = lines.pop()
        for line in lines:
            text = line.rstrip(b"\r").decode(errors="replace")
            if text:
                self._take(text)
                continue
            if self._data:
                yield Event(self._name or "message", "\n".join(self._data), self._id)
            self._start()
            self._size = len(self._rest)
        if self._size > MAX_BYTES:
            raise UnexpectedResponse("The service sends an event that does not end.")

    def _start(self) -> None:
        self._name, self._data = "", list[str]()

    def _take(self, line: str) -> None:
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "event":
            self._name = value
        elif name == "data":
            self._data.append(value)
        elif name == "id" and "\0" not in value:
            self._id = value
        elif name == "retry" and value.isascii() and value.isdigit():
            self.retry_s = int(value) / 1000
