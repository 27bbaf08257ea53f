"""Read Epoch AI's downloads: the scores under its index, the index, and the hub's file of each benchmark."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from evals.imports.bundle import Bundle, Part
from evals.imports.entries import header_of, rows_of
from evals.imports.rows import (
    EmptyRow,
    Row,
    Rows,
    Scale,
    Unreadable,
    day_or_none,
    half_width,
    number,
    number_or_none,
    text,
)

INDEX = "Epoch Capabilities Index"
HUB_SCORES = (
    "mean_score",
    "Best score (across scorers)",
    "Score",
    "Overall score",
    "Overall accuracy",
    "Accuracy",
    "EM",
    "Average score",
    "Overall pass (%)",
    "Percent correct",
    "Global average",
)
Cells = Mapping[str, str]


def _tables(bundle: Bundle, *columns: str) -> list[Part]:
    return [part for part in bundle.named(".csv") if set(columns) <= set(header_of(bundle, part))]


def matches_benchmarks(bundle: Bundle) -> bool:
    """Tell whether this is eci_benchmarks.csv."""
    return len(bundle.parts) == 1 and bool(_tables(bundle, "performance", "benchmark", "model"))


def read_benchmarks(bundle: Bundle) -> Rows:
    """Give every score; `performance` is 0 at chance and 1 at the ceiling, `model` the name to go by."""
    for part in bundle.named(".csv"):
        yield from rows_of(bundle.table(part), _benchmark_row)


def _benchmark_row(line: int, cells: Cells) -> Iterator[Row | EmptyRow]:
    yield Row(
        line=line,
        model=text(cells["model"], "model"),
        benchmark=text(cells["benchmark"], "benchmark"),
        value=number(cells["performance"], "performance"),
        scale=Scale.ABOVE_CHANCE,
        remark=f"from: {origin}" if (origin := cells.get("source", "").strip()) else "",
        released_on=day_or_none(cells.get("date"), "date"),
    )


def matches_index(bundle: Bundle) -> bool:
    """Tell whether this is a file of the index: eci_scores.csv, or the hub's."""
    return len(bundle.parts) == 1 and bool(
        _tables(bundle, "eci", "Model") or _tables(bundle, "ECI Score", "Model version")
    )


def read_index(bundle: Bundle) -> Rows:
    """Give every model's index; its standard error is the interval's width over 3.92."""
    for part in bundle.named(".csv"):
        yield from rows_of(bundle.table(part), _index_row)


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
        developer=cells.get("Organization", ""),
        released_on=day_or_none(cells["date" if newer else "Release date"], "the release date"),
    )


def matches_hub(bundle: Bundle) -> bool:
    """Tell whether these are files of the hub: a row a model version, a score column of a known name."""
    return not matches_index(bundle) and any(
        _score_column(bundle, part) for part in _tables(bundle, "Model version", "Release date")
    )


def read_hub(bundle: Bundle) -> Rows:
    """Give the scores of every file of the hub; the file's name is the benchmark's."""
    for part in _tables(bundle, "Model version"):
        benchmark = PurePosixPath(part.name).stem.removesuffix("_external").replace("_", " ")
        if column := _score_column(bundle, part):
            entries = ((line, (benchmark, column, cells)) for line, cells in bundle.table(part))
            yield from rows_of(entries, _hub_row)
        elif len(bundle.parts) == 1:
            raise Unreadable(f"{part.name} has none of the score columns {', '.join(HUB_SCORES)}.")
        else:
            yield EmptyRow(1, f"{part.name} has no score column that is known")


def _score_column(bundle: Bundle, part: Part) -> str:
    header = header_of(bundle, part)
    return next((name for name in HUB_SCORES if name in header), "")


def _hub_row(line: int, entry: tuple[str, str, Cells]) -> Iterator[Row | EmptyRow]:
    benchmark, column, cells = entry
    name = text(cells["Model version"], "Model version")
    if not cells[column]:
        yield EmptyRow(line, f"{name} has no {column}")
        return
    yield Row(
        line=line,
        model=name,
        benchmark=benchmark,
        value=number(cells[column].rstrip("%"), column),
        stderr=number_or_none(cells.get("stderr"), "stderr"),
        scale=Scale.EITHER,
        developer=cells.get("Organization", ""),
        released_on=day_or_none(cells.get("Release date"), "Release date"),
    )
