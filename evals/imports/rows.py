"""The rows that every reader yields: figures as the file states them, and the reasons for the rest."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import Any

LONGEST_NAME = 200
LONGEST_SOURCE = 1000
LONGEST_REASON = 300
MAX_COUNT = 2**31 - 1  # the largest value of the database's integer column
FORMS = ("", "generative", "likelihood")
LETTER_OR_DIGIT = re.compile(r"[^\W_]")


class Scale(StrEnum):
    """The unit of a score in a file. It is a property of the format, the file or the column."""

    RAW = "the benchmark's own unit"
    PERCENT = "per cent of the benchmark's unit"
    UNKNOWN = "not stated: a person has to say"
    ABOVE_CHANCE = "0 at chance, 1 at the ceiling"


class InvalidCell(ValueError):
    """An invalid value in a cell."""


class Unreadable(Exception):
    """A file that is not of its format, or over a limit."""


class OverLimit(Unreadable):
    """An import over a limit for all of its files together; nothing of it is used."""


@dataclass(frozen=True, slots=True)
class Row:
    """One figure, with names as the file spells them.

    `line` is the line in `file`, or the number of the entry in JSON; `file` is empty if it is the only one.
    `dataset` is set where the file names it apart from the benchmark. `items` is the number of items that the
    benchmark has according to the file, `n` the number of those that were used; `limited` that the run had a
    limit. `unit_of` names the column whose unit is unknown. `agent` is the agent that drove the model.

    Raises InvalidCell if a text or a number cannot be stored.
    """

    line: int
    model: str
    benchmark: str
    value: float
    stderr: float | None = None
    n: int | None = None
    scale: Scale = Scale.RAW
    provenance: str = "reported"
    reported_by: str = ""  # empty if the file does not state it
    form: str = ""  # empty if the file does not state how the items were answered
    observed_on: date | None = None
    source: str = ""
    remark: str = ""
    licence: str = ""
    developer: str = ""
    released_on: date | None = None
    file: str = ""
    dataset: str = ""
    metric: str = ""
    lower_is_better: bool | None = None
    items: int | None = None
    limited: bool = False
    unit_of: str = ""
    agent: str = ""

    def __post_init__(self) -> None:
        """Check everything that goes into the database."""
        if self.dataset or self.metric or self.unit_of or self.agent:
            for name in ("dataset", "metric", "unit_of", "agent"):
                _check_text(getattr(self, name), name, LONGEST_NAME)
            _check_text(self.title, "the benchmark with its dataset", LONGEST_NAME)
        _check_text(self.model, "model", LONGEST_NAME)
        _check_text(self.benchmark, "benchmark", LONGEST_NAME)
        _check_text(self.developer, "developer", LONGEST_NAME)
        _check_text(self.licence, "licence", 120)
        _check_text(self.source, "source", LONGEST_SOURCE)
        _check_text(self.remark, "remark", LONGEST_SOURCE)
        if self.form not in FORMS:
            raise InvalidCell(f"form is {self.form!r}; allowed: generative, likelihood, or nothing")
        if not math.isfinite(self.value):
            raise InvalidCell(f"the value is {self.value}; it must be a finite number")
        if self.stderr is not None and not 0 <= self.stderr < math.inf:
            raise InvalidCell(f"stderr is {self.stderr:g}; it must be a finite number, 0 or more")
        if self.n is not None and not 1 <= self.n <= MAX_COUNT:
            raise InvalidCell(f"n is {self.n}; it must be a whole number from 1 to {MAX_COUNT:,}")

    @property
    def title(self) -> str:
        """Return the benchmark with its dataset, the name that a person confirms."""
        return f"{self.dataset} {self.benchmark}".strip()


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """An entry that cannot be read, and why; line 0 is the whole file."""

    line: int
    reason: str
    file: str = ""


@dataclass(frozen=True, slots=True)
class EmptyRow:
    """A valid entry without a figure."""

    line: int
    reason: str
    file: str = ""


@dataclass(frozen=True, slots=True)
class SkippedRow:
    """A figure that is not the benchmark's score, such as a cost or an error rate, and why."""

    line: int
    reason: str
    file: str = ""


