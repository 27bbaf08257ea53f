"""Every error as problem details: those that views raise, and those that Django answers."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views import defaults
from redis.exceptions import RedisError
from rest_framework import exceptions, status
from rest_framework.permissions import SAFE_METHODS
from rest_framework.response import Response
from rest_framework.views import exception_handler

from evals.operations.refusals import Conflict, Refused, TooMany
from leaderboard.api.exceptions import Invalid
from leaderboard.api.parameters import OF_EVERY_READ
from leaderboard.api.problems import FieldError, ProblemDetails, ProblemRenderer, problem_response

RETRY_AFTER_S = 5
OF_UNKNOWN_NAMES = "unknown_"  # a refusal whose code begins like this lists names like the one given
NOT_IN_BODY = ("Idempotency-Key", *OF_EVERY_READ)


def answer_refusal(error: Exception, context: dict[str, Any]) -> Response | None:
    """Return the response to an expected error, or None for Django to log an unexpected one."""
    if isinstance(error, Refused):
        problem, headers = _refused(error, context), retry_after_header(error)
        response: Response | None = Response(status=problem.status, headers=headers)
    else:
        response = exception_handler(error, context)
        if response is None:
            return None
        problem = _described(error, response.status_code, context)
    assert response is not None
    # An error is JSON even if CSV was requested.
    request = context["request"]
    request.accepted_renderer, request.accepted_media_type = ProblemRenderer(), ProblemRenderer.media_type
    response.data = problem.content(request.path, timezone.now())
    return response


def _refused(error: Refused, context: dict[str, Any]) -> ProblemDetails:
    return ProblemDetails(
        _status(error),
        error.code,
        error.message,
        errors=_errors([(error.field, error.message)] if error.field else [], context),
        **{"suggestions" if error.code.startswith(OF_UNKNOWN_NAMES) else "allowed": error.allowed},
        details=error.details,
        wait_s=error.retry_after_s if isinstance(error, TooMany) else None,
    )


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
    return problem_response(request, ProblemDetails(500, "server_error", sentence))


def _unavailable(request: HttpRequest) -> HttpResponse:
    """Answer where database or Redis do not: the same request may be sent again soon."""
    if request.path.startswith("/api/"):
        sentence = "The database does not answer at the moment. Try again in a few seconds."
        return problem_response(request, ProblemDetails(503, "unavailable", sentence, wait_s=RETRY_AFTER_S))
    response: HttpResponse = defaults.server_error(request)
    response.status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    response["Retry-After"] = str(RETRY_AFTER_S)
    return response


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a request that Django itself refused, such as one with an unknown host."""
    if isinstance(exception, RequestDataTooBig):
        return too_large(request)
    if not request.path.startswith("/api/"):
        return defaults.bad_request(request, exception)
    return problem_response(request, ProblemDetails(400, "bad_request", "This request cannot be read."))


def too_large(request: HttpRequest) -> HttpResponse:
    """Answer a request with a body over the limit."""
    most_bytes = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    if request.path.startswith("/api/"):
        sentence = f"A body has at most {most_bytes:,} bytes."
        return problem_response(request, ProblemDetails(413, "too_large", sentence))
    return render(request, "413.html", {"most_kib": most_bytes // 1024}, status=413)


def _described(error: Exception, code: int, context: dict[str, Any]) -> ProblemDetails:
    if isinstance(error, Invalid):
        errors = _errors([(error.field, str(error.detail))], context)
        return ProblemDetails(code, "invalid", str(error.detail), errors, error.allowed, error.suggestions)
    if isinstance(error, exceptions.ValidationError):
        return _invalid(error, context)
    if isinstance(error, exceptions.MethodNotAllowed):
        methods = [method for method in context["view"].allowed_methods if method != "OPTIONS"]
        sentence = f"{error.detail} Allowed: {', '.join(methods)}."
        return ProblemDetails(code, "method_not_allowed", sentence, allowed=methods)
    if isinstance(error, exceptions.UnsupportedMediaType):
        media = [parser.media_type for parser in context["view"].parser_classes]
        sentence = f"{error.detail} Send {', '.join(media)}."
        return ProblemDetails(code, "unsupported_media_type", sentence, allowed=media)
    if isinstance(error, Http404):
        return ProblemDetails(code, "not_found", str(error) or "There is nothing at this address.")
    if isinstance(error, PermissionDenied):
        return ProblemDetails(code, "permission_denied", str(error) or "You may not do this.")
    assert isinstance(error, exceptions.APIException)
    return ProblemDetails(
        code,
        str(error.get_codes()),
        str(error.detail),
        suggestions=getattr(error, "suggestions", ()),
        details=getattr(error, "details", {}),
        wait_s=getattr(error, "wait", None),
    )


def _invalid(error: exceptions.ValidationError, context: dict[str, Any]) -> ProblemDetails:
    leaves = list(_leaves(error.detail))
    messages = [f"{name}: {message}" if len(leaves) > 1 and name else message for name, message in leaves]
    return ProblemDetails(400, "invalid", " ".join(messages), _errors(leaves, context))


def _errors(leaves: list[tuple[str, str]], context: dict[str, Any]) -> list[FieldError]:
    """Return the errors by field; a field that is no parameter of the address is one of the body."""
    in_query: set[str] = set()
    if hasattr(context["view"], "written_parameters"):
        in_query = set(context["view"].written_parameters().fields)
    is_read = context["request"].method in SAFE_METHODS
    return [
        FieldError(message, name, in_body=not (is_read or name in in_query or name in NOT_IN_BODY))
        for name, message in leaves
    ]


def _leaves(detail: Any, name: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(detail, dict):
        for key, value in detail.items():
            inner = "" if key == "non_field_errors" else str(key)
            yield from _leaves(value, ".".join(filter(None, [name, inner])))
    elif isinstance(detail, list):
        for place, value in enumerate(detail):
            is_row = isinstance(value, dict)
            yield from _leaves(value, f"{name}.{place}" if is_row else name)
    else:
        yield name, str(detail)
