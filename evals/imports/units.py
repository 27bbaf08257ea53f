"""Determine the unit of a column of scores from its name and all of its cells, never from a single value."""

from __future__ import annotations

import re
from collections.abc import Iterable

from evals.imports.rows import Scale

PERCENT_NAME = re.compile(r"%|\bper ?cent\b|\bpercentage\b|\bpct\b", re.IGNORECASE)
PERCENT_UNITS = frozenset({"%", "percent", "per cent", "percentage", "pct", "percentage points"})
FRACTION_UNITS = frozenset({"proportion", "fraction", "ratio", "share", "probability", "rate"})
HUNDRED = 100


def column_scale(name: str, cells: Iterable[object]) -> Scale:
    """Return the scale of a column of shares: per cent if its name or every cell states it, else unknown.

    Values over 1 cannot be fractions: if all values but zeros are over 1, the column is in per cent. A column
    with values on both sides of 1, or with none over 1, can be either.
    """
    if PERCENT_NAME.search(name):
        return Scale.PERCENT
    written = [str(cell).strip() for cell in cells if cell is not None and str(cell).strip()]
    signs = sum(cell.endswith("%") for cell in written)
    if signs:
        return Scale.PERCENT if signs == len(written) else Scale.UNKNOWN
    values = [abs(value) for cell in written if (value := _value(cell))]
    return Scale.PERCENT if values and min(values) > 1 else Scale.UNKNOWN


def stated_scale(unit: str, ceiling: object) -> Scale:
    """Return the scale of a metric by its unit and its highest possible value, as far as they are stated."""
    word = unit.strip().casefold()
    by_unit = Scale.PERCENT if word in PERCENT_UNITS else Scale.RAW if word else Scale.UNKNOWN
    is_number = isinstance(ceiling, int | float) and not isinstance(ceiling, bool)
    by_ceiling = Scale.UNKNOWN
    if is_number and ceiling in (1, HUNDRED):
        by_ceiling = Scale.RAW if ceiling == 1 else Scale.PERCENT
    if word in PERCENT_UNITS | FRACTION_UNITS and by_ceiling not in (Scale.UNKNOWN, by_unit):
        return Scale.UNKNOWN  # the two contradict each other
    return by_ceiling if by_unit == Scale.UNKNOWN else by_unit


def _value(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        return 0.0
