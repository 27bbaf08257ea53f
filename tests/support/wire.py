"""Ways in which a response goes over the wire, whole or broken."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

from aiohttp import web

from tests.support.fault_plan import Fault
from tests.support.streaming import EVENT_STREAM

JSON = "application/json"
PAGE = "<!DOCTYPE html><html><head><title>Welcome</title></head><body><h1>It works!</h1></body></html>"
FIFTY_MB = 50_000_000
CHUNK_BYTES = 1 << 16
REDIRECT_STATUS = 307


def as_json(
    body: dict[str, Any], *, status: int = 200, headers: dict[str, str] | None = None
) -> web.Response:
    """Send an object."""
    return web.Response(body=json.dumps(body).encode(), status=status, headers=headers, content_type=JSON)


def given(fault: Fault, answer: str) -> web.Response:
    """Send the body of a fault, with the healthy answer in its place."""
    status = fault.status or 200
    if isinstance(fault.body, str):
        kind = EVENT_STREAM if fault.body.startswith(("data:", "event:", ":")) else "text/html"
        text = fault.body.replace("ANSWER", json.dumps(answer)[1:-1])
        return web.Response(text=text, status=status, headers=fault.headers, content_type=kind)
    text = json.dumps(fault.body, ensure_ascii=False).replace("ANSWER", json.dumps(answer)[1:-1])
    return web.Response(body=text.encode(), status=status, headers=fault.headers, content_type=JSON)


def html() -> web.Response:
    """Send a web page, as a proxy or a captive portal does."""
    return web.Response(text=PAGE, content_type="text/html")


def truncated(body: dict[str, Any]) -> web.Response:
    """Send half of a document as if it were whole."""
    text = json.dumps(body).encode()
    return web.Response(body=text[: len(text) // 2], content_type=JSON)


def invalid_utf8(body: dict[str, Any]) -> web.Response:
    """Put bytes that are no UTF-8 into each text of the document."""
    text = json.dumps(body).encode()
    for field in (b'"content": "', b'"text": "'):
        text = text.replace(field, field + b"\xff\xfe\x80 ")
    return web.Response(body=text, content_type=JSON)


def redirect(fault: Fault) -> web.Response:
    """Send the client somewhere else."""
    return web.Response(status=fault.status or REDIRECT_STATUS, headers={"Location": fault.location})


def error_status(fault: Fault, message: str) -> web.Response:
    """Send an error with OpenAI's body, and with Retry-After where the fault has it."""
    status = fault.status or 500
    kind = (
        "rate_limit_exceeded"
        if status == 429
        else "server_error"
        if status >= 500
        else "invalid_request_error"
    )
    return as_json(
        {"error": {"message": message, "type": kind, "param": None, "code": None}},
        status=status,
        headers=_retry_after(fault),
    )


def _retry_after(fault: Fault) -> dict[str, str]:
    if fault.retry_after_seconds is None:
        return {}
    if not fault.retry_after_as_date:
        return {"Retry-After": f"{fault.retry_after_seconds:g}"}
    then = datetime.now(UTC) + timedelta(seconds=fault.retry_after_seconds)
    return {"Retry-After": format_datetime(then, usegmt=True)}


def drop(request: web.BaseRequest) -> web.Response:
    """Close the connection without a word."""
    _hang_up(request)
    return web.Response()


async def cut_off(request: web.BaseRequest, body: dict[str, Any]) -> web.StreamResponse:
    """Close the connection in the middle of the body."""
    text = json.dumps(body).encode()
    response = web.StreamResponse(headers={"Content-Type": JSON, "Content-Length": str(len(text))})
    await response.prepare(request)
    await response.write(text[: len(text) // 2])
    await asyncio.sleep(0)
    _hang_up(request)
    return response


def _hang_up(request: web.BaseRequest) -> None:
    if request.transport is not None:
        request.transport.close()


async def huge(request: web.BaseRequest, body: dict[str, Any], size_bytes: int) -> web.StreamResponse:
    """Send a well-formed document with a field that is far too long."""
    head, tail = json.dumps(body).encode()[:-1] + b', "padding": "', b'"}'
    size = max(size_bytes, len(head) + len(tail))
    response = web.StreamResponse(headers={"Content-Type": JSON, "Content-Length": str(size)})
    await response.prepare(request)
    await response.write(head)
    left = size - len(head) - len(tail)
    while left:
        chunk = min(left, CHUNK_BYTES)
        await response.write(b"x" * chunk)
        left -= chunk
    await response.write(tail)
    return response


async def endless(request: web.BaseRequest, *, chunk_bytes: int, seconds: float) -> web.StreamResponse:
    """Send white space, which JSON allows before a document, until the client leaves."""
    response = web.StreamResponse(headers={"Content-Type": JSON})
    await response.prepare(request)
    while request.transport is not None and not request.transport.is_closing():
        await response.write(b" " * chunk_bytes)
        await asyncio.sleep(seconds)
    return response
