"""Read our own CSV: one figure a line, each with its source; docs/importing.md lists the columns."""

from __future__ import annotations

from collections.abc import Iterator

from evals.csv_cells import restore_cell
from evals.imports.bundle import Bundle, Part
from evals.imports.entries import header_of, rows_of, rows_of_parts
from evals.imports.rows import (
    LONGEST_SOURCE,
    EmptyRow,
    InvalidCell,
    Row,
    Rows,
    Unreadable,
    count_or_none,
    day_or_none,
    number,
    number_or_none,
    text,
    text_or_empty,
)

REQUIRED = ("model", "benchmark", "value", "reported_by", "source")
OPTIONAL = ("stderr", "n", "observed_on", "licence", "provenance", "retrieved_on", "form")
REPORTERS = ("vendor", "independent")


def matches(bundle: Bundle) -> bool:
    """Return whether this is a table with our columns."""
    parts = bundle.named(".csv")
    return len(parts) == 1 and set(REQUIRED) <= set(header_of(bundle, parts[0]))


def read(bundle: Bundle) -> Rows:
    """Yield every line."""
    return rows_of_parts(bundle.named(".csv"), lambda part: _lines(bundle, part))


def _lines(bundle: Bundle, part: Part) -> Rows:
    header = set(header_of(bundle, part))
    if missing := set(REQUIRED) - header:
        raise Unreadable(
            f"{part.name}: the header has no {', '.join(sorted(missing))}; it must name "
            f"{', '.join(REQUIRED)}, with commas, semicolons or tabs between them."
        )
    if strange := header - {*REQUIRED, *OPTIONAL}:
        known = ", ".join((*REQUIRED, *OPTIONAL))
        raise Unreadable(f"{part.name}: unknown columns {', '.join(sorted(strange))}; known: {known}.")
    yield from rows_of(bundle.table(part), _row)


def _row(line: int, cells: dict[str, str]) -> Iterator[Row | EmptyRow]:
    if "" in cells:
        raise InvalidCell("has more cells than the header")
    cells = {name: restore_cell(cell or "") for name, cell in cells.items()}
    if (reporter := cells["reported_by"]) not in REPORTERS:
        raise InvalidCell(f"reported_by is {reporter!r}; allowed: {', '.join(REPORTERS)}")
    if (provenance := cells.get("provenance") or "reported") != "reported":
        raise InvalidCell(f"provenance is {provenance!r}; a table holds reported figures only")
    yield Row(
        line=line,
        model=text(cells["model"], "model"),
        benchmark=text(cells["benchmark"], "benchmark"),
        value=number(cells["value"], "value"),
        stderr=number_or_none(cells.get("stderr"), "stderr"),
        n=count_or_none(cells.get("n"), "n"),
        reported_by=reporter,
        form=cells.get("form") or "",
        observed_on=day_or_none(cells.get("observed_on"), "observed_on"),
        source=text(cells["source"], "source", LONGEST_SOURCE),
        licence=text_or_empty(cells.get("licence"), "licence", 120),
    )
