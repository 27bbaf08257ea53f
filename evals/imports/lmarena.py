"""Read an LMArena leaderboard as JSON: ratings by people's votes, with their interval."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from evals.imports.bundle import Bundle
from evals.imports.entries import rows_of
from evals.imports.rows import (
    EmptyRow,
    Row,
    Rows,
    count_or_none,
    day_or_none,
    half_width,
    number,
    number_or_none,
    text,
)

BENCHMARK = "LMArena"
LISTS = ("leaderboard", "models", "entries", "rows", "data")
NAMES = ("model", "model_name", "modelDisplayName", "name")
RATINGS = ("rating", "score", "arena_score", "elo")


def matches(bundle: Bundle) -> bool:
    """Tell whether this is a list of models with ratings."""
    parts = bundle.named(".json")
    if len(parts) != 1:
        return False
    _, rows = _board(bundle.json(parts[0]))
    return bool(rows) and _first(rows[0], NAMES) is not None and _first(rows[0], RATINGS) is not None


def read(bundle: Bundle) -> Rows:
    """Give every model's rating."""
    for part in bundle.named(".json"):
        meta, rows = _board(bundle.json(part))
        name = str(meta.get("category") or meta.get("arena") or "").replace("overall", "").strip()
        benchmark = f"{BENCHMARK} {name}".strip()
        day = meta.get("last_updated") or meta.get("date") or meta.get("leaderboard_publish_date")
        entries = ((line, (benchmark, day, entry)) for line, entry in enumerate(rows, start=1))
        yield from rows_of(entries, _row)


def _board(content: Any) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return what is said of the whole list, and the list."""
    if isinstance(content, dict):
        meta = content.get("meta") if isinstance(content.get("meta"), dict) else content
        for name in LISTS:
            if isinstance(content.get(name), list):
                return meta or {}, [entry for entry in content[name] if isinstance(entry, dict)]
        return {}, []
    return {}, [entry for entry in content if isinstance(entry, dict)] if isinstance(content, list) else []


def _first(entry: dict[str, Any], names: tuple[str, ...]) -> Any:
    return next((entry[name] for name in names if entry.get(name) is not None), None)


def _row(line: int, located: tuple[str, Any, dict[str, Any]]) -> Iterator[Row | EmptyRow]:
    benchmark, day, entry = located
    low = number_or_none(_first(entry, ("rating_q025", "rating_lower", "ci_low")), "the lower bound")
    high = number_or_none(_first(entry, ("rating_q975", "rating_upper", "ci_high")), "the upper bound")
    stderr = half_width(low, high)
    if stderr is None and isinstance(entry.get("ci"), int | float):  # plus and minus, of 95%
        stderr = abs(number(entry["ci"], "ci")) / 1.96
    yield Row(
        line=line,
        model=text(_first(entry, NAMES), "model"),
        benchmark=benchmark,
        value=number(_first(entry, RATINGS), "rating"),
        stderr=stderr,
        n=count_or_none(_first(entry, ("votes", "num_battles", "voteCount")), "votes"),
        observed_on=day_or_none(day, "the list's date"),
    )
