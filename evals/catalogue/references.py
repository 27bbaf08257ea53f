"""References between rows: the target must exist, and must not be the row itself."""

from collections.abc import Iterator
from difflib import get_close_matches

from evals.catalogue.files import Problem, Tables

LINKS = (
    ("models.csv", "developer", "developers.csv"),
    ("models.csv", "base_model", "models.csv"),
    ("models.csv", "variant_of", "models.csv"),
    ("scores.csv", "model", "models.csv"),
    ("scores.csv", "benchmark", "benchmarks.csv"),
    ("prices.csv", "model", "models.csv"),
)


def check_links(tables: Tables) -> Iterator[Problem]:
    """Yield each reference to a missing row, and each model that refers to itself."""
    for file, field, target in LINKS:
        known = {row["slug"] for row in tables[target]}
        for row in tables[file]:
            name = row[field]
            if name and name not in known:
                near = get_close_matches(name, known, n=1)
                hint = f"; the nearest is {near[0]!r}" if near else ""
                yield row.problem(field, f"{name!r} is no slug of {target}{hint}")
            elif name and file == target and name == row["slug"]:
                yield row.problem(field, "points to the model itself")
    yield from _unsourced(tables)


def _unsourced(tables: Tables) -> Iterator[Problem]:
    """Yield each base model of another developer, and each host country, that has no source."""
    developers = {row["slug"]: row["developer"] for row in tables["models.csv"]}
    for row in tables["models.csv"]:
        foreign = developers.get(row["base_model"], row["developer"]) != row["developer"]
        if foreign and not row["base_source"]:
            yield row.problem("base_source", "is empty, and the base model is another developer's")
        if row["host_country"] and not row["host_source"]:
            yield row.problem("host_source", "is empty, and host_country is not")
