"""Read tables of text: CSV with commas, semicolons or tabs, a faulty line at a time."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from evals.imports.rows import InvalidCell, Unreadable, abbreviate

SEPARATORS = (",", ";", "\t")
MAX_CELL_LINES = 100
"""A quoted cell that is still open after so many lines lacks its closing quote."""
MAX_COLUMNS = 1000
DECIMAL_COMMA = re.compile(r"[+-]?(0,\d+|\d+,(\d{1,2}|\d{4,}))%?")
"""A number with a decimal comma; 1,234 is not, for it may be a thousand."""
Cells = dict[str, str]
Record = tuple[int, Cells | InvalidCell]


@dataclass(frozen=True, slots=True)
class _Layout:
    header: tuple[str, ...]
    separator: str
    all_named: bool


def records(lines: Iterable[tuple[int, str]], name: str) -> Iterator[Record]:
    """Yield the rows of a table with their first line: the cells by column, or an error.

    The header decides on the separator. Blanks around names and cells are removed, empty rows and columns
    without a name are passed over; other cells beyond the header stand under "". In tables with semicolons a
    decimal comma becomes a point. Raises Unreadable if the header names a column twice.
    """
    layout = None
    for line, physical in _logical_lines(lines):
        if isinstance(physical, InvalidCell):
            yield line, physical
            continue
        if not physical.strip(f" \r\n{''.join(SEPARATORS)}"):
            continue
        if layout is None:
            layout = _layout(physical, name)
            continue
        cells = _split(physical, layout.separator)
        yield line, cells if isinstance(cells, InvalidCell) else _cells(cells, layout)


def columns_of(lines: Iterable[tuple[int, str]], name: str) -> tuple[str, ...]:
    """Return the columns of a table. Raises Unreadable."""
    for _, physical in _logical_lines(lines):
        if not isinstance(physical, InvalidCell) and physical.strip():
            return tuple(column for column in _layout(physical, name).header if column)
    return ()


def _logical_lines(lines: Iterable[tuple[int, str]]) -> Iterator[tuple[int, str | InvalidCell]]:
    """Join the lines of quoted cells; where a quote is never closed, only its own line is an error."""
    waiting: list[tuple[int, str]] = []
    is_open = False
    for numbered in lines:
        if not waiting and '"' not in numbered[1]:
            yield numbered
            continue
        waiting.append(numbered)
        is_open ^= numbered[1].count('"') % 2 == 1
        if not is_open:
            yield waiting[0][0], "".join(text for _, text in waiting)
            waiting = []
        elif len(waiting) > MAX_CELL_LINES:
            yield from _without_first(waiting)
            waiting, is_open = [], False
    if waiting:
        yield from _without_first(waiting)


def _without_first(waiting: list[tuple[int, str]]) -> Iterator[tuple[int, str | InvalidCell]]:
    yield waiting[0][0], InvalidCell("has a quote that is never closed")
    yield from _logical_lines(waiting[1:])


def _layout(line: str, name: str) -> _Layout:
    counts = {separator: line.count(separator) for separator in SEPARATORS}
    separator = max(SEPARATORS, key=lambda candidate: counts[candidate])  # of equals, the comma
    if counts[separator] >= MAX_COLUMNS:
        raise Unreadable(f"{name}: the header has more than {MAX_COLUMNS:,} columns.")
    header = _split(line, separator)
    if isinstance(header, InvalidCell):
        raise Unreadable(f"{name}: the header {header}.")
    repeated = sorted(column for column, times in Counter(header).items() if column and times > 1)
    if repeated:
        raise Unreadable(f"{name}: the header names {', '.join(map(abbreviate, repeated))} twice.")
    return _Layout(tuple(header), separator, all(header))


def _split(line: str, separator: str) -> list[str] | InvalidCell:
    if '"' not in line:
        return [cell.strip() for cell in line.split(separator)]
    try:
        cells = next(csv.reader([line], delimiter=separator, skipinitialspace=True), [])
    except csv.Error as error:
        return InvalidCell(f"is no CSV: {error}")
    return [cell.strip() for cell in cells]


def _cells(cells: list[str], layout: _Layout) -> Cells:
    if layout.separator == ";":
        cells = [cell.replace(",", ".") if DECIMAL_COMMA.fullmatch(cell) else cell for cell in cells]
    if len(cells) == len(layout.header) and layout.all_named:
        return dict(zip(layout.header, cells, strict=True))
    named = dict.fromkeys((column for column in layout.header if column), "")
    named |= {column: cell for column, cell in zip(layout.header, cells, strict=False) if column}
    nameless = [cell for column, cell in zip(layout.header, cells, strict=False) if not column]
    if surplus := "".join([*nameless, *cells[len(layout.header) :]]):
        named[""] = surplus
    return named
