"""The HTTP client for providers: `requests`, as django-allauth uses it, over our guarded client."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import requests
from django.conf import settings
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

from evals.operations.outgoing import RequestFailed, ServerReply, send_request
from evals.untrusted.json_text import JsonLimits, check_json

ProviderUnreachable = requests.RequestException
LIMITS = JsonLimits(depth=20, values=20_000)
REDIRECTS = range(300, 400)


def provider_session() -> requests.Session:
    """Return a client without cookies, proxies and redirects, for JSON."""
    session = requests.Session()
    session.trust_env = False
    session.adapters.clear()
    for scheme in ("http://", "https://"):
        session.mount(scheme, ProviderTransport())
    session.headers.update({"Accept": "application/json", "Accept-Encoding": "identity"})
    return session


class ProviderTransport(BaseAdapter):
    """Sends requests through the guard; inside our network only to servers that the operator configured."""

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        """Send a request. Raises ProviderUnreachable."""
        url = request.url or ""
        try:
            reply = send_request(
                method=request.method or "GET",
                url=url,
                headers={name: str(value) for name, value in request.headers.items()},
                body=request.body,  # type: ignore[arg-type]
                internal_allowed=server_of(url) in {server_of(p.issuer) for p in settings.SIGN_IN_PROVIDERS},
            )
            _check_reply(reply)
        except (RequestFailed, ValueError) as problem:
            raise requests.ConnectionError(str(problem) or type(problem).__name__) from problem
        if reply.status in REDIRECTS:
            raise requests.ConnectionError("a redirect")
        response = requests.Response()
        response.status_code, response.url, response.request = reply.status, url, request
        response.headers = CaseInsensitiveDict({"Content-Type": "application/json"} | dict(reply.headers))
        response.encoding, response._content = "utf-8", reply.body
        return response

    def close(self) -> None:
        """Close nothing: every request has a connection of its own."""


def _check_reply(reply: ServerReply) -> None:
    """Refuse what is no JSON object or list. Raises ValueError."""
    text = reply.body.decode()
    check_json(text, LIMITS)
    if reply.status < HTTPStatus.BAD_REQUEST and text.lstrip()[:1] not in ("{", "["):
        raise ValueError("the answer is no JSON")


def server_of(url: str) -> str:
    """Return scheme, host and port of an address; empty if it cannot be read."""
    try:
        parts = urlsplit(url)
        return f"{parts.scheme}://{parts.hostname}:{parts.port or ''}"
    except ValueError:
        return ""
