"""Read models, benchmarks and scores from a JSON or CSV file, all or nothing."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from leaderboard.lag.data import Benchmark, Dataset, Model, Score
from leaderboard.lag.io.fields import FileProblem, FileRefusedError, InputRow, with_replacements
from leaderboard.lag.io.rows import (
    BENCHMARK_FIELDS,
    FACTS,
    MODEL_FIELDS,
    SCORE_FIELDS,
    read_benchmark,
    read_model,
    read_score,
)
from leaderboard.lag.table import ceiling_of

CSV_REQUIRED = ("model", "group", "date", "benchmark", "score")
CSV_OPTIONAL = ("se", "n", "source", "unit", "base", "effort", "price", *FACTS)
STATE_PERCENT = (
    'If the scores are per cent, add the column "unit" with "percent"; in JSON, "unit" to each score, or '
    '"ceiling" to each benchmark.'
)
MAX_BYTES, MAX_VALUES = 2**24, 2_000_000
DECIMAL_COMMA = re.compile(r"[+-]?(0,\d+|\d+,(\d{1,2}|\d{4,}))")
"""A number with a decimal comma; 1,234 is not, for it may be a thousand."""


@dataclass(frozen=True, slots=True)
class LagFile:
    """The content of a file; `as_of` is its own date, else its latest release; `notes` list unused fields."""

    data: Dataset
    as_of: date
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Parts:
    """The rows of a file; None replaces an invalid row, so that indices stay aligned."""

    models: Sequence[Model | None]
    benchmarks: Sequence[Benchmark | None]
    scores: Sequence[Score | None]
    score_rows: Sequence[InputRow]
    notes: tuple[str, ...]


def read_lag_file(path: Path) -> LagFile:
    """Read a file as CSV if its name ends in .csv, else as JSON.

    Raises FileRefusedError with all problems; an invalid file is not used in part.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
        text = content.decode("utf-8-sig") if len(content) <= MAX_BYTES else ""
    except OSError as error:
        problem = FileProblem("file", "content", None, f"a readable file ({error.strerror})")
        raise FileRefusedError(str(path), [problem]) from None
    except UnicodeDecodeError as error:
        problem = FileProblem(
            f"byte {error.start}", "encoding", error.object[error.start : error.end], "UTF-8"
        )
        raise FileRefusedError(str(path), [problem]) from None
    if len(content) > MAX_BYTES or text.count(",") > MAX_VALUES:
        problem = FileProblem("file", "size", len(content), f"{MAX_BYTES:,} bytes and {MAX_VALUES:,} values")
        raise FileRefusedError(str(path), [problem])
    problems: list[FileProblem] = []
    lag_file = _from_csv(text, problems) if path.suffix.lower() == ".csv" else _from_json(text, problems)
    if lag_file is None or problems:
        raise FileRefusedError(str(path), problems)
    return lag_file


def _from_json(text: str, problems: list[FileProblem]) -> LagFile | None:
    allowed = 'an object with "models" and "scores"'
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        where = f"line {error.lineno}" if isinstance(error, json.JSONDecodeError) else "file"
        problems.append(FileProblem(where, "JSON", str(error), allowed))
        return None
    if not isinstance(document, dict):
        problems.append(FileProblem("file", "top level", document, allowed))
        return None
    top = InputRow("file", document, textual=False, problems=problems)
    models = _rows(top, "models", required=True)
    benchmarks = _rows(top, "benchmarks")
    scores = _rows(top, "scores", required=True)
    _check_units(scores)
    notes = _unused("models", models, MODEL_FIELDS) + _unused("benchmarks", benchmarks, BENCHMARK_FIELDS)
    parts = _Parts(
        models=[read_model(row) for row in models],
        benchmarks=[read_benchmark(row) for row in benchmarks],
        scores=[read_score(row) for row in scores],
        score_rows=scores,
        notes=notes + _unused("scores", scores, SCORE_FIELDS),
    )
    _check_unique("models", models, problems)
    _check_unique("benchmarks", benchmarks, problems)
    _check_references(parts, {str(row.values.get("id")).strip() for row in models}, problems)
    return _assemble(parts, top.day("as_of"), problems)


def _from_csv(text: str, problems: list[FileProblem]) -> LagFile | None:
    lines = _csv_lines(text, problems)
    header = [name.strip() for name in lines[0][1]] if lines else []
    while header and not header[-1]:  # empty columns that spreadsheets add
        header.pop()
    if problems or not _check_header(header, problems):
        return None
    rows = []
    for line, cells in lines[1:]:
        row = InputRow(
            f"line {line}", dict(zip(header, cells, strict=False)), textual=True, problems=problems
        )
        if len(cells) >= len(header) and not any(cell.strip() for cell in cells[len(header) :]):
            rows.append(row)
        else:
            problems.append(
                FileProblem(row.where, "number of cells", len(cells), f"{len(header)}, as the header")
            )
    _check_units(rows)
    parts = _Parts(
        models=_models_of(rows),
        benchmarks=(),
        scores=[read_score(row) for row in rows],
        score_rows=rows,
        notes=_unused("columns", rows, CSV_REQUIRED + CSV_OPTIONAL),
    )
    return _assemble(parts, None, problems)


def _csv_lines(text: str, problems: list[FileProblem]) -> list[tuple[int, list[str]]]:
    """Split a table at the commas, semicolons or tabs of its header; add a problem if it is none."""
    head = text.partition("\n")[0]
    separator = max(",;\t", key=head.count)  # of equals, the comma
    reader = csv.reader(
        io.StringIO(text, newline=""), strict=True, delimiter=separator, skipinitialspace=True
    )
    try:
        lines = [(reader.line_num, cells) for cells in reader if any(cell.strip() for cell in cells)]
    except csv.Error as error:
        problems.append(FileProblem(f"line {reader.line_num}", "CSV", str(error), "comma-separated values"))
        return []
    if separator == ";":
        lines = [(line, [_with_point(cell) for cell in cells]) for line, cells in lines]
    return lines


