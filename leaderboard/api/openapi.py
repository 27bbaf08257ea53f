"""OpenAPI descriptions of our responses: the envelope of rows, and errors."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_view, inline_serializer
from rest_framework import serializers

from evals.acting import all_scopes
from evals.operations.quotas import Of
from leaderboard.api.authentication import HOW
from leaderboard.api.generics import DetailView, ListView
from leaderboard.api.meta import Meta

COMMON_REFUSALS = {
    "400": "Refused: a parameter is unknown, is given twice, or has an invalid value.",
    "429": "Refused for now: too many requests. `Retry-After` says in how many seconds to try again.",
}


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Describes the bearer token in the OpenAPI document."""

    target_class = "leaderboard.api.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        """Return the OpenAPI security scheme of a bearer token."""
        return {"type": "http", "scheme": "bearer", "description": HOW}


class Action(serializers.Serializer[Any]):
    method = serializers.CharField()
    url = serializers.URLField()


class PuzzleRow(serializers.Serializer[Any]):
    text = serializers.CharField()
    bits = serializers.IntegerField()
    expires_at = serializers.DateTimeField()


class ErrorDetail(serializers.Serializer[Any]):
    code = serializers.CharField(help_text="For programs: stays the same when the sentence changes.")
    message = serializers.CharField(help_text="For people: what is wrong, and what is allowed.")
    field = serializers.CharField(required=False)
    allowed = serializers.ListField(child=serializers.CharField(), required=False)
    action = Action(required=False, help_text="With `not_computed`: what requests the computation.")
    quota = serializers.ChoiceField(
        [whose.value for whose in Of], required=False, help_text="With `quota_exceeded`: whose quota it is."
    )
    renews_at = serializers.DateTimeField(required=False, help_text="When that quota allows one more.")
    scope = serializers.ChoiceField(
        all_scopes(), required=False, help_text="With `missing_scope`: what the token lacks."
    )
    puzzle = PuzzleRow(required=False, help_text="With `puzzle_required`: what to solve.")


class Refusal(serializers.Serializer[Any]):
    error = ErrorDetail()


def refusals(*statuses: int) -> dict[Any, Any]:
    """Return the error responses of an address, by status."""
    return {
        status: OpenApiResponse(Refusal, "Refused, with a sentence that says why.") for status in statuses
    }


@cache
def row_envelope(row: Any, name: str) -> serializers.Serializer[Any]:
    """Return the envelope of a single row."""
    return inline_serializer(f"{name}Answer", {"meta": Meta(), "data": row()})


@cache
def page_envelope(row: Any, name: str) -> serializers.Serializer[Any]:
    """Return the envelope of a page of rows."""
    return inline_serializer(
        f"{name}Page",
        {
            "meta": Meta(),
            "count": serializers.IntegerField(),
            "next": serializers.URLField(allow_null=True),
            "previous": serializers.URLField(allow_null=True),
            "data": row(many=True),
        },
    )


def documented(
    operation: str, summary: str, *, csv: bool = False
) -> Callable[[type[ListView]], type[ListView]]:
    """Describe the GET of a list."""

    def describe(view: type[ListView]) -> type[ListView]:
        row = view.serializer_class
        responses: dict[Any, Any] = {
            (200, "application/json"): page_envelope(row, row.__name__.removesuffix("Row"))
        }
        if csv:
            responses[200, "text/csv"] = OpenApiResponse({"type": "string"}, "All rows, as CSV.")
        schema = extend_schema(
            operation_id=operation,
            summary=summary,
            description="A page of rows, or with `format=csv` all of them." if csv else "A page of rows.",
            parameters=[view.parameters],
            responses=responses | refusals(400),
        )
        return extend_schema_view(get=schema)(view)

    return describe


def documented_row(
    operation: str, summary: str, name: str, errors: tuple[int, ...] = (404,)
) -> Callable[[type[DetailView]], type[DetailView]]:
    """Describe the GET of a single row."""

    def describe(view: type[DetailView]) -> type[DetailView]:
        responses = {200: row_envelope(view.serializer_class, name)} | refusals(*errors)
        schema = extend_schema(operation_id=operation, summary=summary, description="", responses=responses)
        return extend_schema_view(get=schema)(view)

    return describe


def with_as_of(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Add the parameter `as_of` to every GET: the middleware handles it for all views."""
    parameter = {
        "in": "query",
        "name": "as_of",
        "schema": {"type": "string"},
        "description": "A day, YYYY-MM-DD, or a moment: what was known then. Empty: what is known now.",
    }
    for operations in result["paths"].values():
        if "get" in operations:
            operations["get"].setdefault("parameters", []).append(parameter)
    return result


def with_common_refusals(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Add to every operation that it refuses unknown parameters, and too many requests."""
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Refusal"}}}
    for operations in result["paths"].values():
        for operation in operations.values():
            for status, reason in COMMON_REFUSALS.items():
                operation["responses"].setdefault(status, {"content": content, "description": reason})
    return result
