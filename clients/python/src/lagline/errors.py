"""The exceptions of this package, and how a refusal of the service becomes one of them."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import Any


class LaglineError(Exception):
    """Base class of every error that this package raises on purpose; its text is one sentence."""


class BadAddress(LaglineError):
    """No address of a service is set, or it cannot be used."""


class KeyringUnavailable(LaglineError):
    """This machine has no keyring that can store a token."""


class Unreachable(LaglineError):
    """The service did not answer: no connection, no reply in time, or a connection that broke."""


class UnexpectedResponse(LaglineError):
    """A reply is not what the API of Lagline sends: the address may be that of something else."""


class MissingField(UnexpectedResponse, KeyError):
    """A row of the service has no such field."""

    def __str__(self) -> str:
        """Return the sentence; KeyError would quote it."""
        return str(self.args[0])


class RecordChanged(LaglineError):
    """The record changed again and again while the pages of a list were read."""


class WrongHash(LaglineError):
    """A downloaded file does not have the SHA-256 hash, or the size, that its manifest states."""


@dataclasses.dataclass(eq=False)
class ServiceError(LaglineError):
    """The service refused a request.

    `code` is stable and for programs, `field` names the parameter or field, `allowed` lists accepted or
    likely values, and `retry_after_s` is the time in seconds after which the request may be sent again.
    `details` has whatever else the error states, such as `renews_at` of a quota.
    """

    status: int
    code: str
    message: str
    field: str = ""
    allowed: tuple[str, ...] = ()
    retry_after_s: float | None = None
    details: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    def __str__(self) -> str:
        """Return the message of the service."""
        return self.message

    def __reduce__(self) -> tuple[Any, ...]:
        """Keep all fields when the error is sent to another process."""
        values = (self.status, self.code, self.message, self.field, self.allowed, self.retry_after_s)
        return type(self), (*values, dict(self.details))


class InvalidRequest(ServiceError):
    """A parameter or field is unknown or has a value that is not accepted (400, 413, 415)."""


class NotAuthenticated(ServiceError):
    """The request needs a valid token (401)."""


class NotAllowed(ServiceError):
    """The token may not do this; of `missing_scope`, `details["scope"]` names the scope (403)."""


class NotFound(ServiceError):
    """There is nothing at this address (404)."""


class Conflict(ServiceError):
    """The state of a submission, or an earlier request with the same key, does not allow this (409)."""


class TooManyRequests(ServiceError):
    """A limit or quota is used up; `retry_after_s` says when it renews (429)."""


class ServiceUnavailable(ServiceError):
    """The service failed or cannot answer at the moment (5xx)."""


CLASSES: dict[int, type[ServiceError]] = {
    401: NotAuthenticated,
    403: NotAllowed,
    404: NotFound,
    409: Conflict,
    429: TooManyRequests,
}


def parse_error(status: int, body: bytes, retry_after_s: float | None = None) -> ServiceError:
    """Return the error that a response of status >= 300 states, in the API's form or as RFC 9457 says."""
    values = _values(body) or {"code": f"http_{status}", "message": f"The service answered {status}."}
    code, message, named = (_text(values.pop(name, "")) for name in ("code", "message", "field"))
    allowed = values.pop("allowed", None) or ()
    kind = CLASSES.get(status, ServiceUnavailable if status >= 500 else InvalidRequest)
    return kind(
        status=status,
        code=code or f"http_{status}",
        message=message or f"The service answered {status}.",
        field=named,
        allowed=tuple(map(_text, allowed)) if isinstance(allowed, list | tuple) else (_text(allowed),),
        retry_after_s=retry_after_s,
        details=values,
    )


def _values(body: bytes) -> dict[str, Any]:
    """Return the members of an error; empty if the body is no error of an API, such as a proxy's page."""
    try:
        content = json.loads(body)
    except ValueError:
        return {}
    if not isinstance(content, dict):
        return {}
    if isinstance(content.get("error"), dict):
        return dict(content["error"])
    return _problem(content) if "title" in content or "detail" in content else {}


def _problem(content: dict[str, Any]) -> dict[str, Any]:
    """Return problem details in the names of the API: a pointer such as `#/country` is the field."""
    values = {name: value for name, value in content.items() if name not in ("title", "detail", "status")}
    values["message"] = content.get("detail") or content.get("title")
    errors = content.get("errors")
    first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
    pointer = _text(first.get("pointer", "")).lstrip("#").strip("/").replace("/", ".")
    values.setdefault("field", pointer or _text(first.get("parameter", "")))
    if "allowed" in first:
        values.setdefault("allowed", first["allowed"])
    return values


def _text(value: object) -> str:
    return value if isinstance(value, str) else "" if value is None else str(value)
