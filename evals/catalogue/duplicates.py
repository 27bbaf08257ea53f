"""Duplicates: repeated slugs and cells, and one model under two names."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from evals.catalogue.files import Problem, Row, Tables

NAMED = ("developers.csv", "models.csv", "benchmarks.csv")
KEYS = {
    "developers.csv": ("slug",),
    "models.csv": ("slug",),
    "benchmarks.csv": ("slug",),
    "claims.csv": ("slug",),
    "scores.csv": ("model", "benchmark", "reported_by", "source"),
    "prices.csv": ("model", "provider", "in_force_on"),
    "adoption.csv": ("observed_on", "subject", "measure"),
}
TUNING_WORDS = re.compile(r"(?<![a-z])(instruct|chat|base|it|pt|hf)(?![a-z])")


@lru_cache(maxsize=2**16)  # a list of results repeats a few names many times
def normalised(name: str) -> str:
    """Return a name without case, spaces and punctuation, so that spellings of one name are equal."""
    return re.sub(r"[\W_]", "", name.casefold())


@lru_cache(maxsize=2**12)
def stem_of(source: str) -> str:
    """Return the publication that a source names, without edition, address and remarks.

    "Epoch AI, benchmarking data (eci.csv of 2026-08-11), https://..." gives "Epoch AI, benchmarking data".
    """
    return re.split(r" \(|, https?://|;", source, maxsplit=1)[0].strip()


def check_identity(tables: Tables) -> Iterator[Problem]:
    """Yield repeated rows, and names that two rows of a file share."""
    for file, key in KEYS.items():
        yield from _repeated(tables[file], key)
    for file in NAMED:
        yield from _shared_names(tables[file])
    yield from _twins(tables["models.csv"])


def _repeated(rows: Sequence[Row], key: tuple[str, ...]) -> Iterator[Problem]:
    first: dict[tuple[str, ...], int] = {}
    for row in rows:
        line = first.setdefault(tuple(row[column] for column in key), row.line)
        if line != row.line:
            yield row.problem(key[0], f"repeats line {line}: same {', '.join(key)}")


def _shared_names(rows: Sequence[Row]) -> Iterator[Problem]:
    owners: dict[str, Row] = {}
    for row in rows:
        for field, name in _names(row):
            owner = owners.setdefault(normalised(name), row)
            if owner["slug"] != row["slug"]:
                yield row.problem(field, f"{name!r} is a name of {owner['slug']!r} too (line {owner.line})")


def _names(row: Row) -> Iterator[tuple[str, str]]:
    yield "slug", row["slug"]
    yield "name", row["name"]
    for alias in row.names():
        yield "aliases", alias


def _twins(models: Sequence[Row]) -> Iterator[Problem]:
    """Yield models of one developer whose names differ only by a word of tuning, such as "Instruct"."""
    first: dict[tuple[str, str], Row] = {}
    for row in models:
        plain = normalised(TUNING_WORDS.sub("", row["name"].casefold()))
        twin = first.setdefault((row["developer"], plain), row)
        if twin["slug"] != row["slug"]:
            yield row.problem("name", f"looks like {twin['slug']!r} under another name (line {twin.line})")
