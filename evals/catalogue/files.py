"""The catalogue's files: their columns, and the reader of their rows."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

SOURCED = ("source", "licence", "retrieved_on")

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "developers.csv": ("slug", "name", "country", "headquarters", "aliases", *SOURCED),
    "models.csv": (
        "slug",
        "name",
        "developer",
        "family",
        "base_model",
        "base_source",
        "variant_of",
        "effort",
        "released_on",
        "release_precision",
        "announced_on",
        "openness",
        "weights_opened_on",
        "weights_licence",
        "parameters_b",
        "host_country",
        "host_source",
        "aliases",
        *SOURCED,
    ),
    "benchmarks.csv": (
        "slug",
        "name",
        "kind",
        "domain",
        "language",
        "metric",
        "unit",
        "direction",
        "chance",
        "ceiling",
        "items",
        "visibility",
        "contamination",
        "released_on",
        "aliases",
        *SOURCED,
    ),
    "scores.csv": (
        "model",
        "benchmark",
        "value",
        "stderr",
        "n",
        "provenance",
        "reported_by",
        "source",
        "licence",
        "observed_on",
        "retrieved_on",
    ),
    "claims.csv": (
        "slug",
        "claimed_on",
        "precision",
        "about_on",
        "claimant",
        "role",
        "leader",
        "follower",
        "scope",
        "lag_months_low",
        "lag_months_high",
        "direction",
        "statement",
        *SOURCED,
    ),
    "prices.csv": (
        "model",
        "provider",
        "in_force_on",
        "input_usd_per_mtok",
        "cached_input_usd_per_mtok",
        "output_usd_per_mtok",
        *SOURCED,
    ),
    "adoption.csv": (
        "observed_on",
        "precision",
        "subject",
        "country",
        "measure",
        "value",
        "unit",
        "statement",
        *SOURCED,
    ),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem in one cell of a file; line 0 means the file itself."""

    file: str
    line: int
    field: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.field}: {self.message}"


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a file."""

    file: str
    line: int
    cells: Mapping[str, str]

    def __getitem__(self, field: str) -> str:
        return self.cells[field]

    def names(self, field: str = "aliases") -> list[str]:
        """Return the names in a cell that lists several, separated by ";"."""
        return [name for part in self.cells[field].split(";") if (name := part.strip())]

    def problem(self, field: str, message: str) -> Problem:
        """Return a problem in a cell of this row."""
        return Problem(self.file, self.line, field, message)


Tables = Mapping[str, Sequence[Row]]


@dataclass(frozen=True, slots=True)
class CatalogueContent:
    """The rows of every file, and the problems of the files themselves."""

    tables: Tables
    problems: Sequence[Problem]


def read_tables(folder: Path) -> CatalogueContent:
    """Read every file of a catalogue."""
    tables: dict[str, list[Row]] = {}
    problems: list[Problem] = []
    for name, columns in COLUMNS.items():
        tables[name] = []
        if not (folder / name).is_file():
            problems.append(Problem(name, 0, "the file", f"is not in {folder}"))
            continue
        for row in _lines(folder / name, columns):
            if isinstance(row, Problem):
                problems.append(row)
            else:
                tables[name].append(row)
    return CatalogueContent(tables, problems)


def _lines(path: Path, columns: tuple[str, ...]) -> list[Row | Problem]:
    lines: list[Row | Problem] = []
    reader = None
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            if tuple(reader.fieldnames or ()) != columns:
                return [Problem(path.name, 1, "the header", f"must be {','.join(columns)}")]
            lines.extend(_row(path.name, reader.line_num, cells, columns) for cells in reader)
    except UnicodeDecodeError as error:
        return [Problem(path.name, 0, "the file", f"must be UTF-8 text; its byte {error.start} is not")]
    except csv.Error as error:
        lines.append(Problem(path.name, reader.line_num if reader else 1, "the line", f"is no CSV: {error}"))
    return lines


def _row(
    file: str, line: int, cells: Mapping[str | None, str | None], columns: tuple[str, ...]
) -> Row | Problem:
    if None in cells or None in cells.values():
        return Problem(file, line, "the line", f"must have {len(columns)} cells, as the header has")
    if with_nul := [name for name in columns if "\0" in (cells[name] or "")]:
        return Problem(file, line, with_nul[0], "must not contain a NUL character")
    return Row(file, line, {name: (cells[name] or "").strip() for name in columns})
