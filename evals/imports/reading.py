"""Read a file in a child process: its format and its rows come back, or the reason why it is not read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import astuple, dataclass, fields
from datetime import date
from operator import attrgetter
from pathlib import Path
from typing import Any

from evals.imports.bundle import Bundle
from evals.imports.formats import FORMATS, Format, format_named, recognised
from evals.imports.rows import (
    AnyRow,
    EmptyRow,
    InvalidCell,
    RejectedRow,
    Row,
    Scale,
    SkippedRow,
    Unreadable,
    printable,
)
from evals.untrusted.child import ChildLimits, ReaderStopped, read_in_child

Watch = Callable[[int, int], None]
"""Is called with the number of bytes read since its last call, and the number of all bytes."""
READER = "evals.imports.reading:import_messages"
OTHER_ROWS: dict[str, type[RejectedRow | EmptyRow | SkippedRow]] = {
    row.__name__: row for row in (RejectedRow, EmptyRow, SkippedRow)
}
COLUMNS = tuple(field.name for field in fields(Row))
DATES = ("observed_on", "released_on")
_cells_of = attrgetter(*COLUMNS)


@dataclass(frozen=True, slots=True)
class ReadingLimits:
    """What reading a file may use, and the number of its rows, which are held in this process."""

    child: ChildLimits
    rows: int


IN_A_COMMAND = ReadingLimits(ChildLimits(), rows=3_000_000)
IN_A_REQUEST = ReadingLimits(ChildLimits(memory_mib=1024, cpu_s=30, deadline_s=60), rows=50_000)


def read_import_rows(
    path: Path, format_name: str, *, limits: ReadingLimits = IN_A_COMMAND, watch: Watch | None = None
) -> tuple[Format, Iterator[AnyRow]]:
    """Return the format of a file or folder, named or recognised, and its rows. Raises Unreadable."""
    messages = read_in_child(READER, [str(path.absolute()), format_name], limits.child)
    rows = _rows(messages, path.name, limits, watch)
    return next(rows), rows  # type: ignore[return-value] # the format comes first


def _rows(
    messages: Iterator[Any], name: str, limits: ReadingLimits, watch: Watch | None
) -> Iterator[Format | AnyRow]:
    count = 0
    try:
        for kind, *content in messages:
            if kind == "read":
                if watch:
                    watch(*content)
            elif kind == "unreadable":
                raise Unreadable(content[0])
            elif kind == "format":
                yield FORMATS[content[0]]
            else:
                count += 1
                if count > limits.rows:
                    raise Unreadable(f"{name} holds more than {limits.rows:,} rows; give it in parts.")
                yield _row(kind, content)
    except ReaderStopped as error:
        raise Unreadable(f"{name} is not read. {error}") from None
    except (KeyError, TypeError, InvalidCell) as error:
        raise Unreadable(f"{name} is not read: its reader sent {printable(repr(error), 120)}.") from None


def _row(kind: str, cells: list[Any]) -> AnyRow:
    if kind != "Row":
        return OTHER_ROWS[kind](*cells)
    row = dict(zip(COLUMNS, cells, strict=True))
    for name in DATES:
        row[name] = row[name] and date.fromisoformat(row[name])
    return Row(**row | {"scale": Scale(row["scale"])})


def import_messages(path: str, format_name: str) -> Iterator[list[Any]]:
    """Yield the format and the rows of a file as messages; runs in the child."""
    try:
        file = Path(path)
        file_format = format_named(format_name) if format_name else recognised(Bundle(file))
        yield ["format", file_format.name]
        read: list[int] = []
        bundle = Bundle(file, watch=read.append)
        for row in file_format.read(bundle):
            if read:
                yield ["read", sum(read), bundle.size]
                read.clear()
            yield _message(row)
    except Unreadable as error:
        yield ["unreadable", str(error)]


def _message(row: AnyRow) -> list[Any]:
    if not isinstance(row, Row):
        return [type(row).__name__, *astuple(row)]
    cells = _cells_of(row)
    return ["Row", *(cell.isoformat() if isinstance(cell, date) else cell for cell in cells)]
