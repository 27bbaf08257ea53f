"""Read the fields of a row, and collect each problem with its place, its value and what is allowed."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date

from leaderboard.lag.data import Precision, middle_of_month

DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
MONTH = re.compile(r"\d{4}-\d{2}")
YEARS = range(1950, 2101)
"""The years that a date may be in: one outside is a typing error."""
LARGEST = 1e15
"""The largest number of a file; one beyond it is no score, price or count."""
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


@dataclass(frozen=True, slots=True)
class FileProblem:
    """An invalid value in a file."""

    where: str
    field: str
    value: object
    allowed: str

    def __str__(self) -> str:
        problem = "is missing" if self.value is None else f"is {_short(self.value)}"
        return with_replacements(f"{self.where}: {self.field} {problem}; allowed: {self.allowed}")


class FileRefusedError(ValueError):
    """A file is refused as a whole; `problems` lists everything that is wrong in it."""

    def __init__(self, path: str, problems: Collection[FileProblem]) -> None:
        self.path = path
        self.problems = tuple(problems)
        super().__init__("\n".join(f"{path}: {problem}" for problem in problems))


@dataclass(frozen=True, slots=True)
class ReleaseDate:
    """A point date and its precision."""

    on: date
    precision: Precision


@dataclass(slots=True)
class InputRow:
    """One row of a file; for an invalid value a reader returns None and adds a problem.

    In a CSV every value is text (`textual`); in JSON a number must be a number. Blank text is absent.
    """

    where: str
    values: Mapping[str, object]
    textual: bool
    problems: list[FileProblem] = field(default_factory=list)

    def refuse(self, name: str, allowed: str) -> None:
        """Add a problem: the value of a field is not allowed."""
        self.problems.append(FileProblem(self.where, name, self.values.get(name), allowed))

    def has(self, name: str) -> bool:
        """Tell whether a field is present and not blank."""
        value = self.values.get(name)
        return value is not None and not (isinstance(value, str) and not value.strip())

    def text(self, name: str, *, required: bool = False) -> str | None:
        """Read text."""
        value = self.values.get(name)
        if not self.has(name):
            if required:
                self.refuse(name, "a text that is not blank")
            return None
        if not isinstance(value, str):
            self.refuse(name, "a text")
            return None
        if not value.strip().isprintable():
            self.refuse(name, "a line of text")
            return None
        return value.strip()

    def choice(self, name: str, allowed: Collection[str]) -> str | None:
        """Read one of the allowed texts, in upper or lower case."""
        value = self.text(name)
        if value is None or value.casefold() in allowed:
            return value and value.casefold()
        self.refuse(name, ", ".join(allowed))
        return None

    def number(
        self, name: str, *, required: bool = False, least: float = -math.inf, allowed: str = "a finite number"
    ) -> float | None:
        """Read a finite number of at least `least`; `allowed` describes it in a problem."""
        if not self.has(name):
            if required:
                self.refuse(name, allowed)
            return None
        value = self._as_number(self.values[name])
        if value is None or not math.isfinite(value) or value < least:
            self.refuse(name, allowed)
            return None
        return value

    def prices(self, name: str) -> tuple[tuple[date, float], ...]:
        """Read a list of {"from": YYYY-MM-DD, "price": number}: later prices with their first day."""
        allowed = 'a list of {"from": "YYYY-MM-DD", "price": a number of 0 or more}'
        listed = self.values.get(name)
        if listed is None:
            return ()
        if self.textual or not isinstance(listed, list) or not all(isinstance(v, dict) for v in listed):
            self.refuse(name, allowed)
            return ()
        rows = [InputRow(f"{self.where}.{name}[{i}]", v, False, self.problems) for i, v in enumerate(listed)]
        prices = [
            (row.day("from"), row.number("price", required=True, least=0, allowed=allowed)) for row in rows
        ]
        if any(not row.has("from") for row in rows):
            self.refuse(name, allowed)
        return tuple((on, price) for on, price in prices if on is not None and price is not None)

    def count(self, name: str) -> int | None:
        """Read a whole number of at least 1."""
        value = self.number(name, least=1, allowed="a whole number of at least 1")
        if value is not None and value != int(value):
            self.refuse(name, "a whole number of at least 1")
            return None
        return None if value is None else int(value)

    def release_date(self, name: str) -> ReleaseDate | None:
        """Read YYYY-MM-DD, or YYYY-MM as the middle of its month."""
        allowed = "a date as YYYY-MM-DD, or YYYY-MM where only the month is known"
        value = self.values.get(name)
        released = parse_release_date(value.strip()) if isinstance(value, str) else None
        if released is None:
            self.refuse(name, allowed)
        return released

    def day(self, name: str) -> date | None:
        """Read YYYY-MM-DD."""
        if not self.has(name):
            return None
        value = self.values[name]
        parsed = parse_release_date(value.strip()) if isinstance(value, str) else None
        if parsed is None or parsed.precision is not Precision.DAY:
            self.refuse(name, "a date as YYYY-MM-DD")
            return None
        return parsed.on

    def _as_number(self, value: object) -> float | None:
        if self.textual:
            parsed = float(str(value)) if NUMBER.fullmatch(str(value).strip()) else math.nan
        else:
            plain = value if isinstance(value, int | float) and not isinstance(value, bool) else math.nan
            parsed = float(plain) if abs(plain) <= LARGEST else math.nan
        return parsed if abs(parsed) <= LARGEST else None


def parse_release_date(text: str) -> ReleaseDate | None:
    """Parse YYYY-MM-DD or YYYY-MM; return None where the text is neither, or no such day exists."""
    if not (text[:4].isdecimal() and int(text[:4]) in YEARS):
        return None
    try:
        if DAY.fullmatch(text):
            return ReleaseDate(date.fromisoformat(text), Precision.DAY)
        if MONTH.fullmatch(text):
            return ReleaseDate(middle_of_month(int(text[:4]), int(text[5:])), Precision.MONTH)
    except ValueError:
        return None
    return None


def with_replacements(text: str) -> str:
    """Return a text that every terminal can show, with a replacement for each other character."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."
