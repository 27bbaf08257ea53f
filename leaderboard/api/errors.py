"""Every error in one format: {"error": {"code", "message", "field"?, "allowed"?}}."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views import defaults
from redis.exceptions import RedisError
from rest_framework import exceptions, status
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.views import exception_handler

from evals.operations.refusals import Conflict, Refused, TooMany
from leaderboard.api.exceptions import Invalid

RETRY_AFTER_S = 5


def answer_refusal(error: Exception, context: dict[str, Any]) -> Response | None:
    """Return the response to an expected error, or None for Django to log an unexpected one."""
    # An error is JSON even if CSV was requested.
    context["request"].accepted_renderer = JSONRenderer()
    context["request"].accepted_media_type = JSONRenderer.media_type
    if isinstance(error, Refused):
        content = body(error.code, error.message, error.field, error.allowed, error.details)
        return Response(content, _status(error), headers=retry_after_header(error))
    response = exception_handler(error, context)
    if response is not None:
        response.data = _described(error, context)
    return response


def _status(error: Refused) -> int:
    if isinstance(error, TooMany):
        return status.HTTP_429_TOO_MANY_REQUESTS
    return status.HTTP_409_CONFLICT if isinstance(error, Conflict) else status.HTTP_400_BAD_REQUEST


def retry_after_header(error: Refused) -> dict[str, str]:
    """Return the header that says when a refused request may be repeated."""
    seconds = error.retry_after_s if isinstance(error, TooMany) else None
    return {"Retry-After": str(seconds)} if seconds else {}


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer an unexpected error: in the API's format if the request was to the API."""
    if isinstance(sys.exception(), OperationalError | InterfaceError | RedisError):
        return _unavailable(request)
    if not request.path.startswith("/api/"):
        return defaults.server_error(request)
    sentence = "Something went wrong here that nobody foresaw; it is in our log. Try again later."
    return JsonResponse(body("server_error", sentence), status=500)


def _unavailable(request: HttpRequest) -> HttpResponse:
    """Answer where database or Redis do not: the same request may be sent again soon."""
    if request.path.startswith("/api/"):
        sentence = "The database does not answer at the moment. Try again in a few seconds."
        response: HttpResponse = JsonResponse(body("unavailable", sentence))
    else:
        response = defaults.server_error(request)
    response.status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    response["Retry-After"] = str(RETRY_AFTER_S)
    return response


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a request that Django itself refused, such as one with an unknown host."""
    if isinstance(exception, RequestDataTooBig):
        return too_large(request)
    if not request.path.startswith("/api/"):
        return defaults.bad_request(request, exception)
    return JsonResponse(body("bad_request", "This request cannot be read."), status=400)


def too_large(request: HttpRequest) -> HttpResponse:
    """Answer a request with a body over the limit."""
    most_bytes = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    if request.path.startswith("/api/"):
        return JsonResponse(body("too_large", f"A body has at most {most_bytes:,} bytes."), status=413)
    return render(request, "413.html", {"most_kib": most_bytes // 1024}, status=413)


def body(
    code: str,
    message: str,
    field: str = "",
    allowed: list[str] | None = None,
    details: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the JSON of an error."""
    error: dict[str, Any] = {"code": code, "message": message}
    if field:
        error["field"] = field
    if allowed:
        error["allowed"] = allowed
    return {"error": error | dict(details or {})}


def _described(error: Exception, context: dict[str, Any]) -> dict[str, Any]:
    if isinstance(error, Invalid):
        return body("invalid", str(error.detail), error.field, error.allowed)
    if isinstance(error, exceptions.ValidationError):
        return _invalid(error)
    if isinstance(error, exceptions.MethodNotAllowed):
        methods = [method for method in context["view"].allowed_methods if method != "OPTIONS"]
        return body("method_not_allowed", f"{error.detail} Allowed: {', '.join(methods)}.", allowed=methods)
    if isinstance(error, exceptions.UnsupportedMediaType):
        media = [parser.media_type for parser in context["view"].parser_classes]
        return body("unsupported_media_type", f"{error.detail} Send {', '.join(media)}.", allowed=media)
    if isinstance(error, Http404):
        return body("not_found", str(error) or "There is nothing at this address.")
    if isinstance(error, PermissionDenied):
        return body("permission_denied", str(error) or "You may not do this.")
    assert isinstance(error, exceptions.APIException)
    return body(str(error.get_codes()), str(error.detail), details=getattr(error, "details", None))


def _invalid(error: exceptions.ValidationError) -> dict[str, Any]:
    leaves = list(_leaves(error.detail))
    field = leaves[0][0] if leaves else ""
    messages = [f"{name}: {message}" if len(leaves) > 1 and name else message for name, message in leaves]
    return body("invalid", " ".join(messages), field)


def _leaves(detail: Any, name: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(detail, dict):
        for key, value in detail.items():
            inner = "" if key == "non_field_errors" else str(key)
            yield from _leaves(value, ".".join(filter(None, [name, inner])))
    elif isinstance(detail, list):
        for value in detail:
            yield from _leaves(value, name)
    else:
        yield name, str(detail)
