"""Turn entries into rows one by one: what is wrong with one is told with its line, and the next is read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import yaml

from evals.imports.bundle import Bundle, Part, constructed
from evals.imports.rows import EmptyRow, InvalidCell, RejectedRow, Row, Rows

EntryRows = Iterable[Row | EmptyRow]


def rows_of(entries: Iterable[tuple[int, Any]], make: Callable[[int, Any], EntryRows]) -> Rows:
    """Give the rows of every entry; an entry that cannot be read is told and passed over."""
    for line, entry in entries:
        try:
            yield from make(line, entry)
        except InvalidCell as error:
            yield RejectedRow(line, str(error))
        except (AttributeError, KeyError, TypeError, IndexError, ValueError, RecursionError) as error:
            yield RejectedRow(line, f"is not of this format ({type(error).__name__}: {error})"[:200])


def header_of(bundle: Bundle, part: Part) -> tuple[str, ...]:
    """Return the first line of a CSV file as its columns."""
    for _, cells in bundle.table(part):
        return tuple(name for name in cells if name)
    return ()


def yaml_entries(root: yaml.Node | None) -> Iterator[tuple[int, Any]]:
    """Give the items of a YAML list with their lines."""
    if isinstance(root, yaml.SequenceNode):
        for node in root.value:
            yield node.start_mark.line + 1, constructed(node)


def yaml_fields(root: yaml.Node | None) -> dict[str, yaml.Node]:
    """Return the fields of a YAML mapping as nodes."""
    if not isinstance(root, yaml.MappingNode):
        return {}
    return {str(key.value): value for key, value in root.value}
