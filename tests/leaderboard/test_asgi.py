"""Requests and responses pass between ASGI and Django unchanged, and every response is closed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO

import pytest
from django.http import FileResponse, HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.urls import path
from pytest_django.fixtures import Settings

from leaderboard.asgi import CHUNK_BYTES, Application, Message, encode_headers

FILE = bytes(range(256)) * 1024
CLOSED: list[str] = []


class Content(BytesIO):
    """A file that tells when it is closed."""

    def close(self) -> None:
        CLOSED.append("file")
        super().close()


def send_file(request: HttpRequest) -> FileResponse:
    return FileResponse(Content(FILE), filename="file.bin")


def break_off(request: HttpRequest) -> StreamingHttpResponse:
    def parts() -> Iterator[bytes]:
        yield b"part"
        raise RuntimeError("the source is gone")

    return StreamingHttpResponse(parts())


def echo(request: HttpRequest) -> JsonResponse:
    response = JsonResponse({"post": request.POST, "get": request.GET, "host": request.get_host()})
    response.set_cookie("a", "1")
    response.set_cookie("b", "2")
    return response


urlpatterns = [path("file", send_file), path("break", break_off), path("api/echo", echo)]


@dataclass
class Answered:
    """What the application sent."""

    messages: list[Message] = field(default_factory=list)

    @property
    def headers(self) -> list[tuple[str, str]]:
        """The headers, with names in lower case."""
        return [(name.decode().lower(), value.decode()) for name, value in self.messages[0]["headers"]]

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.messages[1:])


@pytest.fixture(autouse=True)
def urls(settings: Settings) -> None:
    settings.ROOT_URLCONF = __name__
    CLOSED.clear()


def ask(address: str, *, method: str = "GET", body: bytes = b"") -> Answered:
    """Send a request whose body comes in two parts, and return the answer."""
    name, _, query = address.partition("?")
    form = [(b"content-type", b"application/x-www-form-urlencoded"), (b"content-length", b"%d" % len(body))]
    scope = {
        "type": "http",
        "method": method,
        "path": name,
        "query_string": query.encode(),
        "headers": [(b"host", b"localhost"), *(form if body else [])],
    }
    parts = [body[:3], body[3:]]
    answered = Answered()

    async def receive() -> Message:
        if not parts:
            await asyncio.Event().wait()
        return {"type": "http.request", "body": parts.pop(0), "more_body": bool(parts)}

    async def send(message: Message) -> None:
        answered.messages.append(message)

    asyncio.run(Application()(scope, receive, send))
    return answered


def test_a_request_arrives_whole_and_its_answer_leaves_whole() -> None:
    answered = ask("/api/echo?q=%C3%A9", method="POST", body=b"name=v%20w")
    assert answered.messages[0]["status"] == 403, "the middleware asks for a CSRF token"
    answered = ask("/api/echo?q=%C3%A9")
    assert answered.body == b'{"post": {}, "get": {"q": "\\u00e9"}, "host": "localhost"}'
    cookies = [value.split(";")[0] for name, value in answered.headers if name == "set-cookie"]
    assert cookies == ["a=1", "b=2"]
    assert dict(answered.headers)["content-length"] == str(len(answered.body))


def test_a_file_is_sent_in_parts_and_closed() -> None:
    answered = ask("/file")
    assert answered.body == FILE
    assert len(answered.messages) == 2 + len(FILE) / CHUNK_BYTES
    assert dict(answered.headers)["content-length"] == str(len(FILE))
    assert CLOSED == ["file"]


def test_of_a_file_only_the_headers_answer_head() -> None:
    answered = ask("/file", method="HEAD")
    assert dict(answered.headers)["content-length"] == str(len(FILE))
    assert answered.body == b""
    assert CLOSED == ["file"]


def test_a_stream_that_fails_does_not_look_complete() -> None:
    with pytest.raises(RuntimeError, match="the source is gone"):
        ask("/break")


@pytest.mark.parametrize(("status", "length"), [(204, None), (304, None), (200, b"0")])
def test_an_empty_answer_names_a_length_only_where_one_is_allowed(status: int, length: bytes | None) -> None:
    sent = dict(encode_headers(HttpResponse(status=status)))
    assert sent.get(b"Content-Length") == length
