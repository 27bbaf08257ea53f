"""What the command writes: results to stdout, everything else to stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from lagline.errors import MissingField, UnexpectedResponse
from lagline.rows import Meta

BARS = "▁▂▃▄▅▆▇█"


def write_json(value: object) -> None:
    """Write a value as JSON, on one line; in ASCII, so that a terminal runs nothing of it."""
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


def write_result(data: object, meta: Meta) -> None:
    """Write data as JSON in the form of the API."""
    write_json({"meta": meta.to_dict(), "data": data})


def write_line(text: str) -> None:
    """Write a line of a result."""
    Console(soft_wrap=True, highlight=False).print(Text(printable(text)))


def write_note(text: str) -> None:
    """Write a line that is no part of the result."""
    Console(stderr=True, soft_wrap=True, highlight=False).print(Text(printable(text)))


def write_table(rows: Iterable[Mapping[str, Any]], columns: Sequence[str], meta: Meta) -> None:
    """Write columns of rows as a table, and the citation below it to stderr."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in columns:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell(row.get(name))) for name in columns))
    console = Console()
    if not console.is_terminal:
        console = Console(width=max(80, console.measure(table).maximum))
    console.print(table)
    write_citation(meta)


def write_citation(meta: Meta) -> None:
    """Write how to cite a result."""
    if meta.citation:
        write_note(meta.citation)


def cell(value: object) -> str:
    """Return a value for people: nothing for None, four significant digits, no control characters."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.4g}"
    return printable(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def member(value: object, *names: str) -> Any:
    """Return a member of objects in objects. Raises MissingField."""
    for name in names:
        if not isinstance(value, Mapping) or name not in value:
            raise MissingField(f"The service's response has no {'.'.join(names)}.")
        value = value[name]
    return value


def elements(value: object) -> list[Any]:
    """Return a list of a response; None counts as empty. Raises UnexpectedResponse."""
    if value is not None and not isinstance(value, list):
        raise UnexpectedResponse("The service's response has something else in the place of a list.")
    return value or []


def printable(text: str) -> str:
    """Return text without characters that a terminal runs or that change the order of others."""
    return "".join(
        character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text
    )


def sparkline(values: Sequence[object]) -> str:
    """Return a bar for each number, from the lowest to the highest, and a space for anything else."""
    known = [value for value in values if isinstance(value, int | float)]
    if not known:
        return ""
    low, span = min(known), (max(known) - min(known)) or 1.0
    last = len(BARS) - 1
    return "".join(
        BARS[round((value - low) / span * last)] if isinstance(value, int | float) else " "
        for value in values
    )
