"""A run that is planned once on a database and copied for every trial, and what it scores undisturbed."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from itertools import count

import psycopg

from tests.bench.house import House, house, result
from tests.bench.provider import Served
from tests.faults.postgres import postgres

NUMBERS = count(1)
BASES: dict[str, Callable[[], AbstractContextManager[str]]] = {
    "sqlite": lambda: nullcontext(""),
    "postgres": postgres,
}


@dataclass(frozen=True)
class Plan:
    """A house with a planned run, on one kind of database."""

    base: str
    items: int
    original: House
    database_url: str
    score: float = 0.0

    @contextmanager
    def copy(self) -> Iterator[House]:
        """Give a house with a copy of the run that nobody has called for."""
        with house(items=self.items, redis_url="", database_url=self._database()) as place:
            for path in self.original.folder.iterdir():
                if path.is_file():
                    shutil.copy(path, place.folder)
            yield place

    def _database(self) -> str:
        """Copy the database on its server; SQLite's is a file of the house."""
        if not self.database_url:
            return ""
        server, _, original = self.database_url.rpartition("/")
        copy = f"copy{next(NUMBERS)}"
        with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {copy} TEMPLATE {original}")
        return f"{server}/{copy}"


@contextmanager
def planned(base: str, *, items: int, served: Served, at_once: int) -> Iterator[Plan]:
    """Plan a run on a database, and learn its score from a copy that nothing happens to."""
    with BASES[base]() as url, house(items=items, redis_url="", database_url=url) as original:
        original.prepare(served, at_once=at_once)
        plan = Plan(base, items, original, url)
        with plan.copy() as place:
            run = (place.folder / "run").read_text()
            score = result(place.start("tests.faults.look", run, "--finish"))["score"]
        yield Plan(base, items, original, url, float(score))
