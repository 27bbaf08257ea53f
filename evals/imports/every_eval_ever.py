"""Read Every Eval Ever 0.2 and 0.3: one JSON file a model and source, or JSON lines of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

from evals.imports.bundle import Bundle, Part, loads
from evals.imports.cells import each
from evals.imports.rows import (
    BadCell,
    Empty,
    Found,
    Row,
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


def holds(bundle: Bundle) -> bool:
    """Tell whether the files are of this schema."""
    parts = bundle.named(".json", ".jsonl")
    if not parts:
        return False
    line = next((text for _, text in bundle.lines(parts[0])), "")
    head = line if parts[0].name.endswith(".jsonl") else bundle.text(parts[0])
    return '"schema_version"' in head and '"evaluation_results"' in head


def read(bundle: Bundle) -> Found:
    """Give every result of every file."""
    for part in bundle.named(".json", ".jsonl"):
        yield from each(_entries(bundle, part), _rows)


def _entries(bundle: Bundle, part: Part) -> Iterator[tuple[int, Any]]:
    if part.name.lower().removesuffix(".gz").endswith(".jsonl"):
        yield from ((line, content) for line, content in bundle.lines(part) if content.strip())
    else:
        yield 1, bundle.json(part)


def _rows(line: int, entry: Any) -> Iterator[Row | Empty]:
    found = loads(entry) if isinstance(entry, str) else entry
    version = str(found.get("schema_version"))
    if not version.startswith(VERSIONS):
        raise BadCell(f"schema_version is {version!r}; {' and '.join(VERSIONS)} are read")
    meta = found["source_metadata"]
    model = text(found["model_info"].get("name") or found["model_info"].get("id"), "model_info.name")
    told = _day(found.get("evaluation_timestamp"))
    for place, result in enumerate(found["evaluation_results"], start=1):
        yield _row(line if isinstance(entry, str) else place, result, meta, model, told)


def _row(line: int, result: dict[str, Any], meta: dict[str, Any], model: str, told: date | None) -> Row:
    metric, details = result["metric_config"], result["score_details"]
    doubt = details.get("uncertainty") or {}
    percent = metric.get("metric_unit") in ("percent", "%") or metric.get("max_score") == HUNDRED
    return Row(
        line=line,
        model=model,
        benchmark=text(result.get("evaluation_name"), "evaluation_name"),
        value=number(details.get("score"), "score_details.score"),
        stderr=_stderr(doubt),
        n=count_or_none(doubt.get("num_samples"), "num_samples"),
        scale=Scale.PERCENT if percent else Scale.RAW,
        reported_by="vendor" if meta.get("evaluator_relationship") == "first_party" else "independent",
        observed_on=_day(result.get("evaluation_timestamp")) or told,
        source=_source(meta),
    )


def _stderr(doubt: dict[str, Any]) -> float | None:
    stated = number_or_none((doubt.get("standard_error") or {}).get("value"), "standard_error.value")
    interval = doubt.get("confidence_interval") or {}
    if stated is not None or interval.get("confidence_level", LEVEL) != LEVEL:
        return stated
    low = number_or_none(interval.get("lower"), "confidence_interval.lower")
    high = number_or_none(interval.get("upper"), "confidence_interval.upper")
    return half_width(low, high)


def _source(meta: dict[str, Any]) -> str:
    organisation = text(meta.get("source_organization_name"), "source_organization_name")
    name = str(meta.get("source_name") or "results").strip()
    address = str(meta.get("source_organization_url") or "").strip()
    told = f"{organisation}, {name}".replace(";", ",").replace(" (", ", ").replace(")", "")
    return f"{told} (Every Eval Ever)" + (f", {address}" if address.startswith("https://") else "")


def _day(value: Any) -> date | None:
    """Return the day of a Unix time or an ISO date."""
    try:
        return datetime.fromtimestamp(float(value), tz=UTC).date()
    except (TypeError, ValueError, OverflowError, OSError):
        return day_or_none(value, "a timestamp")
