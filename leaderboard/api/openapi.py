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
from leaderboard.api.problems import MEDIA_TYPE as PROBLEM_TYPE


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Describes the bearer token in the OpenAPI document."""

    target_class = "leaderboard.api.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        """Return the OpenAPI security scheme of a bearer token."""
        return {"type": "http", "scheme": "bearer", "description": HOW}


POINTER = "JSON Pointer to the field of the body, such as #/evidence/0."


class Action(serializers.Serializer[Any]):
    method = serializers.CharField()
    url = serializers.URLField()


class PuzzleRow(serializers.Serializer[Any]):
    text = serializers.CharField()
    bits = serializers.IntegerField()
    expires_at = serializers.DateTimeField()


class FormerError(serializers.Serializer[Any]):
    """What an error was before problem details; its members stand beside this one now."""

    code = serializers.CharField()
    message = serializers.CharField()
    field = serializers.CharField(required=False)
    allowed = serializers.ListField(child=serializers.CharField(), required=False)
    action = Action(required=False)
    quota = serializers.CharField(required=False)
    renews_at = serializers.DateTimeField(required=False)
    scope = serializers.CharField(required=False)
    puzzle = PuzzleRow(required=False)


class FieldErrorRow(serializers.Serializer[Any]):
    """What is wrong with one parameter, or with one field of the body."""

    detail = serializers.CharField()
    field = serializers.CharField(required=False)
    pointer = serializers.CharField(required=False, help_text=POINTER)


class ProblemRow(serializers.Serializer[Any]):
    """Problem details of an error (RFC 9457)."""

    type = serializers.URLField(help_text="Identifies the type of the error, and describes it.")
    title = serializers.CharField(help_text="The same for every error of the type.")
    status = serializers.IntegerField()
    detail = serializers.CharField(help_text="For people: what is wrong, and what is allowed.")
    instance = serializers.CharField(help_text="The path of the request.")
    code = serializers.CharField(help_text="For programs: names the type, and never changes.")
    field = serializers.CharField(required=False, help_text="The parameter, or the field of the body.")
    pointer = serializers.CharField(required=False, help_text=POINTER)
    errors = FieldErrorRow(  # type: ignore[assignment] # a serializer uses the name itself
        many=True, required=False, help_text="Every error, if fields are invalid."
    )
    allowed = serializers.ListField(child=serializers.CharField(), required=False)
    suggestions = serializers.ListField(
        child=serializers.CharField(), required=False, help_text="Names like one that is not on record."
    )
    retry_at = serializers.DateTimeField(required=False, help_text="When the same request can succeed.")
    action = Action(required=False, help_text="With `not_computed`: what requests the computation.")
    quota = serializers.ChoiceField(
        [whose.value for whose in Of], required=False, help_text="With `quota_exceeded`: whose quota it is."
    )
    renews_at = serializers.DateTimeField(required=False, help_text="When that quota allows one more.")
    scope = serializers.ChoiceField(
        all_scopes(), required=False, help_text="With `missing_scope`: what the token lacks."
    )
    puzzle = PuzzleRow(required=False, help_text="With `puzzle_required`: what to solve.")
    error = FormerError(help_text="Deprecated: the whole content before problem details.")


def refusals(*statuses: int) -> dict[Any, Any]:
    """Return the error responses of an address, by status; those of every address are added to them."""
    return dict.fromkeys(((status, PROBLEM_TYPE) for status in statuses), ProblemRow)


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