AnyRow = Row | RejectedRow | EmptyRow | SkippedRow
Rows = Iterator[AnyRow]


def number(value: Any, name: str) -> float:
    """Return the finite number in a cell. Raises InvalidCell."""
    parsed = math.nan
    if not isinstance(value, bool) and not (isinstance(value, str) and "_" in value):
        try:
            parsed = float(value)
        except (TypeError, ValueError, OverflowError):
            parsed = math.nan
    if not math.isfinite(parsed):
        raise InvalidCell(f"{name} is {abbreviate(value)}; it must be a finite number")
    return parsed


def number_or_none(value: Any, name: str) -> float | None:
    """Return the finite number in a cell, None if the cell is empty. Raises InvalidCell."""
    return None if value is None or value == "" else number(value, name)


def count_or_none(value: Any, name: str) -> int | None:
    """Return a whole number of at least 1, None if the cell is empty. Raises InvalidCell."""
    parsed = number_or_none(value, name)
    if parsed is not None and (not 1 <= parsed <= MAX_COUNT or parsed != int(parsed)):
        raise InvalidCell(f"{name} is {abbreviate(value)}; it must be a whole number, at least 1")
    return None if parsed is None else int(parsed)


def day_or_none(value: Any, name: str) -> date | None:
    """Return the day of a date or a time, None if the cell is empty. Raises InvalidCell."""
    if value is None or value == "":
        return None
    if isinstance(value, date):
        return date(value.year, value.month, value.day)
    try:
        return date.fromisoformat(str(value).strip()[:10])
    except ValueError:
        raise InvalidCell(f"{name} is {abbreviate(value)}; a date is written 2025-01-20") from None


def text(value: Any, name: str, longest: int = LONGEST_NAME) -> str:
    """Return a non-empty line of text with single spaces. Raises InvalidCell."""
    if not isinstance(value, str):
        raise InvalidCell(f"{name} is {abbreviate(value)}; it must be a text")
    return _line_of_text(value, name, longest)


@lru_cache(maxsize=2**14)  # a list of results repeats its few names
def _line_of_text(value: str, name: str, longest: int) -> str:
    line = " ".join(value.split())
    if not line:
        raise InvalidCell(f"{name} is {abbreviate(value)}; it must be a text")
    if not LETTER_OR_DIGIT.search(line):
        raise InvalidCell(f"{name} is {abbreviate(value)}; it must have a letter or a digit")
    _check_text(line, name, longest)
    return line


def text_or_empty(value: Any, name: str, longest: int = LONGEST_NAME) -> str:
    """Return a line of text, empty if there is none. Raises InvalidCell."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    return text(value, name, longest) if isinstance(value, str) and value.strip() else ""


def mapping(value: Any) -> dict[str, Any]:
    """Return an object of the file, empty if the value is something else."""
    return value if isinstance(value, dict) else {}


def abbreviate(value: Any) -> str:
    """Return a cell for a message: never more than a line of it."""
    if isinstance(value, dict | list | tuple | set):
        return type(value).__name__
    shortened = repr(value[:60] if isinstance(value, str | bytes) else value)
    return shortened if len(shortened) <= 60 else f"{shortened[:57]}..."


def printable(words: str, longest: int = LONGEST_REASON) -> str:
    """Return a text that every terminal and database can hold: a replacement for each other character."""
    return "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in words[:longest]
    )


def half_width(low: float | None, high: float | None) -> float | None:
    """Return the standard error of a 95% interval: its width over 3.92."""
    return None if low is None or high is None or high < low else (high - low) / 3.92


@lru_cache(maxsize=2**14)
def _check_text(value: str, name: str, longest: int) -> None:
    if value and (len(value.casefold()) > longest or not value.isprintable()):
        raise InvalidCell(f"{name} is {abbreviate(value)}; it must be a line of at most {longest} characters")
