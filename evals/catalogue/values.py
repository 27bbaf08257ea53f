"""Convert checked cells to Python values: dates, numbers, lists of names, or text."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from evals.catalogue.files import Row

COUNTS = frozenset({"n", "items"})
NUMBERS = frozenset(
    {"value", "stderr", "chance", "ceiling", "parameters_b", "lag_months_low", "lag_months_high"}
)
DAY = "day"


def value_of(column: str, text: str) -> Any:
    """Return the value of a cell; an empty date or number is None."""
    if column.endswith("_on"):
        return date.fromisoformat(text) if text else None
    if column in COUNTS:
        return int(text) if text else None
    if column in NUMBERS:
        return float(text) if text else None
    if column.endswith("_usd_per_mtok"):
        return Decimal(text) if text else None
    if column in ("precision", "release_precision"):
        return text or DAY
    return text


def values_of(row: Row) -> dict[str, Any]:
    """Return the values of a checked row by column."""
    values = {column: value_of(column, text) for column, text in row.cells.items()}
    return values | {"aliases": row.names()} if "aliases" in values else values
