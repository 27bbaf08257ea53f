"""Send one request and return an answer or a fault; nothing is raised."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import replace
from types import TracebackType
from typing import Any

import aiohttp
from yarl import URL

from evals.engine.guard import AddressRefused, check_url, guarded_session
from evals.engine.keys import canonical
from evals.engine.outcomes import Fault, Kind
from evals.engine.protocols import protocol_named
from evals.engine.protocols.protocol import StepFailed, Steps
from evals.engine.replies import NOT_READ, broken_off, error_fault, malformed, open_reply, read_reply
from evals.engine.requests import Answer, EndpointSpec
from evals.engine.streams import EVENT_STREAM, StreamedReply
from evals.redaction import redact_message

MOST_BYTES = 16 * 2**20
MOST_EVENTS = 200_000  # of a streamed answer
CONNECT_S = 20.0
USER_AGENT = "lagline (model evaluation)"


class Transport:
    """A pool of connections to one endpoint."""

    def __init__(self, endpoint: EndpointSpec) -> None:
        self.secret, self.can = endpoint.secret, endpoint.can
        self.protocol = protocol_named(endpoint.protocol)
        self.base_url = endpoint.base_url
        self.url = self.protocol.url(endpoint.base_url)
        self.internal_allowed = endpoint.internal_allowed
        self.timeout = aiohttp.ClientTimeout(total=endpoint.timeout_s, sock_connect=CONNECT_S)
        self.session: aiohttp.ClientSession
        self.checked: dict[str, URL] = {}

    async def __aenter__(self) -> Transport:
        """Open the pool; it does not limit concurrent calls."""
        accepted = {"Accept": f"{EVENT_STREAM}, application/json"} if self.can.stream else {}
        self.session = guarded_session(
            internal_allowed=self.internal_allowed,
            headers={**self.protocol.headers(self.secret), "User-Agent": USER_AGENT, **accepted},
            timeout=self.timeout,
            max_connections=0,
            dns_cache_s=60,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the pool."""
        await self.session.close()

    async def send(self, body: bytes) -> tuple[int | None, Answer | Fault]:
        """Send a body; return the HTTP status, if there is one, and the answer or the fault."""
        steps = self.protocol.steps(self.base_url, body)
        if steps is None:
            status, reply = await self._post(self.url, body)
        else:
            status, reply = await self._walk(steps)
        if isinstance(reply, Fault):
            return status, reply
        return status, read_reply(
            protocol=self.protocol, reply=reply[0], body=reply[1], secret=self.secret, sent=body, can=self.can
        )

    async def _post(self, url: str, body: bytes) -> tuple[int | None, tuple[Mapping[str, Any], str] | Fault]:
        try:
            address = self._checked(url)
            sent_at = asyncio.get_running_loop().time()
            async with self.session.post(address, data=body, allow_redirects=False) as response:
                if response.status == 200 and response.content_type == EVENT_STREAM:
                    return 200, await self._streamed(response, sent_at)
                raw = await _read(response)
                if raw is None:
                    return response.status, _too_large()
                return response.status, self._open(response, raw)
        except (OSError, aiohttp.ClientError, *NOT_READ) as problem:
            return None, self._fault(problem)

    def _open(self, response: aiohttp.ClientResponse, raw: bytes) -> tuple[Mapping[str, Any], str] | Fault:
        return open_reply(
            status=response.status, headers=response.headers, raw=raw, secret=self.secret, can=self.can
        )

    async def _streamed(
        self, response: aiohttp.ClientResponse, sent_at: float
    ) -> tuple[Mapping[str, Any], str] | Fault:
        """Put a streamed answer together; one that ends early is a generation that broke off."""
        clock, size = asyncio.get_running_loop().time, 0
        streamed = StreamedReply(self.protocol.stream())
        while chunk := await response.content.readany():
            size += len(chunk)
            if size > MOST_BYTES or streamed.events > MOST_EVENTS:
                response.close()
                return _too_large()
            streamed.feed(chunk, clock() - sent_at)
        reply = streamed.reply()
        if reply is not None:
            return self._open(response, canonical(reply).encode())
        if streamed.error is not None:
            fault = error_fault(streamed.error, 200, secret=self.secret, can=self.can)
            return replace(fault, kind=broken_off(fault.kind))
        return Fault(Kind.TRUNCATED, "the stream ended before the answer did", 200)

    def _checked(self, url: str) -> URL:
        """Return the URL to call, checked once; its name and address are checked at each connection."""
        if url not in self.checked:
            self.checked[url] = check_url(url, internal_allowed=self.internal_allowed)
        return self.checked[url]

    async def _walk(self, steps: Steps) -> tuple[int | None, tuple[Mapping[str, Any], str] | Fault]:
        """Make the calls of a request that needs several, one after another."""
        status: int | None = None
        try:
            step = next(steps)
            while True:
                status, reply = await self._post(step.url, canonical(step.body).encode())
                if isinstance(reply, Fault):
                    step = steps.throw(StepFailed(reply))
                    continue
                step = steps.send(reply[0])
        except StopIteration as end:
            return status, (end.value, canonical(end.value))
        except StepFailed as failed:
            return status, failed.fault
        except NOT_READ as problem:
            return status, malformed(problem, "", self.secret)

    def _fault(self, problem: Exception) -> Fault:
        cause = getattr(problem, "os_error", problem)
        detail = redact_message(f"{type(problem).__name__}: {cause}", self.secret)
        return Fault(_kind(problem, cause), detail)


async def _read(response: aiohttp.ClientResponse) -> bytes | None:
    """Return a reply's body, or None if it is larger than an answer can be."""
    chunks, size = [], 0
    while chunk := await response.content.readany():
        size += len(chunk)
        if size > MOST_BYTES:
            response.close()
            return None
        chunks.append(chunk)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def _too_large() -> Fault:
    most = f"{MOST_BYTES // 2**20} MiB, or {MOST_EVENTS:,} events"
    return Fault(Kind.TOO_LARGE, f"the reply is larger than {most}; the rest was not read")


def _kind(problem: Exception, cause: BaseException) -> Kind:
    """Return the kind of fault if no whole reply arrived."""
    if isinstance(cause, AddressRefused):
        return Kind.ADDRESS_REFUSED
    if isinstance(problem, aiohttp.ClientSSLError | ssl.SSLError | aiohttp.ServerFingerprintMismatch):
        return Kind.CERTIFICATE
    if isinstance(problem, aiohttp.InvalidURL):
        return Kind.ADDRESS_REFUSED
    if isinstance(problem, asyncio.TimeoutError):
        return Kind.TIMEOUT
    if isinstance(problem, (aiohttp.ClientResponseError, *NOT_READ)):
        return Kind.MALFORMED
    return Kind.CONNECTION
