"""One HTTP connection: time and size limits, kept on the event loop before a thread is used.

A request must arrive in time as a whole, however often the client sends another byte. A response must be
read in steps, each in time. uvicorn itself limits the time of idle connections only.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from http import HTTPStatus
from typing import Any, ClassVar

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_URL_BYTES = 8 * 1024
MAX_HEADER_BYTES = 32 * 1024
MAX_HEADERS = 100
MAX_BUFFERED_BYTES = 128 * 2**20  # of all bodies together
LINGER_S = 2.0  # a refused client is given this time to read why


@dataclass(frozen=True, slots=True)
class ClientLimits:
    """The limits that an operator sets."""

    header_s: float
    body_s: float
    send_s: float
    max_body_bytes: Callable[[bytes], int]  # by URL
    max_connections: int


class Awaited(Enum):
    """What the server waits for."""

    NOTHING = auto()  # no request has begun
    HEADERS = auto()
    BODY = auto()
    RESPONSE = auto()  # the request is complete


class RequestRefused(Exception):
    """A request is refused before it is complete."""

    def __init__(self, status: HTTPStatus) -> None:
        self.status = status


class Connection(HttpToolsProtocol):
    """A connection that waits for its client for a limited time only."""

    limits: ClassVar[ClientLimits]
    waiting: ClassVar[dict[Connection, None]] = {}  # for their clients, longest first
    buffered_bytes: ClassVar[int] = 0

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.awaits = Awaited.HEADERS
        self.header_bytes = self.body_bytes = 0
        self.is_refused = False
        self.input_deadline: asyncio.TimerHandle | None = None
        self.deadline_for = Awaited.NOTHING
        self.output_deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start to wait; above the limit of connections, close the one that has waited longest."""
        super().connection_made(transport)
        self.waiting[self] = None
        self._set_input_deadline()
        if len(self.connections) > self.limits.max_connections:
            oldest = next(iter(self.waiting))
            del self.waiting[oldest]
            oldest.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self.awaits = Awaited.NOTHING
        self._set_input_deadline()
        self._end_output_deadline()
        self._release_body()
        self.waiting.pop(self, None)
        super().connection_lost(exc)

    # Input

    def data_received(self, data: bytes) -> None:
        """Parse what has arrived."""
        if self.is_refused:
            return
        self._unset_keepalive_if_required()
        if self.awaits is Awaited.NOTHING:
            self.awaits, self.header_bytes = Awaited.HEADERS, 0
        try:
            self._parse(data)
        except RequestRefused as refusal:
            self._refuse(refusal.status)
        else:
            self._set_input_deadline()

    def _parse(self, data: bytes) -> None:
        """Call the methods below for what has arrived. Raises RequestRefused."""
        self.header_bytes += len(data)
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self.cycle.keep_alive = False  # the request is answered, in this protocol
        except httptools.HttpParserCallbackError as error:
            if isinstance(error.__context__, RequestRefused):
                raise error.__context__ from None
            raise RequestRefused(HTTPStatus.BAD_REQUEST) from error
        except httptools.HttpParserError as error:
            raise RequestRefused(HTTPStatus.BAD_REQUEST) from error
        if self.awaits is Awaited.HEADERS and self.header_bytes > MAX_HEADER_BYTES:
            raise RequestRefused(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)

    def on_headers_complete(self) -> None:
        """Check the headers, before the application or a body costs anything."""
        size = sum(len(name) + len(value) + 4 for name, value in self.headers)
        if len(self.url) > MAX_URL_BYTES:
            raise RequestRefused(HTTPStatus.REQUEST_URI_TOO_LONG)
        if size > MAX_HEADER_BYTES or len(self.headers) > MAX_HEADERS:
            raise RequestRefused(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        length = next((value for name, value in self.headers if name == b"content-length"), b"0")
        if int(length) > self.limits.max_body_bytes(self.url):
            raise RequestRefused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        super().on_headers_complete()
        self.awaits = Awaited.BODY

    def on_body(self, body: bytes) -> None:
        """Count the body, which may have no length in its headers."""
        self.body_bytes += len(body)
        Connection.buffered_bytes += len(body)
        if self.body_bytes > self.limits.max_body_bytes(self.url):
            raise RequestRefused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        if Connection.buffered_bytes > MAX_BUFFERED_BYTES:
            raise RequestRefused(HTTPStatus.SERVICE_UNAVAILABLE)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Stop waiting for input."""
        self.awaits = Awaited.RESPONSE
        self.waiting.pop(self, None)
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        self._release_body()
        super().on_response_complete()
        if self.transport.get_write_buffer_size():
            self._start_output_deadline()
        if self.awaits is Awaited.RESPONSE and not self.transport.is_closing():
            self.awaits = Awaited.NOTHING
            self.waiting[self] = None

    def shutdown(self) -> None:
        """End the connection when its response is sent; a request that is incomplete gets none."""
        if self.awaits is Awaited.BODY:
            self.transport.abort()
        else:
            super().shutdown()

    # Output

    def pause_writing(self) -> None:
        """Start to wait for the client to read."""
        super().pause_writing()
        self._start_output_deadline()

    def resume_writing(self) -> None:
        """The client has read enough."""
        super().resume_writing()
        self._end_output_deadline()

    def _start_output_deadline(self) -> None:
        self.waiting[self] = None
        if self.output_deadline is None:
            self.output_deadline = self.loop.call_later(self.limits.send_s, self._abort_unread)

    def _end_output_deadline(self) -> None:
        if self.output_deadline is not None:
            self.output_deadline.cancel()
            self.output_deadline = None
        if self.awaits is Awaited.RESPONSE:
            self.waiting.pop(self, None)

    def _abort_unread(self) -> None:
        self.output_deadline = None
        if self.transport.get_write_buffer_size():
            self.transport.abort()

    # ClientLimits

    def _set_input_deadline(self) -> None:
        """Give each part of a request one deadline, which more bytes do not move."""
        if self.awaits is self.deadline_for:
            return
        if self.input_deadline is not None:
            self.input_deadline.cancel()
            self.input_deadline = None
        self.deadline_for = self.awaits
        seconds = {Awaited.HEADERS: self.limits.header_s, Awaited.BODY: self.limits.body_s}.get(self.awaits)
        if seconds is not None:
            self.input_deadline = self.loop.call_later(seconds, self._refuse, HTTPStatus.REQUEST_TIMEOUT)

    def _refuse(self, status: HTTPStatus) -> None:
        """Answer with a status, and close once the client has had time to read it."""
        self.is_refused = True
        self._release_body()
        self.waiting.pop(self, None)
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.disconnected = True  # the application stops waiting for the body
            self.cycle.message_event.set()
            if self.cycle.response_started:
                self.transport.abort()
                return
        line = f"{status.value} {status.phrase}"
        headers = f"Content-Type: text/plain\r\nContent-Length: {len(line)}\r\nConnection: close"
        self.transport.write(f"HTTP/1.1 {line}\r\n{headers}\r\n\r\n{line}".encode("ascii"))
        self.transport.write_eof()
        self.flow.resume_reading()  # so that what still arrives does not reset the connection
        if self.input_deadline is not None:
            self.input_deadline.cancel()
        self.input_deadline = self.loop.call_later(LINGER_S, self.transport.abort)

    def _release_body(self) -> None:
        Connection.buffered_bytes -= self.body_bytes
        self.body_bytes = 0
