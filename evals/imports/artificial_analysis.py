"""Read the response of Artificial Analysis's data API: its indices and benchmarks, one entry per model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from evals.imports.bundle import Bundle, Part
from evals.imports.entries import listed, rows_of, rows_of_parts
from evals.imports.rows import EmptyRow, Row, Rows, day_or_none, mapping, number, text, text_or_empty

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
    """Return whether this is a response of the API."""
    parts = bundle.named(".json")
    content = mapping(bundle.json(parts[0])) if len(parts) == 1 else {}
    entries = content.get("data")
    return isinstance(entries, list) and any("evaluations" in mapping(entry) for entry in entries)


def read(bundle: Bundle) -> Rows:
    """Yield every evaluation of every model."""
    return rows_of_parts(bundle.named(".json"), lambda part: _figures(bundle, part))


def _figures(bundle: Bundle, part: Part) -> Rows:
    for line, entry in enumerate(listed(mapping(bundle.json(part)).get("data"), "data"), start=1):
        evaluations = mapping(mapping(entry).get("evaluations"))
        names = [name for name, value in evaluations.items() if value is not None]
        yield from rows_of(((line, (entry, name)) for name in names or [""]), _row)


def _row(line: int, located: tuple[dict[str, Any], str]) -> Iterator[Row | EmptyRow]:
    entry, name = located
    model = text(entry.get("name"), "name")
    if not name:
        yield EmptyRow(line, f"{model} has no evaluation")
        return
    yield Row(
        line=line,
        model=model,
        benchmark=BENCHMARKS.get(name) or text(name, "the evaluation's name"),
        value=number(entry["evaluations"][name], name),
        developer=text_or_empty(mapping(entry.get("model_creator")).get("name"), "model_creator.name"),
        released_on=day_or_none(entry.get("release_date"), "release_date"),
    )
