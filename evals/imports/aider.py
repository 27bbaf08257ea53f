"""Read Aider's polyglot leaderboard, whose `date` is the day of the run, not of the model's release."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from evals.imports.bundle import Bundle
from evals.imports.entries import rows_of, yaml_entries
from evals.imports.rows import EmptyRow, Row, Rows, Scale, count_or_none, day_or_none, number, text

BENCHMARK = "Aider polyglot"


def matches(bundle: Bundle) -> bool:
    """Tell whether this is Aider's file."""
    parts = bundle.named(".yml", ".yaml")
    return len(parts) == 1 and "pass_rate_2:" in bundle.text(parts[0])[:4000]


def read(bundle: Bundle) -> Rows:
    """Give the share of tasks solved in two tries by each run."""
    for part in bundle.named(".yml", ".yaml"):
        yield from rows_of(yaml_entries(bundle.yaml(part)), _row)


def _row(line: int, entry: dict[str, Any]) -> Iterator[Row | EmptyRow]:
    yield Row(
        line=line,
        model=text(entry.get("model"), "model"),
        benchmark=BENCHMARK,
        value=number(entry.get("pass_rate_2"), "pass_rate_2"),
        n=count_or_none(entry.get("test_cases"), "test_cases"),
        scale=Scale.PERCENT,
        observed_on=day_or_none(entry.get("date"), "date"),
    )
