"""Read the `.eval_results/*.yaml` files of a model's repository on Hugging Face."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from evals.catalogue.duplicates import normalised
from evals.imports.bundle import Bundle, Part
from evals.imports.entries import rows_of, rows_of_parts, yaml_entries
from evals.imports.rows import (
    EmptyRow,
    InvalidCell,
    OverLimit,
    Row,
    Rows,
    Scale,
    Unreadable,
    day_or_none,
    mapping,
    number,
    text,
    text_or_empty,
)
from evals.imports.units import column_scale

FOLDER = ".eval_results"
ENDINGS = (".yaml", ".yml")
DATASET = re.compile(r"^[ -]*dataset:", re.MULTILINE)
MOST_MATCHED = 20
"""The number of files that are looked at to recognise the format."""
Scales = dict[str, Scale]


def matches(bundle: Bundle) -> bool:
    """Return whether these are files of such a folder."""
    return any(_names_a_dataset(bundle, part) for part in bundle.named(*ENDINGS)[:MOST_MATCHED])


def _names_a_dataset(bundle: Bundle, part: Part) -> bool:
    try:
        return bool(DATASET.search(bundle.text(part)[:400]))
    except OverLimit:
        raise
    except Unreadable:
        return False


def read(bundle: Bundle) -> Rows:
    """Yield every result; the folders above name the repository (organisation/name)."""
    scales = _scales(bundle)
    return rows_of_parts(bundle.named(*ENDINGS), lambda part: _results(bundle, part, scales))


def _results(bundle: Bundle, part: Part, scales: Scales) -> Rows:
    model = _repository(bundle, part)
    entries = (
        (line, entry if isinstance(entry, InvalidCell) else (model, entry, scales))
        for line, entry in yaml_entries(bundle, part)
    )
    yield from rows_of(entries, _row)


def _scales(bundle: Bundle) -> Scales:
    """Return the scale of each benchmark's values, which the files do not state."""
    values: dict[str, list[Any]] = defaultdict(list)
    for part in bundle.named(*ENDINGS):
        try:
            entries = [mapping(entry) for _, entry in yaml_entries(bundle, part)]
        except Unreadable:
            continue
        for entry in entries:
            try:
                values[_benchmark(entry)].append(entry.get("value"))
            except InvalidCell:
                continue
    return {benchmark: column_scale("", cells) for benchmark, cells in values.items()}


def _repository(bundle: Bundle, part: Part) -> str:
    folders = [*bundle.path.absolute().parts[-4:-1], bundle.path.stem, *PurePosixPath(part.name).parts[:-1]]
    if bundle.path.is_file() and bundle.path.suffix != ".zip":
        folders = list(bundle.path.absolute().parts[-4:-1])
    if FOLDER in folders and folders.index(FOLDER) >= 1:
        return "/".join(folders[max(0, folders.index(FOLDER) - 2) : folders.index(FOLDER)])
    raise Unreadable(
        f"{part.name}: its folders name the model; give it as organisation/name/{FOLDER}/file.yaml."
    )


def _row(line: int, located: tuple[str, dict[str, Any], Scales]) -> Iterator[Row | EmptyRow]:
    model, entry, scales = located
    source = mapping(entry.get("source"))
    reporter = str(source.get("org") or source.get("user") or "").casefold()
    benchmark, value = _benchmark(entry), entry.get("value")
    scale = scales.get(benchmark, Scale.UNKNOWN)
    yield Row(
        line=line,
        model=model,
        benchmark=benchmark,
        value=number(value.rstrip("%") if isinstance(value, str) else value, "value"),
        scale=scale,
        unit_of=f"hf-eval-results {benchmark}" if scale == Scale.UNKNOWN else "",
        reported_by="vendor"
        if not source or model.partition("/")[0].casefold() == reporter
        else "independent",
        observed_on=day_or_none(entry.get("date"), "date"),
    )


def _benchmark(entry: dict[str, Any]) -> str:
    """Return the dataset with its task: many datasets can have a task named `diamond`."""
    dataset = text(mapping(entry.get("dataset")).get("id"), "dataset.id")
    task = text_or_empty(mapping(entry.get("dataset")).get("task_id"), "dataset.task_id")
    if not task:
        return dataset
    name = dataset.rpartition("/")[2]
    return task if normalised(name) in normalised(task) else f"{name} {task}"
