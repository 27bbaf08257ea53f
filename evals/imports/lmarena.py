"""Read an LMArena leaderboard as JSON: ratings by people's votes, with their interval."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from evals.imports.bundle import Bundle, Part
from evals.imports.entries import rows_of, rows_of_parts
from evals.imports.rows import (
    EmptyRow,
    Row,
    Rows,
    count_or_none,
    day_or_none,
    half_width,
    mapping,
    number,
    number_or_none,
    text,
    text_or_empty,
)

BENCHMARK = "LMArena"
LISTS = ("leaderboard", "models", "entries", "rows", "data")
NAMES = ("model", "model_name", "modelDisplayName", "model_display_name", "name")
RATINGS = ("rating", "score", "arena_score", "elo")
LOWER = ("rating_q025", "rating_lower", "score_ci_lower", "ci_low")
UPPER = ("rating_q975", "rating_upper", "score_ci_upper", "ci_high")
VOTES = ("votes", "vote_count", "voteCount", "num_battles", "num_votes", "observation_count")
DATES = ("leaderboard_publish_date", "last_updated", "publish_date", "date")
ARENAS = ("arena", "subset", "config", "leaderboard", "arena_name")
WHOLE = ("overall", "full", "")
"""Names of the category of all votes."""


def matches(bundle: Bundle) -> bool:
    """Return whether this is a list of models with ratings."""
    parts = bundle.named(".json")
    if len(parts) != 1:
        return False
    _, entries = _board(bundle.json(parts[0]))
    unwrapped = (_unwrapped(entry) for entry in entries)
    return any(_first(entry, NAMES) is not None and _first(entry, RATINGS) is not None for entry in unwrapped)


def read(bundle: Bundle) -> Rows:
    """Yield every rating; category and date are the row's own, else the list's."""
    return rows_of_parts(bundle.named(".json"), lambda part: _ratings(bundle, part))


def _ratings(bundle: Bundle, part: Part) -> Rows:
    about, entries = _board(bundle.json(part))
    return rows_of(((line, (about, entry)) for line, entry in enumerate(entries, start=1)), _row)


def _board(content: Any) -> tuple[dict[str, Any], list[Any]]:
    """Return the facts about the whole list, and the list."""
    if isinstance(content, list):
        return {}, content
    fields = mapping(content)
    about = mapping(fields.get("meta")) or fields
    return about, next((fields[name] for name in LISTS if isinstance(fields.get(name), list)), [])


def _unwrapped(entry: Any) -> dict[str, Any]:
    """Return a row, also of a page of the data set viewer, where it is in `row`."""
    fields = mapping(entry)
    return mapping(fields.get("row")) or fields


def _first(entry: dict[str, Any], names: tuple[str, ...]) -> Any:
    return next((entry[name] for name in names if entry.get(name) is not None), None)


def _benchmark(about: dict[str, Any], entry: dict[str, Any]) -> str:
    """Return the arena and the category of a row: each category is a benchmark of its own."""
    stated = [_first(entry, ARENAS) or _first(about, ARENAS)]
    stated.append(_first(entry, ("category",)) or _first(about, ("category",)))
    words = [BENCHMARK]
    for name in stated:
        word = text_or_empty(name, "category").replace("overall", "").strip(" -_/")
        if word.casefold() not in WHOLE and word not in words:
            words.append(word)
    return " ".join(words)


def _row(line: int, located: tuple[dict[str, Any], Any]) -> Iterator[Row | EmptyRow]:
    about, entry = located[0], _unwrapped(located[1])
    low = number_or_none(_first(entry, LOWER), "the lower bound")
    high = number_or_none(_first(entry, UPPER), "the upper bound")
    stderr = half_width(low, high)
    if stderr is None and isinstance(entry.get("ci"), int | float):  # half of the 95% interval
        stderr = abs(number(entry["ci"], "ci")) / 1.96
    yield Row(
        line=line,
        model=text(_first(entry, NAMES), "model"),
        benchmark=_benchmark(about, entry),
        value=number(_first(entry, RATINGS), "rating"),
        stderr=stderr,
        n=count_or_none(_first(entry, VOTES), "votes"),
        developer=text_or_empty(entry.get("organization"), "organization"),
        observed_on=day_or_none(_first(entry, DATES) or _first(about, DATES), "the date"),
    )
