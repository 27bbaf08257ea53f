"""Read Epoch AI's downloads: the scores under its index, the index, and the hub's file for each benchmark."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any, NamedTuple

from evals.imports.bundle import Bundle, Part
from evals.imports.entries import header_of, rows_of, rows_of_parts
from evals.imports.rows import (
    EmptyRow,
    Row,
    Rows,
    Scale,
    SkippedRow,
    Unreadable,
    day_or_none,
    half_width,
    number,
    number_or_none,
    text,
    text_or_empty,
)
from evals.imports.units import column_scale

INDEX = "Epoch Capabilities Index"
OWN_SCORES = ("mean_score", "Best score (across scorers)")
"""The score columns of Epoch's own runs, which are fractions."""
HUB_SCORES = (
    *OWN_SCORES,
    *("Score", "Overall score", "Overall accuracy", "Accuracy", "Accuracy mean", "Binary accuracy", "EM"),
    *("Average score", "Average progress", "Main score", "Pass@1 score", "Correct", "Score (AVG@5)"),
    *("Overall pass (%)", "Percent correct", "% Resolved", "% Score", "Average (%)", "Global average"),
)
"""The score columns of the hub's files in the order in which they are looked for."""
HUB_AGENTS = ("Agent", "Scaffold", "Harness", "Agent framework", "Agent scaffold")
Cells = Mapping[str, str]


class _Column(NamedTuple):
    """The score column of a file of the hub: its benchmark, its name, its scale and the agent's column."""

    benchmark: str
    name: str
    scale: Scale
    agent: str


def _tables(bundle: Bundle, *columns: str) -> list[Part]:
    return [part for part in bundle.named(".csv") if set(columns) <= set(header_of(bundle, part))]


def matches_benchmarks(bundle: Bundle) -> bool:
    """Return whether this is eci_benchmarks.csv."""
    return len(bundle.parts) == 1 and bool(_tables(bundle, "performance", "benchmark", "model"))


def read_benchmarks(bundle: Bundle) -> Rows:
    """Yield every score; `performance` is 0 at chance and 1 at the ceiling, `model` is the name to use."""
    return rows_of_parts(bundle.named(".csv"), lambda part: rows_of(bundle.table(part), _benchmark_row))


def _benchmark_row(line: int, cells: Cells) -> Iterator[Row | EmptyRow]:
    origin = text_or_empty(cells.get("source"), "source", 900)
    yield Row(
        line=line,
        model=text(cells["model"], "model"),
        benchmark=text(cells["benchmark"], "benchmark"),
        value=number(cells["performance"], "performance"),
        scale=Scale.ABOVE_CHANCE,
        remark=f"from: {origin}" if origin else "",
        released_on=day_or_none(cells.get("date"), "date"),
    )


def matches_index(bundle: Bundle) -> bool:
    """Return whether this is a file of the index: eci_scores.csv, or the hub's."""
    return len(bundle.parts) == 1 and bool(
        _tables(bundle, "eci", "Model") or _tables(bundle, "ECI Score", "Model version")
    )


def read_index(bundle: Bundle) -> Rows:
    """Yield every model's index; its standard error is the interval's width over 3.92."""
    return rows_of_parts(bundle.named(".csv"), lambda part: rows_of(bundle.table(part), _index_row))


def _index_row(line: int, cells: Cells) -> Iterator[Row | EmptyRow]:
    newer = "eci" in cells
    name = text(cells["Model" if newer else "Model version"], "the model")
    value = cells["eci" if newer else "ECI Score"]
    if not value:
        yield EmptyRow(line, f"{name} has no index")
        return
    low = number_or_none(cells.get("eci_ci_low"), "eci_ci_low")
    high = number_or_none(cells.get("eci_ci_high"), "eci_ci_high")
    yield Row(
        line=line,
        model=name,
        benchmark=INDEX,
        value=number(value, "the index"),
        stderr=half_width(low, high),
        developer=text_or_empty(cells.get("Organization"), "Organization"),
        released_on=day_or_none(cells["date" if newer else "Release date"], "the release date"),
    )


def matches_hub(bundle: Bundle) -> bool:
    """Return whether these are files of the hub: a row per model version, a score column of a known name."""
    return not matches_index(bundle) and any(
        _score_column(header_of(bundle, part)) for part in _tables(bundle, "Model version", "Release date")
    )


def read_hub(bundle: Bundle) -> Rows:
    """Yield the scores of every file of the hub; the file's name is the benchmark's."""
    parts = bundle.named(".csv")
    return rows_of_parts(parts, lambda part: _hub_rows(bundle, part, alone=len(parts) == 1))


def _score_column(header: tuple[str, ...]) -> str:
    return next((name for name in HUB_SCORES if name in header), "")


def _hub_rows(bundle: Bundle, part: Part, *, alone: bool) -> Rows:
    header = header_of(bundle, part)
    name = _score_column(header) if "Model version" in header else ""
    if not name and alone:
        raise Unreadable(f"{part.name} has none of the score columns {', '.join(HUB_SCORES)}.")
    if not name:
        yield SkippedRow(1, f"{part.name} has no score column that is known")
        return
    benchmark = PurePosixPath(part.name).stem.removesuffix("_external").replace("_", " ")
    agent = next((column for column in HUB_AGENTS if column in header), "")
    column = _Column(benchmark, name, _hub_scale(bundle, part, name), agent)
    entries = (
        (line, cells if isinstance(cells, Exception) else (column, cells))
        for line, cells in bundle.table(part)
    )
    yield from rows_of(entries, _hub_row)


def _hub_scale(bundle: Bundle, part: Part, column: str) -> Scale:
    if column in OWN_SCORES:
        return Scale.RAW
    cells = (cells.get(column) for _, cells in bundle.table(part) if isinstance(cells, dict))
    return column_scale(column, cells)


def _hub_row(line: int, entry: tuple[_Column, Cells]) -> Iterator[Row | EmptyRow]:
    column, cells = entry
    name = text(cells["Model version"], "Model version")
    if not cells[column.name]:
        yield EmptyRow(line, f"{name} has no {column.name}")
        return
    facts: dict[str, Any] = (
        {"agent": text_or_empty(cells.get(column.agent), column.agent)} if column.agent else {}
    )
    if column.scale == Scale.UNKNOWN:
        facts["unit_of"] = f"epoch-hub {column.benchmark}, {column.name}"
    yield Row(
        line=line,
        model=name,
        benchmark=column.benchmark,
        value=number(cells[column.name].rstrip("%"), column.name),
        stderr=number_or_none(cells.get("stderr"), "stderr"),
        scale=column.scale,
        developer=text_or_empty(cells.get("Organization"), "Organization"),
        released_on=day_or_none(cells.get("Release date"), "Release date"),
        **facts,
    )
