"""Requests and responses as plain values, apart from the library that sends them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any, Self
from urllib.parse import urlencode, urlsplit

from lagline.errors import UnexpectedResponse

READING = frozenset({"GET", "HEAD"})
EVENT_STREAM = "text/event-stream"
KEY = "idempotency-key"


@dataclass(frozen=True, slots=True)
class Request:
    """A request before it is sent; the token is added when it is, for the service's origin only."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes = b""

    @property
    def is_repeatable(self) -> bool:
        """Whether sending it twice does the same as once."""
        return self.method in READING or KEY in self.headers

    def with_headers(self, **headers: str) -> Self:
        """Return the request with headers added; underscores in names are hyphens."""
        added = {name.replace("_", "-"): value for name, value in headers.items()}
        return replace(self, headers={**self.headers, **added})


@dataclass(frozen=True, slots=True)
class Response:
    """A response; the names of its headers are in lower case. That of a stream has no body yet."""

    status: int
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def json(self) -> dict[str, Any]:
        """Return the object of the body. Raises UnexpectedResponse."""
        try:
            content = json.loads(self.body)
        except ValueError:
            content = None
        if not isinstance(content, dict):
            host = urlsplit(self.url).netloc
            raise UnexpectedResponse(f"{host} did not answer with JSON; is it the address of a Lagline?")
        return content


def post(url: str, content: Mapping[str, object] | None = None, *, key: str = "") -> Request:
    """Return a POST of JSON, with an idempotency key if one is given."""
    headers = {"accept": "application/json"} | ({KEY: key} if key else {})
    if content is None:
        return Request("POST", url, headers)
    body = {name: _json_value(value) for name, value in content.items() if value is not None}
    return Request("POST", url, headers | {"content-type": "application/json"}, json.dumps(body).encode())


def get(url: str, parameters: Mapping[str, object] | None = None, *, accept: str = "") -> Request:
    """Return a GET; parameters without a value are left out."""
    query = query_string(parameters or {})
    return Request("GET", f"{url}?{query}" if query else url, {"accept": accept or "application/json"})


def query_string(parameters: Mapping[str, object]) -> str:
    """Return parameters as a query: lists joined by commas, dates as ISO 8601, booleans in lower case."""
    pairs = [(name, _parameter(value)) for name, value in parameters.items() if value is not None]
    return urlencode(pairs, safe=",:")


def _parameter(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Iterable) and not isinstance(value, str):
        return ",".join(map(_parameter, value))
    return str(value)


def _json_value(value: object) -> object:
    if isinstance(value, date):  # a datetime is one, too
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value
