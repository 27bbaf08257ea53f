"""Small requests to servers that an operator named: through the guard, within limits of time and size."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

import aiohttp

from evals.engine.guard import check_url, guarded_session

MOST_BYTES = 262_144
TIMEOUT_S = 8.0


class RequestFailed(Exception):
    """The server did not answer, or not within the limits; the message repeats nothing of it."""


@dataclass(frozen=True, slots=True)
class ServerReply:
    """An answer of a server."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def send_request(
    *, method: str, url: str, headers: Mapping[str, str], body: bytes | str | None, internal_allowed: bool
) -> ServerReply:
    """Send one request; a redirect is not followed. Raises RequestFailed."""
    try:
        return asyncio.run(_send(method, url, headers, body, internal_allowed))
    except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as problem:
        raise RequestFailed(f"no answer ({type(problem).__name__})") from problem


async def _send(
    method: str, url: str, headers: Mapping[str, str], body: bytes | str | None, internal_allowed: bool
) -> ServerReply:
    address = check_url(url, internal_allowed=internal_allowed)
    timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
    async with (
        guarded_session(internal_allowed=internal_allowed, timeout=timeout) as session,
        session.request(method, address, headers=headers, data=body, allow_redirects=False) as answer,
    ):
        return ServerReply(answer.status, dict(answer.headers), await _read(answer.content))


async def _read(content: aiohttp.StreamReader) -> bytes:
    received = bytearray()
    async for chunk in content.iter_chunked(65_536):
        received += chunk
        if len(received) > MOST_BYTES:
            raise RequestFailed(f"the answer has more than {MOST_BYTES:,} bytes")
    return bytes(received)
