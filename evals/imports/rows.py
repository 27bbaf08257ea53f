"""What every reader gives: figures as the file has them, and the rows that hold none, with their reason."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any


class Scale(StrEnum):
    """In which unit a file writes its scores."""

    RAW = "the benchmark's own unit"
    PERCENT = "per cent of the benchmark's unit"
    EITHER = "a fraction, or per cent where a value is over 1"
    ABOVE_CHANCE = "0 at chance, 1 at the ceiling"


@dataclass(frozen=True, slots=True)
class Row:
    """One figure: names as the file spells them; `line` is the line, or the entry of a JSON file."""

    line: int
    model: str
    benchmark: str
    value: float
    stderr: float | None = None
    n: int | None = None
    scale: Scale = Scale.RAW
    provenance: str = "reported"
    reported_by: str = ""  # empty: the file does not say who reported it
    form: str = ""  # empty: the file does not say how the items were answered
    observed_on: date | None = None
    source: str = ""
    remark: str = ""
    licence: str = ""
    developer: str = ""
    released_on: date | None = None


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row that cannot be read, and why."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class EmptyRow:
    """A row that is whole and holds no figure."""

    line: int
    reason: str


Rows = Iterator[Row | RejectedRow | EmptyRow]


class Unreadable(Exception):
    """A file that is not of its format, or over a limit; nothing of it is taken."""


class InvalidCell(ValueError):
    """A cell that holds something else than it should."""


def number(value: Any, name: str) -> float:
    """Return a finite number that a cell holds."""
    try:
        parsed = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        parsed = math.nan
    if not math.isfinite(parsed):
        raise InvalidCell(f"{name} is {abbreviate(value)}; it must be a finite number")
    return parsed


def number_or_none(value: Any, name: str) -> float | None:
    """Return a finite number, or None where the cell is empty."""
    return None if value is None or value == "" else number(value, name)


def count_or_none(value: Any, name: str) -> int | None:
    """Return a whole number of at least 1, or None where the cell is empty."""
    parsed = number_or_none(value, name)
    if parsed is not None and (parsed < 1 or parsed != int(parsed)):
        raise InvalidCell(f"{name} is {abbreviate(value)}; it must be a whole number, at least 1")
    return None if parsed is None else int(parsed)


def day_or_none(value: Any, name: str) -> date | None:
    """Return the day of a date or a time, or None where the cell is empty."""
    if value is None or value == "":
        return None
    if isinstance(value, date):
        return date(value.year, value.month, value.day)
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        raise InvalidCell(f"{name} is {abbreviate(value)}; a date is written 2025-01-20") from None


def text(value: Any, name: str, longest: int = 200) -> str:
    """Return a text that is there, of at most a length, without control characters."""
    stripped = value.strip() if isinstance(value, str) else ""
    if not stripped:
        raise InvalidCell(f"{name} is {abbreviate(value)}; it must be a text")
    if len(stripped) > longest or not stripped.isprintable():
        raise InvalidCell(f"{name} is {abbreviate(value)}; it must be a line of at most {longest} characters")
    return stripped


def abbreviate(value: Any) -> str:
    """Return a cell for a message: never more than a line of it."""
    shortened = repr(value) if not isinstance(value, dict | list) else type(value).__name__
    return shortened if len(shortened) <= 60 else f"{shortened[:57]}..."


def half_width(low: float | None, high: float | None) -> float | None:
    """Return the standard error that a 95% interval stands for: its width over 3.92."""
    return None if low is None or high is None or high < low else (high - low) / 3.92
