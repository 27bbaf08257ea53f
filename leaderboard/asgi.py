"""The ASGI application: receives a request on the event loop, then answers it in a thread.

A request that is still arriving, a response that is still being read and an idle connection therefore occupy
no thread. Event streams, which mostly sleep, have threads of their own, so that they never delay pages.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from io import BytesIO
from typing import Any

from django.core.handlers.asgi import ASGIHandler
from django.core.signals import request_started
from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import set_script_prefix

from leaderboard.server_sent_events import EVENT_STREAM, MAX_CONNECTIONS

PAGE_THREADS = 8
CHUNK_BYTES = 64 * 1024
WITHOUT_BODY = (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)

Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class ClientDisconnected(Exception):
    """The client left before its request was complete."""


class Application(ASGIHandler):
    """Django with synchronous middleware and views, run in threads.

    Django's own handler starts a thread and an event loop for each request, at several times the cost.
    """

    def __init__(self) -> None:
        self.load_middleware()  # without is_async: the whole chain runs in one thread
        self.pages = ThreadPoolExecutor(PAGE_THREADS, thread_name_prefix="page")
        self.streams = ThreadPoolExecutor(MAX_CONNECTIONS, thread_name_prefix="stream")

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            body = await read_body(receive)
        except ClientDisconnected:
            return
        loop = asyncio.get_running_loop()
        response = await loop.run_in_executor(self.pages, self.respond, scope, body)
        status = {
            "type": "http.response.start",
            "status": response.status_code,
            "headers": encode_headers(response),
        }
        if isinstance(response, HttpResponse):
            await send(status)
            await send_bytes(response.content, send)
            return
        try:
            await send(status)
            if scope["method"] != "HEAD":
                await self.send_stream(response, receive, send)
        finally:
            await loop.run_in_executor(self.pages, response.close)
        await send({"type": "http.response.body"})

    def respond(self, scope: Message, body: BytesIO) -> HttpResponseBase:
        """Return the response to a request. It is closed already, unless it streams."""
        set_script_prefix("/")
        request_started.send(sender=self.__class__, scope=scope)
        request, response = self.create_request(scope, body)
        if request is not None:
            response = self.get_response(request)
        if isinstance(response, FileResponse):
            response.block_size = CHUNK_BYTES
        if isinstance(response, HttpResponse):
            response.close()
        assert response is not None
        return response

    async def send_stream(self, response: HttpResponseBase, receive: Receive, send: Send) -> None:
        """Send what a response yields, until it ends or the client leaves."""
        is_events = response.headers.get("Content-Type", "").startswith(EVENT_STREAM)
        threads = self.streams if is_events else self.pages
        chunks: Iterator[bytes] = iter(response)
        loop = asyncio.get_running_loop()
        disconnect: asyncio.Future[Any] = asyncio.ensure_future(receive())
        try:
            while True:
                chunk: asyncio.Future[Any] = loop.run_in_executor(threads, next, chunks, None)
                if is_events:
                    await asyncio.wait({chunk, disconnect}, return_when=asyncio.FIRST_COMPLETED)
                    if disconnect.done():
                        response.close()  # wakes the stream, so that it ends now
                content = await chunk
                if content is None or disconnect.done():
                    return
                await send({"type": "http.response.body", "body": content, "more_body": True})
        finally:
            disconnect.cancel()


async def read_body(receive: Receive) -> BytesIO:
    """Return the whole body; the connection limits its size and time. Raises ClientDisconnected."""
    body = BytesIO()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnected
        body.write(message["body"])
        if not message["more_body"]:
            body.seek(0)
            return body


def encode_headers(response: HttpResponseBase) -> list[tuple[bytes, bytes]]:
    """Return the headers of a response, with its length if that is known."""
    pairs = [(name.encode("ascii"), value.encode("latin-1")) for name, value in response.items()]
    pairs += [(b"Set-Cookie", cookie.OutputString().encode("ascii")) for cookie in response.cookies.values()]
    if response.has_header("Content-Length") or response.status_code in WITHOUT_BODY:
        return pairs
    if isinstance(response, HttpResponse):
        pairs.append((b"Content-Length", str(len(response.content)).encode("ascii")))
    return pairs


async def send_bytes(content: bytes, send: Send) -> None:
    """Send a body in chunks, each when the client has read what came before."""
    last = max(0, len(content) - 1) // CHUNK_BYTES
    for number in range(last + 1):
        chunk = content[number * CHUNK_BYTES : (number + 1) * CHUNK_BYTES]
        await send({"type": "http.response.body", "body": chunk, "more_body": number < last})
