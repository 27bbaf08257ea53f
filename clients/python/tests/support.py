"""Clients of a simulated service, its responses, and a keyring in memory."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
from keyring.backend import KeyringBackend
from keyring.errors import PasswordDeleteError
from lagline import AsyncClient, Cache, Client, RetryPolicy

URL, TOKEN = "https://lagline.example", "lagline_secret"
META = {
    "as_of": "2026-11-22",
    "data_version": "d1",
    "method_version": "3",
    "licence": "CC-BY-4.0",
    "citation": "Lagline, data d1.",
    "simulated": False,
}
Handler = Callable[[httpx.Request], httpx.Response]


def row(data: object, status: int = 200, headers: dict[str, str] | None = None) -> httpx.Response:
    """Return the response with a single row."""
    return httpx.Response(status, json={"meta": META, "data": data}, headers=headers)


def page(rows: list[dict[str, Any]], *, following: str | None = None, **meta: str) -> httpx.Response:
    """Return the response with a page of a list."""
    content = {"meta": META | meta, "count": len(rows), "next": following, "previous": None, "data": rows}
    return httpx.Response(200, json=content)


def refusal(status: int, code: str, **headers: str) -> httpx.Response:
    """Return an error of the API; underscores in the names of headers are hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, json={"error": {"code": code, "message": f"{code}."}}, headers=named)


class Body(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body in parts, for both clients; after the last part, the connection may break."""

    def __init__(self, *parts: bytes, breaks: bool = False) -> None:
        self.parts, self.breaks, self.closed = parts, breaks, False

    def __iter__(self) -> Iterator[bytes]:
        yield from self.parts
        if self.breaks:
            raise httpx.ReadError("reset")

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for part in self:
            yield part

    def close(self) -> None:
        self.closed = True

    async def aclose(self) -> None:
        self.closed = True


def stream(*parts: bytes, breaks: bool = False) -> httpx.Response:
    """Return a stream of server-sent events."""
    return httpx.Response(
        200, headers={"content-type": "text/event-stream; charset=utf-8"}, stream=Body(*parts, breaks=breaks)
    )


def state_event(state: dict[str, Any]) -> bytes:
    """Return an event that carries a state."""
    return b"event: state\ndata: " + json.dumps(state).encode() + b"\n\n"


@dataclass
class Script:
    """Answers one request after the other with the given responses or errors, and keeps the requests."""

    replies: list[httpx.Response | Exception]
    requests: list[httpx.Request] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        reply = self.replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        return reply


@dataclass
class Both:
    """Calls a method of either client and returns its result, or the list that it yields."""

    is_async: bool
    slept: list[float] = field(default_factory=list)

    def call(self, handler: Handler, name: str, *args: Any, cache: Cache | None = None, **named: Any) -> Any:
        """Call a method of a client with a token, whose requests a handler answers."""
        if self.is_async:
            return asyncio.run(self._call(handler, name, args, named, cache))
        with make_client(handler, cache=cache, sleep=self.slept.append) as client:
            result = getattr(client, name)(*args, **named)
            return list(result) if name == "follow" else result

    async def _call(
        self, handler: Handler, name: str, args: tuple[Any, ...], named: dict[str, Any], cache: Cache | None
    ) -> Any:
        async def sleep(seconds: float) -> None:
            self.slept.append(seconds)

        transport, retries = httpx.MockTransport(handler), RetryPolicy(jitter=lambda: 1.0, clock=lambda: 0.0)
        settings: dict[str, Any] = {"transport": transport, "retries": retries, "sleep": sleep}
        async with AsyncClient(URL, TOKEN, cache=cache, **settings) as client:
            if name == "follow":
                return [state async for state in client.follow(*args)]
            return await getattr(client, name)(*args, **named)


def make_client(
    handler: Handler,
    *,
    url: str = URL,
    token: str | None = TOKEN,
    cache: Cache | None = None,
    sleep: Callable[[float], None] = lambda seconds: None,
) -> Client:
    """Return a synchronous client whose requests a handler answers."""
    retries = RetryPolicy(jitter=lambda: 1.0, clock=lambda: 0.0)
    transport = httpx.MockTransport(handler)
    return Client(url, token, cache=cache, transport=transport, retries=retries, sleep=sleep)


class MemoryKeyring(KeyringBackend):
    """A keyring in memory."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.passwords: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.passwords.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.passwords[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if self.passwords.pop((service, username), None) is None:
            raise PasswordDeleteError("not there")
