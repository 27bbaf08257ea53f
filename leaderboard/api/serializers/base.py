"""Base classes of the serializers: read-only rows with fields of related rows, and bodies of requests."""

from __future__ import annotations

import json
from typing import Any

from django.db import models
from rest_framework import serializers

SOURCED = ["source", "source_licence", "retrieved_on"]


def linked(source: str, *, null: bool = False) -> serializers.CharField:
    """Return a field of a related row, such as its slug."""
    return serializers.CharField(source=source, read_only=True, allow_null=null)


class ReadRow(serializers.ModelSerializer[Any]):
    serializer_field_mapping = serializers.ModelSerializer.serializer_field_mapping | {
        models.URLField: serializers.CharField  # an empty text, where it may be blank, is no URL
    }

    def get_extra_kwargs(self) -> dict[str, Any]:
        """Make every field read-only: this drops value limits, which differ between databases."""
        return {name: {"read_only": True} for name in self.Meta.fields}

    def build_standard_field(self, field_name: str, model_field: Any) -> Any:
        """Build a field; the values of one that may be blank include the empty text."""
        kind, options = super().build_standard_field(field_name, model_field)
        if issubclass(kind, serializers.ChoiceField) and model_field.blank:
            options["choices"] = [*model_field.choices, ("", "none")]
        return kind, options


class RequestBody(serializers.Serializer[Any]):
    """The body of a request: an unknown field, or a value of another JSON type, is refused."""

    def to_internal_value(self, data: Any) -> Any:
        """Return the validated fields. Raises ValidationError with every error, by field."""
        if not isinstance(data, dict):
            return super().to_internal_value(data)
        unknown = sorted(set(data) - set(self.fields))
        if unknown:
            message = f"There is no such field. Allowed: {', '.join(self.fields)}."
            raise serializers.ValidationError({unknown[0]: [message]})
        wrong: dict[str, Any] = {
            name: [text] for name, value in data.items() if (text := _wrong_type(self.fields[name], value))
        }
        try:
            values = super().to_internal_value(data)
        except serializers.ValidationError as error:
            wrong = dict(error.detail) | wrong  # type: ignore[arg-type] # each field has errors of its own
        if wrong:
            raise serializers.ValidationError(
                {name: wrong[name] for name in map(str, self.fields) if name in wrong}
            )
        return values


# DRF reads 0 as false and 5 as "5"; a client that sends another type than the schema's has a fault.
JSON_TYPES: tuple[tuple[type[serializers.Field[Any, Any, Any, Any]], tuple[type, ...], str], ...] = (
    (serializers.BooleanField, (bool,), "true or false"),
    (serializers.IntegerField, (int, float), "a whole number"),
    (serializers.FloatField, (int, float), "a number"),
    (serializers.DecimalField, (int, float, str), "a number, or a text with one"),
    (serializers.CharField, (str,), "a text"),
    (serializers.ChoiceField, (str,), "a text"),
)


def _wrong_type(field: serializers.Field[Any, Any, Any, Any], value: Any) -> str:
    """Return what a value should be, or an empty text; null and compound values are left to the field."""
    if value is None or isinstance(value, dict | list):
        return ""
    for kind, types, expected in JSON_TYPES:
        if isinstance(field, kind):
            is_right = isinstance(value, types) and (bool in types or not isinstance(value, bool))
            return "" if is_right else f"Send {expected}, not {json.dumps(value)[:40]}."
    return ""
