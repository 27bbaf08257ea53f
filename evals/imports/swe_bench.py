"""Read SWE-bench's leaderboards: the share of issues that a model resolved, by leaderboard."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from evals.imports.bundle import Bundle
from evals.imports.entries import rows_of
from evals.imports.rows import EmptyRow, Row, Rows, Scale, day_or_none, number, text

BOARDS = {"Verified": "SWE-bench Verified", "bash-only": "SWE-bench Verified (bash only)"}
MODEL_TAG = "Model: "


def matches(bundle: Bundle) -> bool:
    """Tell whether this is SWE-bench's file."""
    parts = bundle.named(".json")
    if len(parts) != 1:
        return False
    content = bundle.json(parts[0])
    return isinstance(content, dict) and isinstance(content.get("leaderboards"), list)


def read(bundle: Bundle) -> Rows:
    """Give every entry of every leaderboard; one that mixes models is left out."""
    for part in bundle.named(".json"):
        entries = enumerate(_entries(bundle.json(part)), start=1)
        yield from rows_of(entries, _row)


def _entries(content: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    for board in content["leaderboards"]:
        name = str(board.get("name"))
        for entry in board.get("results") or []:
            yield BOARDS.get(name, f"SWE-bench {name}"), entry


def _row(line: int, located: tuple[str, dict[str, Any]]) -> Iterator[Row | EmptyRow]:
    benchmark, entry = located
    tags = [str(tag) for tag in entry.get("tags") or []]
    models = [tag.removeprefix(MODEL_TAG).strip() for tag in tags if tag.startswith(MODEL_TAG)]
    if len(models) != 1:
        reason = "names no model" if not models else f"mixes {len(models)} models"
        yield EmptyRow(line, f"{entry.get('name', 'the entry')} {reason}"[:200])
        return
    yield Row(
        line=line,
        model=text(models[0].rpartition("/")[2], "the model's tag"),
        benchmark=benchmark,
        value=number(entry.get("resolved"), "resolved"),
        scale=Scale.PERCENT,
        observed_on=day_or_none(entry.get("date"), "date"),
    )
