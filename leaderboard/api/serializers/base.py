"""Base classes of the serializers: read-only rows, and fields of related rows."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

SOURCED = ["source", "source_licence", "retrieved_on"]


def linked(source: str, *, null: bool = False) -> serializers.CharField:
    """Return a field of a related row, such as its slug."""
    return serializers.CharField(source=source, read_only=True, allow_null=null)


class ReadRow(serializers.ModelSerializer[Any]):
    def get_extra_kwargs(self) -> dict[str, Any]:
        """Make every field read-only: this drops value limits, which differ between databases."""
        return {name: {"read_only": True} for name in self.Meta.fields}
