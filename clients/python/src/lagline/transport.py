"""Sends requests by httpx: the synchronous and the asynchronous way to perform the effects of flows."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from importlib.metadata import version
from typing import Any
from urllib.parse import urlsplit

import httpx

from lagline import messages
from lagline.errors import UnexpectedResponse, Unreachable
from lagline.flows import Close, Effect, Open, Read, Send, Sleep

USER_AGENT = f"lagline-python/{version('lagline')}"
TIMEOUT_S = 30.0


class Performer:
    """Performs the effects of one flow; it holds at most one open response."""

    def __init__(self, http: httpx.Client, sleep: Callable[[float], None]) -> None:
        self._http, self._sleep = http, sleep
        self._response: httpx.Response | None = None
        self._chunks: Iterator[bytes] = iter(())

    def perform(self, effect: Effect) -> Any:
        """Return what an effect gives. Raises Unreachable."""
        try:
            match effect:
                case Send(request):
                    return received(self._http.send(self._build(request)))
                case Open(request):
                    self.close()
                    self._response = self._http.send(self._build(request), stream=True)
                    self._chunks = self._response.iter_bytes()
                    return head_of(self._response)
                case Read():
                    return next(self._chunks, b"")
                case Close():
                    return self.close()
                case Sleep(seconds):
                    return self._sleep(seconds)
        except (httpx.RequestError, httpx.InvalidURL) as error:
            raise translated(error) from error
        raise TypeError(effect)

    def close(self) -> None:
        """Close the open response, if there is one."""
        if self._response is not None:
            self._response.close()
        self._response, self._chunks = None, iter(())

    def _build(self, request: messages.Request) -> httpx.Request:
        return self._http.build_request(
            request.method, request.url, headers=dict(request.headers), content=request.content
        )


class AsyncPerformer:
    """The same without blocking."""

    def __init__(self, http: httpx.AsyncClient, sleep: Callable[[float], Awaitable[None]]) -> None:
        self._http, self._sleep = http, sleep
        self._response: httpx.Response | None = None
        self._chunks: AsyncIterator[bytes] | None = None

    async def perform(self, effect: Effect) -> Any:
        """Return what an effect gives. Raises Unreachable."""
        try:
            match effect:
                case Send(request):
                    return received(await self._http.send(self._build(request)))
                case Open(request):
                    await self.close()
                    self._response = await self._http.send(self._build(request), stream=True)
                    self._chunks = self._response.aiter_bytes()
                    return head_of(self._response)
                case Read():
                    return await anext(self._chunks, b"") if self._chunks else b""
                case Close():
                    return await self.close()
                case Sleep(seconds):
                    return await self._sleep(seconds)
        except (httpx.RequestError, httpx.InvalidURL) as error:
            raise translated(error) from error
        raise TypeError(effect)

    async def close(self) -> None:
        """Close the open response, if there is one."""
        if self._response is not None:
            await self._response.aclose()
        self._response, self._chunks = None, None

    def _build(self, request: messages.Request) -> httpx.Request:
        return self._http.build_request(
            request.method, request.url, headers=dict(request.headers), content=request.content
        )


def received(response: httpx.Response) -> messages.Response:
    """Return a response with its body."""
    return messages.Response(response.status_code, str(response.url), _headers(response), response.content)


def head_of(response: httpx.Response) -> messages.Response:
    """Return a response whose body is still to come."""
    return messages.Response(response.status_code, str(response.url), _headers(response))


def translated(error: Exception) -> Exception:
    """Return an error of httpx as one of this package, in a sentence."""
    if isinstance(error, httpx.InvalidURL):
        return UnexpectedResponse("The service redirects to an address that is none.")
    host = urlsplit(str(error.request.url)).netloc if isinstance(error, httpx.RequestError) else ""
    if isinstance(error, httpx.TimeoutException):
        return Unreachable(f"{host} does not answer in time.")
    if isinstance(error, httpx.ConnectError):
        return Unreachable(f"{host} cannot be reached: {error}")
    return Unreachable(f"The connection to {host} broke: {error}")


def _headers(response: httpx.Response) -> dict[str, str]:
    return {name.lower(): value for name, value in response.headers.items()}
