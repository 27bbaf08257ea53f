"""One request and its final response: with the token, retries, redirects and the cache."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import count
from urllib.parse import urljoin, urlsplit

from lagline.cache import Cache
from lagline.errors import UnexpectedResponse, Unreachable, parse_error
from lagline.flows import Close, Effect, Flow, Open, Send, Sleep, read
from lagline.messages import READING, Request, Response
from lagline.retries import RetryPolicy
from lagline.service import Service

REDIRECTS = frozenset({301, 302, 303, 307, 308})
MAX_REDIRECTS = 5
MAX_ERROR_BYTES = 2**20


@dataclass(frozen=True, slots=True)
class Access:
    """A service and how it is asked: with which retries and which cache, if any."""

    service: Service
    retries: RetryPolicy = field(default_factory=RetryPolicy)
    cache: Cache | None = None


def exchange(access: Access, request: Request) -> Flow[Response]:
    """Return the response to a request, from the cache if the service says that it is current.

    Raises ServiceError for a refusal and Unreachable without a response.
    """
    cache, token = access.cache, access.service.token
    if cache is None or request.method != "GET":
        return (yield from _accepted(access, request))
    cached = cache.find(request, token)
    conditional = request.with_headers(if_none_match=cached.headers["etag"]) if cached else request
    response = yield from _accepted(access, conditional)
    if cached and response.status == 304:
        return cached
    cache.store(request, token, response)
    return response


def open_response(access: Access, request: Request) -> Flow[Response]:
    """Open a response whose body is then read in parts. Raises like `exchange`, and closes it then."""
    response = yield from _answer(access, request, Open)
    if response.status >= 300:
        error = yield from _read_error(response)
        yield Close()
        raise parse_error(response.status, error, access.retries.stated_wait(response.headers))
    return response


def _read_error(response: Response) -> Flow[bytes]:
    body = b""
    while chunk := (yield from read()):
        body += chunk
        if len(body) > MAX_ERROR_BYTES:
            break
    return body


def _accepted(access: Access, request: Request) -> Flow[Response]:
    response = yield from _answer(access, request, Send)
    if response.status >= 300 and response.status != 304:
        raise parse_error(response.status, response.body, access.retries.stated_wait(response.headers))
    return response


def _answer(access: Access, request: Request, perform: Callable[[Request], Effect]) -> Flow[Response]:
    """Return the response after at most MAX_REDIRECTS redirects, which only reading follows."""
    for _ in range(MAX_REDIRECTS + 1):
        response = yield from _send_until_final(access, request, perform)
        location = response.headers.get("location", "")
        if response.status not in REDIRECTS or not location:
            return response
        yield Close()
        request = _redirected(request, response.url, location)
    raise UnexpectedResponse(f"The service redirects more than {MAX_REDIRECTS} times.")


def _redirected(request: Request, url: str, location: str) -> Request:
    target = urljoin(url, location)
    former, new = urlsplit(url).scheme, urlsplit(target).scheme
    if not target.isascii() or not target.isprintable() or set(" \\@") & set(urlsplit(target).netloc):
        raise UnexpectedResponse("The service redirects to an address that is none.")
    if request.method not in READING:
        message = f"The service redirects a {request.method} to {_host(target)}; use that address."
        raise UnexpectedResponse(message)
    if new not in ("http", "https") or (former, new) == ("https", "http"):
        raise UnexpectedResponse(f"The service redirects to {_host(target)} without encryption.")
    return replace(request, url=target)


def _host(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname or ''}"


def _send_until_final(
    access: Access, request: Request, perform: Callable[[Request], Effect]
) -> Flow[Response]:
    """Return a response that is not to be retried. The token is added here, for the service's origin only."""
    sent = replace(request, headers={**request.headers, **access.service.authorisation(request.url)})
    for attempt in count(1):
        try:
            response: Response = yield perform(sent)
        except Unreachable:
            wait = access.retries.wait_after_error(request, attempt)
            if wait is None:
                raise
        else:
            wait = access.retries.wait_after(request, response, attempt)
            if wait is None:
                return response
            yield Close()
        yield Sleep(wait)
    raise AssertionError("count() has no end")
