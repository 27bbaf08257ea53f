"""Turn the entries of files into rows; an invalid entry is rejected alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

import yaml

from evals.imports import tables
from evals.imports.bundle import Bundle, Part, constructed
from evals.imports.rows import (
    AnyRow,
    EmptyRow,
    InvalidCell,
    OverLimit,
    RejectedRow,
    Row,
    Rows,
    SkippedRow,
    Unreadable,
    abbreviate,
)

EntryRows = Iterable[Row | EmptyRow | SkippedRow]


def rows_of(entries: Iterable[tuple[int, Any]], make: Callable[[int, Any], EntryRows]) -> Rows:
    """Yield the rows of every entry; an entry that cannot be read becomes a rejected row.

    Raises OverLimit.
    """
    for line, entry in entries:
        try:
            if isinstance(entry, InvalidCell):
                raise entry
            yield from make(line, entry)
        except OverLimit:
            raise
        except (InvalidCell, Unreadable) as error:
            yield RejectedRow(line, str(error))
        except (AttributeError, KeyError, TypeError, IndexError, ValueError, OverflowError) as error:
            yield RejectedRow(line, f"is not of this format ({type(error).__name__}: {error})")
        except RecursionError:
            yield RejectedRow(line, "is nested too deeply")


def rows_of_parts(parts: Iterable[Part], read: Callable[[Part], Iterable[AnyRow]]) -> Rows:
    """Yield the rows of every file; of several, one that cannot be read becomes a rejected row.

    Raises Unreadable if the only file cannot be read, OverLimit in any case.
    """
    listed = list(parts)
    for part in listed:
        try:
            for row in read(part):
                yield row if len(listed) == 1 else replace(row, file=part.name)
        except OverLimit:
            raise
        except Unreadable as error:
            if len(listed) == 1:
                raise
            yield RejectedRow(0, str(error), part.name)


def listed(value: Any, name: str) -> list[Any]:
    """Return a list of the file. Raises Unreadable if the value is something else."""
    if not isinstance(value, list):
        raise Unreadable(f"{name} is {abbreviate(value)}; it must be a list.")
    return value


def header_of(bundle: Bundle, part: Part) -> tuple[str, ...]:
    """Return the columns of a CSV file, none if it has no readable header. Raises OverLimit."""
    try:
        return tables.columns_of(bundle.lines(part), part.name)
    except OverLimit:
        raise
    except Unreadable:
        return ()


def yaml_entries(bundle: Bundle, part: Part) -> Iterator[tuple[int, Any]]:
    """Yield the entries of a YAML list with their lines; a broken one as an error. Raises Unreadable."""
    for line, node in bundle.yaml_list(part):
        try:
            yield line, constructed(node)
        except InvalidCell as error:
            yield line, error


def yaml_fields(root: yaml.Node | None) -> dict[str, yaml.Node]:
    """Return the fields of a YAML mapping as nodes."""
    if not isinstance(root, yaml.MappingNode):
        return {}
    return {str(key.value): value for key, value in root.value}
