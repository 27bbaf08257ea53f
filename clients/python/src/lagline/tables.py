"""Rows as typed columns, and these as data frames.

A nested object becomes columns with dots in their names, and a list stays JSON, as in the service's CSV.
Names say the type: `_at` and `_until` are times in UTC, `_on` and `as_of` days, and `_usd` amounts, which are
floats here and exact decimal numbers, as text, in the rows.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow

Values = list[Any]
AMOUNT = re.compile(r"_usd(_|$)")


def typed_columns(rows: Sequence[Mapping[str, Any]]) -> dict[str, Values]:
    """Return the values of each column, all of one type or None; a row without a column has None there."""
    flat = [dict(_flatten(row)) for row in rows]
    names = dict.fromkeys(name for row in flat for name in row)
    return {name: _typed(name, [row.get(name) for row in flat]) for name in names}


def to_pandas(rows: Sequence[Mapping[str, Any]], attributes: Mapping[str, Any]) -> pandas.DataFrame:
    """Return a pandas data frame; days are datetime64 columns, too."""
    import pandas

    columns = typed_columns(rows)
    frame = pandas.DataFrame(
        {
            name: pandas.to_datetime(values) if _type_of(values) in (date, datetime) else values
            for name, values in columns.items()
        }
    )
    frame.attrs.update(attributes)
    return frame


def to_polars(rows: Sequence[Mapping[str, Any]], attributes: Mapping[str, Any]) -> polars.DataFrame:
    """Return a polars data frame."""
    import polars

    frame = polars.DataFrame(typed_columns(rows), infer_schema_length=None)
    frame.attrs = dict(attributes)  # type: ignore[attr-defined] # polars has no place of its own for it
    return frame


def to_arrow(rows: Sequence[Mapping[str, Any]], attributes: Mapping[str, Any]) -> pyarrow.Table:
    """Return an Arrow table."""
    import pyarrow

    table = pyarrow.table(typed_columns(rows))
    return table.replace_schema_metadata({name: str(value) for name, value in attributes.items()})


def _flatten(row: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in row.items():
        if isinstance(value, Mapping):
            yield from _flatten(value, f"{prefix}{name}.")
        elif isinstance(value, list):
            yield prefix + name, json.dumps(value, ensure_ascii=False)
        else:
            yield prefix + name, value


def _typed(name: str, values: Values) -> Values:
    """Return values of one type: that of the name if all can be read so, else floats, else text."""
    last = name.rpartition(".")[2]
    if read := _reader(last):
        try:
            return [None if value is None else read(value) for value in values]
        except (ValueError, TypeError):
            pass
    types = {type(value) for value in values if value is not None}
    if len(types) <= 1:
        return values
    if types == {int, float}:
        return [None if value is None else float(value) for value in values]
    return [value if value is None or isinstance(value, str) else json.dumps(value) for value in values]


def _reader(name: str) -> Callable[[Any], Any] | None:
    if name.endswith(("_at", "_until")):
        return lambda value: datetime.fromisoformat(value).astimezone(UTC)
    if name.endswith("_on") or name == "as_of":
        return date.fromisoformat
    return float if AMOUNT.search(name) else None


def _type_of(values: Values) -> type | None:
    return next((type(value) for value in values if value is not None), None)
