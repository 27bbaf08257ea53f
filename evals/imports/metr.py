"""Read METR's time horizons: minutes of human work that a model does half of the time, with its interval."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from evals.imports.bundle import Bundle, constructed
from evals.imports.entries import rows_of, yaml_fields
from evals.imports.rows import EmptyRow, Row, Rows, day_or_none, half_width, number, number_or_none

METRICS = {"p50_horizon_length": "METR 50% time horizon", "average_score": "METR task suite, average score"}


def matches(bundle: Bundle) -> bool:
    """Tell whether this is METR's file."""
    parts = bundle.named(".yaml", ".yml")
    return len(parts) == 1 and "p50_horizon_length" in bundle.text(parts[0])


def read(bundle: Bundle) -> Rows:
    """Give each model's horizon and average score."""
    for part in bundle.named(".yaml", ".yml"):
        results = yaml_fields(yaml_fields(bundle.yaml(part)).get("results"))
        entries = ((node.start_mark.line, (key, constructed(node))) for key, node in results.items())
        yield from rows_of(entries, _rows)


def _rows(line: int, entry: tuple[str, dict[str, Any]]) -> Iterator[Row | EmptyRow]:
    model, facts = entry
    metrics = facts.get("metrics") or {}
    if not any(metrics.get(name) for name in METRICS):
        yield EmptyRow(line, f"{model} has no horizon")
    for name, benchmark in METRICS.items():
        if figure := metrics.get(name):
            low = number_or_none(figure.get("ci_low"), f"{name}.ci_low")
            high = number_or_none(figure.get("ci_high"), f"{name}.ci_high")
            yield Row(
                line=line,
                model=model,
                benchmark=benchmark,
                value=number(figure.get("estimate"), f"{name}.estimate"),
                stderr=half_width(low, high),
                released_on=day_or_none(facts.get("release_date"), "release_date"),
            )
