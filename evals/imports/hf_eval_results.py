"""Read the `.eval_results/*.yaml` files of a model's repository on Hugging Face."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from evals.catalogue.duplicates import normalised
from evals.imports.bundle import Bundle, Part
from evals.imports.entries import rows_of, yaml_entries
from evals.imports.rows import EmptyRow, Row, Rows, Scale, Unreadable, day_or_none, number, text

FOLDER = ".eval_results"


def matches(bundle: Bundle) -> bool:
    """Tell whether these are files of such a folder."""
    parts = bundle.named(".yaml", ".yml")
    return bool(parts) and all("dataset:" in bundle.text(part)[:400] for part in parts)


def read(bundle: Bundle) -> Rows:
    """Give every result; the repository (organisation/name) is told by the folders above."""
    for part in bundle.named(".yaml", ".yml"):
        model = _repository(bundle, part)
        entries = ((line, (model, entry)) for line, entry in yaml_entries(bundle.yaml(part)))
        yield from rows_of(entries, _row)


def _repository(bundle: Bundle, part: Part) -> str:
    folders = [*bundle.path.absolute().parts[-4:-1], bundle.path.stem, *PurePosixPath(part.name).parts[:-1]]
    if bundle.path.is_file() and bundle.path.suffix != ".zip":
        folders = list(bundle.path.absolute().parts[-4:-1])
    if FOLDER in folders and folders.index(FOLDER) >= 1:
        return "/".join(folders[max(0, folders.index(FOLDER) - 2) : folders.index(FOLDER)])
    raise Unreadable(
        f"{part.name}: the model is told by its folders; give it as organisation/name/{FOLDER}/file.yaml."
    )


def _row(line: int, located: tuple[str, Any]) -> Iterator[Row | EmptyRow]:
    model, entry = located
    dataset = entry["dataset"]
    source = entry.get("source") or {}
    by_vendor = (
        model.partition("/")[0].casefold() == str(source.get("org") or source.get("user") or "").casefold()
    )
    yield Row(
        line=line,
        model=model,
        benchmark=_benchmark(
            text(dataset.get("id"), "dataset.id"), str(dataset.get("task_id") or "").strip()
        ),
        value=number(entry.get("value"), "value"),
        scale=Scale.EITHER,
        reported_by="vendor" if by_vendor or not source else "independent",
        observed_on=day_or_none(entry.get("date"), "date"),
    )


def _benchmark(dataset: str, task: str) -> str:
    """Return what was asked: a task's name alone, such as `diamond`, can be that of many datasets."""
    if not task:
        return dataset
    name = dataset.rpartition("/")[2]
    return task if normalised(name) in normalised(task) else f"{name} {task}"
