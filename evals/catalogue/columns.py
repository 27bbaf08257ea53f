"""The valid values of each column, checked one cell at a time."""

import math
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date

from evals.catalogue.countries import COUNTRIES
from evals.catalogue.files import Problem, Tables

Rule = Callable[[str], str]
DOMAINS = (
    "agents",
    "code",
    "games",
    "index",
    "instruction",
    "knowledge",
    "language",
    "long-context",
    "maths",
    "reasoning",
    "science",
    "vision",
)
REQUIRED: Mapping[str, tuple[str, ...]] = {
    "developers.csv": ("slug", "name", "country"),
    "models.csv": ("slug", "name", "developer", "released_on", "release_precision", "openness"),
    "benchmarks.csv": ("slug", "name", "kind", "domain", "metric", "unit", "direction"),
    "scores.csv": ("model", "benchmark", "value", "provenance", "reported_by", "observed_on"),
    "claims.csv": ("slug", "claimed_on", "precision", "claimant", "leader", "follower", "statement"),
    "prices.csv": ("model", "provider", "in_force_on", "input_usd_per_mtok", "output_usd_per_mtok"),
    "adoption.csv": ("observed_on", "precision", "subject", "measure", "value", "unit", "statement"),
}
SOURCED = ("source", "licence", "retrieved_on")
LONGEST: Mapping[str, int] = {
    "slug": 80,
    "name": 160,
    "developer": 80,
    "headquarters": 160,
    "family": 120,
    "effort": 40,
    "weights_licence": 120,
    "licence": 120,
    "language": 20,
    "metric": 80,
    "unit": 40,
    "claimant": 160,
    "role": 200,
    "leader": 80,
    "follower": 80,
    "scope": 240,
    "provider": 80,
    "subject": 160,
    "measure": 160,
}


def as_date(text: str) -> date | None:
    """Return the date of a cell (YYYY-MM-DD), or None if it is not one."""
    try:
        return date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else None
    except ValueError:
        return None


def as_number(text: str) -> float | None:
    """Return the finite number of a cell, or None if it is not one."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def check_cells(tables: Tables, today: date) -> Iterator[Problem]:
    """Yield each cell that is empty but required, or has an invalid value."""
    for file, rows in tables.items():
        message_of = cell_rule(file, today)
        for row in rows:
            for column, text in row.cells.items():
                if message := message_of(column, text):
                    yield row.problem(column, message)


def cell_rule(file: str, today: date) -> Callable[[str, str], str]:
    """Return a function from a column and its text to the problem with it, empty if it is valid."""
    rules = {**_rules(today), **_FILE_RULES.get(file, {})}
    required = {*REQUIRED[file], *SOURCED}

    def message_of(column: str, text: str) -> str:
        if not text:
            return "is empty, and must not be" if column in required else ""
        longest = LONGEST.get(column, len(text))
        if len(text) > longest:
            return f"has {len(text)} characters; at most {longest} are kept"
        return rules[column](text) if column in rules else ""

    return message_of


def _one_of(*words: str) -> Rule:
    return lambda text: "" if text in words else f"is {text!r}; allowed: {', '.join(words)}"


def _slug(text: str) -> str:
    right = re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", text)
    return "" if right else f"is {text!r}; a slug is made of small letters and digits with single hyphens"


def _country(text: str) -> str:
    return "" if text in COUNTRIES else f"is {text!r}, which is no ISO 3166 code of a country, such as CN"


def _not_after(today: date) -> Rule:
    def rule(text: str) -> str:
        day = as_date(text)
        if day is None:
            return f"is {text!r}; a date is written 2025-01-20"
        return f"is {text}, which lies after {today}" if day > today else ""

    return rule


def _number(lowest: float = -math.inf, *, above: bool = False) -> Rule:
    words = f"a number {'above' if above else 'not below'} {lowest:g}"

    def rule(text: str) -> str:
        number = as_number(text)
        if number is None:
            return f"is {text!r}; it must be a finite number"
        return f"is {text}; it must be {words}" if number < lowest or (above and number == lowest) else ""

    return rule


def _count(text: str) -> str:
    return "" if re.fullmatch(r"[1-9]\d*", text) else f"is {text!r}; it must be a whole number, at least 1"


def _rules(today: date) -> Mapping[str, Rule]:
    """Return the rules of columns that mean the same in every file."""
    days = (
        "released_on",
        "announced_on",
        "weights_opened_on",
        "observed_on",
        "retrieved_on",
        "claimed_on",
        "about_on",
        "in_force_on",
    )
    return {day: _not_after(today) for day in days} | {
        "slug": _slug,
        "value": _number(),
        "stderr": _number(0),
        "n": _count,
        "items": _count,
        "precision": _one_of("day", "month", "year"),
        "release_precision": _one_of("day", "month"),
    }


_FILE_RULES: Mapping[str, Mapping[str, Rule]] = {
    "adoption.csv": {"country": _country},
    "developers.csv": {"country": _country},
    "models.csv": {
        "openness": _one_of("open", "closed"),
        "parameters_b": _number(0, above=True),
        "host_country": _country,
    },
    "benchmarks.csv": {
        "kind": _one_of("test", "index"),
        "domain": _one_of(*DOMAINS),
        "direction": _one_of("higher", "lower"),
        "visibility": _one_of("public", "private", "partial"),
        "contamination": _one_of("low", "medium", "high"),
        "chance": _number(),
        "ceiling": _number(),
    },
    "scores.csv": {
        "provenance": _one_of("reported", "imported"),
        "reported_by": _one_of("vendor", "independent"),
    },
    "claims.csv": {
        "precision": _one_of("day", "month", "year"),
        "direction": _one_of("behind", "ahead", "level", "will_lead"),
        "lag_months_low": _number(),
        "lag_months_high": _number(),
    },
    "prices.csv": {
        "input_usd_per_mtok": _number(0),
        "cached_input_usd_per_mtok": _number(0),
        "output_usd_per_mtok": _number(0),
    },
}
