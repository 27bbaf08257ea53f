"""Read SWE-bench's leaderboards: the share of issues that a model resolved with an agent, by leaderboard."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from evals.imports.bundle import Bundle, Part
from evals.imports.entries import listed, rows_of, rows_of_parts
from evals.imports.rows import (
    EmptyRow,
    Row,
    Rows,
    Scale,
    SkippedRow,
    abbreviate,
    day_or_none,
    mapping,
    number,
    text,
    text_or_empty,
)

BOARDS = {"Verified": "SWE-bench Verified", "bash-only": "SWE-bench Verified (bash only)"}
AGENTS = {"bash-only": "mini-SWE-agent"}
"""The agent of the boards that have one for every model."""
MODEL_TAG = "Model: "
ATTEMPTS = re.compile(r"attempts\W*(?P<number>\d+\+?)", re.IGNORECASE)


def matches(bundle: Bundle) -> bool:
    """Return whether this is SWE-bench's file."""
    parts = bundle.named(".json")
    return len(parts) == 1 and isinstance(mapping(bundle.json(parts[0])).get("leaderboards"), list)


def read(bundle: Bundle) -> Rows:
    """Yield every entry of every leaderboard; skip those that mix models or count several attempts."""
    return rows_of_parts(bundle.named(".json"), lambda part: _entries(bundle, part))


def _entries(bundle: Bundle, part: Part) -> Rows:
    boards = listed(mapping(bundle.json(part)).get("leaderboards"), "leaderboards")
    located = [
        (str(mapping(board).get("name")), entry)
        for board in boards
        for entry in mapping(board).get("results") or []
        if isinstance(mapping(board).get("results"), list)
    ]
    return rows_of(enumerate(located, start=1), _row)


def _row(line: int, located: tuple[str, dict[str, Any]]) -> Iterator[Row | EmptyRow | SkippedRow]:
    board, entry = located
    tags = [str(tag) for tag in entry.get("tags") or []]
    models = [tag.removeprefix(MODEL_TAG).strip() for tag in tags if tag.startswith(MODEL_TAG)]
    title = abbreviate(entry.get("name") or "the entry").strip("'\"")
    if len(models) != 1:
        yield SkippedRow(line, f"{title} {'names no model' if not models else f'mixes {len(models)} models'}")
        return
    attempts = next((match["number"] for tag in tags if (match := ATTEMPTS.search(tag))), "1")
    if attempts != "1":
        yield SkippedRow(line, f"{title} counts {attempts} attempts; the benchmark allows one")
        return
    yield Row(
        line=line,
        model=text(models[0].rpartition("/")[2], "the model's tag"),
        benchmark=BOARDS.get(board) or text(f"SWE-bench {board}", "the board's name"),
        value=number(entry.get("resolved"), "resolved"),
        scale=Scale.PERCENT,
        observed_on=day_or_none(entry.get("date"), "date"),
        agent=_agent(board, entry),
    )


def _agent(board: str, entry: dict[str, Any]) -> str:
    """Return the agent: the stated one, the board's, or the part of the entry's name before the model."""
    stated = text_or_empty(entry.get("agent"), "agent") or AGENTS.get(board, "")
    return stated or text_or_empty(entry.get("name"), "name").partition(" + ")[0].strip()
