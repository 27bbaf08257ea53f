"""Errors as problem details (RFC 9457), with our codes as members beside those of the standard."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from rest_framework.renderers import JSONRenderer

from leaderboard.api.problem_types import title_of, type_of

MEDIA_TYPE = "application/problem+json"


class ProblemRenderer(JSONRenderer):
    """Renders the response to an error, whatever format was requested."""

    media_type = MEDIA_TYPE


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one parameter, or with one field of the body."""

    detail: str
    field: str
    in_body: bool = False

    def place(self) -> dict[str, str]:
        """Return the members that say where the error is: the name, and in a body the pointer to it."""
        if not self.field:
            return {}
        return {"field": self.field} | ({"pointer": json_pointer(self.field)} if self.in_body else {})


@dataclass(frozen=True, slots=True)
class ProblemDetails:
    """An error: what programs and people are told about it."""

    status: int
    code: str
    message: str
    errors: Sequence[FieldError] = ()
    allowed: Sequence[str] = ()
    suggestions: Sequence[str] = ()  # names on record that resemble an unknown one
    details: Mapping[str, Any] = field(default_factory=dict)
    wait_s: float | None = None  # after which the same request may be sent again

    def content(self, path: str, now: datetime) -> dict[str, Any]:
        """Return the JSON of the error of a request to a path."""
        members: dict[str, Any] = {
            "type": type_of(self.code),
            "title": title_of(self.code),
            "status": self.status,
            "detail": self.message,
            "instance": path,
            "code": self.code,
        }
        names = {"allowed": list(self.allowed), "suggestions": list(self.suggestions)}
        members |= {name: values for name, values in names.items() if values}
        if self.errors:
            members |= self.errors[0].place()
            members["errors"] = [{"detail": error.detail} | error.place() for error in self.errors]
        if self.wait_s is not None:
            members["retry_at"] = now + timedelta(seconds=self.wait_s)
        return members | dict(self.details) | {"error": self.former_content()}

    def former_content(self) -> dict[str, Any]:
        """Return the member `error`: what was the whole content before problem details."""
        field = self.errors[0].field if self.errors else ""
        optional = {"field": field, "allowed": list(self.allowed or self.suggestions)}
        given = {name: value for name, value in optional.items() if value}
        return {"code": self.code, "message": self.message} | given | dict(self.details)


def json_pointer(name: str) -> str:
    """Return the JSON Pointer, as the fragment of an address, to a field named with dots."""
    parts = (part.replace("~", "~0").replace("/", "~1") for part in name.split("."))
    return "#/" + "/".join(parts)


def problem_response(request: HttpRequest, problem: ProblemDetails) -> JsonResponse:
    """Return the response to an error outside of the API's views, such as in a middleware."""
    content = problem.content(request.path, timezone.now())
    response = JsonResponse(content, status=problem.status, content_type=MEDIA_TYPE)
    if problem.wait_s is not None:
        response["Retry-After"] = str(max(1, round(problem.wait_s)))
    return response
