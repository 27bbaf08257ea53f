"""Filters that ignore empty values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def without_empty_filters(exact: Mapping[str, Any]) -> dict[str, Any]:
    """Return the lookups that have a value; an empty one means any."""
    return {lookup: value for lookup, value in exact.items() if value}