def _with_point(cell: str) -> str:
    return cell.replace(",", ".") if DECIMAL_COMMA.fullmatch(cell.strip()) else cell


def _models_of(rows: Iterable[InputRow]) -> list[Model]:
    models: dict[str, Model] = {}
    for row in rows:
        model = read_model(row, "model")
        if model and models.setdefault(model.id, model) != model:
            first = models[model.id]
            field = "group" if first.cohort != model.cohort else "date"
            row.refuse(
                field, f"what the first line of {model.id!r} says: {first.cohort}, {first.released_on}"
            )
    return list(models.values())


def _check_units(rows: Iterable[InputRow]) -> None:
    """Check that all scores of a benchmark are in one unit."""
    first: dict[str, str] = {}
    for row in rows:
        unit = str(row.values.get("unit") or "").strip().casefold()
        benchmark = str(row.values.get("benchmark"))  # JSON may have anything here; it is refused as such
        if first.setdefault(benchmark, unit) != unit:
            expected = first[benchmark] or "nothing"
            row.refuse("unit", f"{expected}, as in the first row of the benchmark")


def _check_header(header: list[str], problems: list[FileProblem]) -> bool:
    allowed = f"{', '.join(CSV_REQUIRED)}, and if wanted {', '.join(CSV_OPTIONAL)}"
    missing = [name for name in CSV_REQUIRED if name not in header]
    header_problems = [FileProblem("line 1", f"column {name!r}", None, allowed) for name in missing]
    repeated = [name for name, times in Counter(header).items() if times > 1]
    header_problems += [FileProblem("line 1", "column", name, "each column once") for name in repeated]
    problems.extend(header_problems)
    return not header_problems


def _rows(top: InputRow, key: str, *, required: bool = False) -> list[InputRow]:
    listed = top.values.get(key)
    if listed is None and not required:
        return []
    if not isinstance(listed, list):
        top.refuse(key, "a list of objects")
        return []
    rows = [InputRow(f"{key}[{at}]", v, textual=False, problems=top.problems) for at, v in enumerate(listed)]
    for row in rows:
        if not isinstance(row.values, dict):
            top.problems.append(FileProblem(row.where, "row", row.values, "an object"))
    return [row for row in rows if isinstance(row.values, dict)]


def _unused(kind: str, rows: Iterable[InputRow], known: Collection[str]) -> tuple[str, ...]:
    names = sorted({name for row in rows for name in row.values if name not in known})
    sentence = f"{kind}: {', '.join(names)} not used; used are: {', '.join(known)}"
    return (with_replacements(sentence),) if names else ()


def _check_unique(where: str, rows: Iterable[InputRow], problems: list[FileProblem]) -> None:
    times = Counter(str(row.values.get("id", "")).strip() for row in rows)
    problems.extend(
        FileProblem(where, "id", name, "each id once") for name, n in times.items() if n > 1 and name
    )


def _check_references(parts: _Parts, models: set[str], problems: list[FileProblem]) -> None:
    benchmarks = {item.id: item for item in parts.benchmarks if item}
    for row, score in zip(parts.score_rows, parts.scores, strict=True):
        if score is None:
            continue
        benchmark = benchmarks.get(score.benchmark)
        if score.model not in models:
            row.refuse("model", f"an id of models: {_some(models)}")
        if benchmarks and benchmark is None:
            row.refuse("benchmark", f"an id of benchmarks: {_some(benchmarks)}")
        if benchmark and benchmark.ceiling is not None and score.value > benchmark.ceiling:
            row.refuse("score", f"at most the ceiling of {benchmark.id!r}, {benchmark.ceiling:g}")


def _assemble(parts: _Parts, as_of: date | None, problems: list[FileProblem]) -> LagFile | None:
    models = tuple(model for model in parts.models if model)
    scores = tuple(score for score in parts.scores if score)
    named = tuple(benchmark for benchmark in parts.benchmarks if benchmark)
    created = tuple(Benchmark(name) for name in sorted({score.benchmark for score in scores}))
    data = Dataset(models, named or created, scores)
    _check_variants(models, problems)
    latest = data.latest_release()
    if latest is None and not problems:
        problems.append(FileProblem("file", "models", [], "at least one model"))
    notes = parts.notes + _open_scales(data)
    return LagFile(data, as_of or latest, notes) if latest and not problems else None


def _open_scales(data: Dataset) -> tuple[str, ...]:
    """Return a note on the benchmarks without a highest possible score, and how to state one."""
    values: dict[str, list[float]] = defaultdict(list)
    for score in data.scores:
        values[score.benchmark].append(score.value)
    names = [row.id for row in data.benchmarks if values[row.id] and ceiling_of(row, values[row.id]) is None]
    if not names:
        return ()
    note = (
        f"no highest possible score is known of {_some(names)}, which have scores over 1: they are not part"
    )
    return (f"{note} of the lag over all benchmarks. {STATE_PERCENT}",)


def _check_variants(models: Iterable[Model], problems: list[FileProblem]) -> None:
    cohorts: dict[str, set[str]] = {}
    for model in models:
        cohorts.setdefault(model.release, set()).add(model.cohort)
    problems.extend(
        FileProblem(f"variants of {base!r}", "group", sorted(names), "one group for all of them")
        for base, names in cohorts.items()
        if len(names) > 1
    )


def _some(names: Iterable[str], limit: int = 8) -> str:
    listed = sorted(names)
    more = f", and {len(listed) - limit} more" if len(listed) > limit else ""
    return ", ".join(listed[:limit]) + more
