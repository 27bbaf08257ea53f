"""Read the answer of Artificial Analysis's data API: its indices and benchmarks, a model an entry."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from evals.imports.bundle import Bundle
from evals.imports.entries import rows_of
from evals.imports.rows import EmptyRow, Row, Rows, day_or_none, number, text

BENCHMARKS = {
    "artificial_analysis_intelligence_index": "Artificial Analysis Intelligence Index",
    "artificial_analysis_coding_index": "Artificial Analysis Coding Index",
    "artificial_analysis_math_index": "Artificial Analysis Math Index",
    "mmlu_pro": "MMLU-Pro",
    "gpqa": "GPQA Diamond",
    "hle": "Humanity's Last Exam",
    "livecodebench": "LiveCodeBench",
    "scicode": "SciCode",
    "math_500": "MATH-500",
    "aime": "AIME 2024",
    "aime_25": "AIME 2025",
    "ifbench": "IFBench",
    "lcr": "AA-LCR",
    "terminalbench_hard": "Terminal-Bench Hard",
    "tau2": "tau2-bench",
}


def matches(bundle: Bundle) -> bool:
    """Tell whether this is an answer of the API."""
    parts = bundle.named(".json")
    content = bundle.json(parts[0]) if len(parts) == 1 else None
    entries = content.get("data") if isinstance(content, dict) else None
    return isinstance(entries, list) and bool(entries) and "evaluations" in entries[0]


def read(bundle: Bundle) -> Rows:
    """Give every evaluation of every model."""
    for part in bundle.named(".json"):
        yield from rows_of(enumerate(bundle.json(part)["data"], start=1), _rows)


def _rows(line: int, entry: dict[str, Any]) -> Iterator[Row | EmptyRow]:
    model = text(entry.get("name"), "name")
    figures = {name: value for name, value in (entry.get("evaluations") or {}).items() if value is not None}
    if not figures:
        yield EmptyRow(line, f"{model} has no evaluation")
    for name, value in figures.items():
        yield Row(
            line=line,
            model=model,
            benchmark=BENCHMARKS.get(name, name),
            value=number(value, name),
            developer=str((entry.get("model_creator") or {}).get("name") or ""),
            released_on=day_or_none(entry.get("release_date"), "release_date"),
        )
