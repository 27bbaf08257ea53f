"""Read Aider's polyglot leaderboard, whose `date` is the day of the run, not of the model's release."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from evals.imports.bundle import Bundle
from evals.imports.entries import rows_of, rows_of_parts, yaml_entries
from evals.imports.rows import EmptyRow, Row, Rows, Scale, count_or_none, day_or_none, number, text

BENCHMARK = "Aider polyglot"
ENDINGS = (".yml", ".yaml")


def matches(bundle: Bundle) -> bool:
    """Return whether this is Aider's file."""
    parts = bundle.named(*ENDINGS)
    return len(parts) == 1 and "pass_rate_2:" in bundle.text(parts[0])[:4000]


def read(bundle: Bundle) -> Rows:
    """Yield the share of tasks that each run solved in two tries."""
    return rows_of_parts(bundle.named(*ENDINGS), lambda part: rows_of(yaml_entries(bundle, part), _row))


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
