"""Read Every Eval Ever 0.2 and 0.3: one JSON file a model and source, or JSON lines of them.

Where a file's samples stand beside it, its figures must be what they give.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from evals.imports.bundle import Bundle, Part, loads
from evals.imports.entries import rows_of
from evals.imports.rows import (
    EmptyRow,
    InvalidCell,
    Row,
    Rows,
    Scale,
    count_or_none,
    day_or_none,
    half_width,
    number,
    number_or_none,
    text,
)

VERSIONS = ("0.2", "0.3")
LEVEL = 0.95
HUNDRED = 100
MEAN_TOLERANCE = 1e-6
OURS = "lagline_"
"""What the names of our own details begin with, in a file that we wrote."""
LONGEST_SOURCE = 1000
SAMPLES = "_samples.jsonl"
Marks = dict[str, list[float]]


def matches(bundle: Bundle) -> bool:
    """Tell whether the files are of this schema."""
    parts = bundle.named(".json", ".jsonl")
    if not parts:
        return False
    line = next((text for _, text in bundle.lines(parts[0])), "")
    head = line if parts[0].name.endswith(".jsonl") else bundle.text(parts[0])
    return '"schema_version"' in head and '"evaluation_results"' in head


def read(bundle: Bundle) -> Rows:
    """Give every result of every file."""
    beside = bundle.named(SAMPLES)
    for part in bundle.named(".json", ".jsonl"):
        if part not in beside:
            entries = _entries(bundle, part)
            yield from rows_of(entries, lambda line, entry: _rows(bundle, beside, line, entry))


def _entries(bundle: Bundle, part: Part) -> Iterator[tuple[int, Any]]:
    if part.name.lower().removesuffix(".gz").endswith(".jsonl"):
        yield from ((line, content) for line, content in bundle.lines(part) if content.strip())
    else:
        yield 1, bundle.json(part)


def _rows(bundle: Bundle, beside: list[Part], line: int, entry: Any) -> Iterator[Row | EmptyRow]:
    content = loads(entry) if isinstance(entry, str) else entry
    version = str(content.get("schema_version"))
    if not version.startswith(VERSIONS):
        raise InvalidCell(f"schema_version is {version!r}; {' and '.join(VERSIONS)} are read")
    meta = content["source_metadata"]
    about = content["model_info"]
    model = _own(about, "model") or text(about.get("name") or about.get("id"), "model_info.name")
    observed_on = _day(content.get("evaluation_timestamp"))
    marks = _marks(bundle, beside, content)
    for place, result in enumerate(content["evaluation_results"], start=1):
        row = _row(line if isinstance(entry, str) else place, result, meta, model, observed_on)
        yield _checked(row, marks.get(str(result.get("evaluation_result_id"))))


def _marks(bundle: Bundle, beside: list[Part], evaluation: dict[str, Any]) -> Marks:
    """Return the scores of the samples that stand beside a file, by the result that they are of."""
    path = str((evaluation.get("detailed_evaluation_results") or {}).get("file_path") or "")
    marks: Marks = {}
    for part in beside:
        if path and (part.name == path or part.name.endswith(f"/{path}")):
            for _, content in bundle.lines(part):
                sample = loads(content)
                if sample.get("evaluation_id") == evaluation.get("evaluation_id"):
                    mark = number(sample["evaluation"].get("score"), "evaluation.score")
                    marks.setdefault(str(sample.get("evaluation_result_id")), []).append(mark)
    return marks


def _checked(row: Row, marks: list[float] | None) -> Row:
    """Return a figure as one whose samples are at hand if they give it; refuse one that they do not."""
    if not marks:
        return row
    if row.n is not None and row.n != len(marks):
        raise InvalidCell(f"there are {len(marks)} samples beside it; num_samples is {row.n}")
    mean = math.fsum(marks) / len(marks)
    if abs(mean - row.value) > MEAN_TOLERANCE:
        raise InvalidCell(f"the mean of its samples is {mean:.6g}; score_details.score is {row.value:.6g}")
    return replace(row, n=len(marks), provenance="imported")


def _row(
    line: int, result: dict[str, Any], meta: dict[str, Any], model: str, observed_on: date | None
) -> Row:
    metric, details = result["metric_config"], result["score_details"]
    doubt = details.get("uncertainty") or {}
    percent = metric.get("metric_unit") in ("percent", "%") or metric.get("max_score") == HUNDRED
    return Row(
        line=line,
        model=model,
        benchmark=_own(metric, "benchmark") or text(result.get("evaluation_name"), "evaluation_name"),
        value=number(details.get("score"), "score_details.score"),
        stderr=_stderr(doubt),
        n=count_or_none(doubt.get("num_samples"), "num_samples"),
        scale=Scale.PERCENT if percent else Scale.RAW,
        reported_by="vendor" if meta.get("evaluator_relationship") == "first_party" else "independent",
        observed_on=_day(result.get("evaluation_timestamp")) or observed_on,
        source=_source(meta),
        licence=_own(meta, "source_licence"),
    )


def _stderr(doubt: dict[str, Any]) -> float | None:
    stated = number_or_none((doubt.get("standard_error") or {}).get("value"), "standard_error.value")
    interval = doubt.get("confidence_interval") or {}
    if stated is not None or interval.get("confidence_level", LEVEL) != LEVEL:
        return stated
    low = number_or_none(interval.get("lower"), "confidence_interval.lower")
    high = number_or_none(interval.get("upper"), "confidence_interval.upper")
    return half_width(low, high)


def _own(part: dict[str, Any], name: str) -> str:
    """Return what one of our own files says besides what the schema asks for."""
    value = (part.get("additional_details") or {}).get(OURS + name)
    return text(value, OURS + name, LONGEST_SOURCE) if value else ""


def _source(meta: dict[str, Any]) -> str:
    if own := _own(meta, "source"):
        return own
    organisation = text(meta.get("source_organization_name"), "source_organization_name")
    name = str(meta.get("source_name") or "results").strip()
    address = str(meta.get("source_organization_url") or "").strip()
    title = f"{organisation}, {name}".replace(";", ",").replace(" (", ", ").replace(")", "")
    return f"{title} (Every Eval Ever)" + (f", {address}" if address.startswith("https://") else "")


def _day(value: Any) -> date | None:
    """Return the day of a Unix time or an ISO date."""
    try:
        return datetime.fromtimestamp(float(value), tz=UTC).date()
    except (TypeError, ValueError, OverflowError, OSError):
        return day_or_none(value, "a timestamp")
