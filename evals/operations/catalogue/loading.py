"""Synchronise the record with the catalogue's files: new, changed and withdrawn rows, all or nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import ProtectedError, QuerySet

from evals.catalogue.check import problems_of
from evals.catalogue.columns import as_date
from evals.catalogue.duplicates import stem_of
from evals.catalogue.files import COLUMNS, Problem, Row, Tables, read_tables
from evals.catalogue.values import values_of
from evals.models import (
    Adoption,
    AuditAction,
    Benchmark,
    CatalogueEdition,
    Claim,
    Developer,
    ListPrice,
    Model,
    Score,
)
from evals.models.catalogue import Sourced
from evals.operations.audit import record_event
from evals.operations.catalogue.corrections import correct_rows, disproved_values, json_value, withdraw_rows
from evals.operations.catalogue.founding import backdate_first_facts
from evals.operations.proposals.catalogued import confirm_catalogued
from evals.operations.refusals import Refused

SHOWN_PROBLEMS = 50
Facts = dict[str, Any]
Key = tuple[Any, ...]


class CatalogueError(Refused):
    """The catalogue's files have invalid rows; nothing was written."""

    code = "catalogue_broken"

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = list(problems)
        lines = [str(problem) for problem in self.problems[:SHOWN_PROBLEMS]]
        if len(self.problems) > SHOWN_PROBLEMS:
            lines.append(f"... and {len(self.problems) - SHOWN_PROBLEMS} more.")
        counted = "1 problem" if len(self.problems) == 1 else f"{len(self.problems)} problems"
        super().__init__("\n".join([f"The catalogue has {counted}; nothing was loaded.", *lines]))


@dataclass(frozen=True, slots=True)
class Sheet:
    """The mapping of a file to a table: its key columns, and the columns that refer to other rows."""

    table: type[Sourced]
    key: tuple[str, ...]
    links: Mapping[str, type[Sourced]]


SHEETS: Mapping[str, Sheet] = {
    "developers.csv": Sheet(Developer, ("slug",), {}),
    "models.csv": Sheet(Model, ("slug",), {"developer": Developer, "base_model": Model, "variant_of": Model}),
    "benchmarks.csv": Sheet(Benchmark, ("slug",), {}),
    "claims.csv": Sheet(Claim, ("slug",), {}),
    "prices.csv": Sheet(ListPrice, ("model_id", "provider", "in_force_on"), {"model": Model}),
    "adoption.csv": Sheet(Adoption, ("observed_on", "subject", "measure"), {}),
    "scores.csv": Sheet(
        Score, ("model_id", "benchmark_id", "reported_by"), {"model": Model, "benchmark": Benchmark}
    ),
}


def load_catalogue(*, folder: Path, now: datetime) -> dict[str, int]:
    """Synchronise the record with the catalogue's files, all or nothing; return the row count of each file.

    A changed row becomes a correction and a missing row is withdrawn, so that earlier values stay readable.
    """
    tables = _checked(folder, now.date())
    with transaction.atomic():
        founding = not CatalogueEdition.objects.exists()
        counts = {name.removesuffix(".csv"): len(tables[name]) for name in COLUMNS}
        edition = _edition(folder, counts, now)
        kept = {name: _sync(sheet, tables[name], edition, now) for name, sheet in SHEETS.items()}
        slugs = {table: {row["slug"] for row in tables[f"{table}.csv"]} for table in ("models", "developers")}
        confirm_catalogued(**slugs, edition=edition, now=now)
        for name in reversed(list(SHEETS)):  # referring rows are withdrawn before the rows they refer to
            _withdraw(SHEETS[name], kept[name], edition, now)
        if founding:
            backdate_first_facts(now=now)
    return counts


def _checked(folder: Path, today: date) -> Tables:
    """Return the rows of the files; raise CatalogueError with all problems if there are any."""
    reading = read_tables(folder)
    rows = (row for table in reading.tables.values() for row in table)
    read_on = [day for row in rows if (day := as_date(row["retrieved_on"]))]
    # A machine whose clock is behind must not refuse rows retrieved after its today.
    if problems := problems_of(reading, max([today, *read_on])):
        raise CatalogueError(problems)
    if settings.SIMULATED_WORLD:  # no real model is in it; its suites need benchmarks
        return {name: rows if name == "benchmarks.csv" else [] for name, rows in reading.tables.items()}
    return reading.tables


def _edition(folder: Path, counts: dict[str, int], now: datetime) -> CatalogueEdition:
    digest = sha256()
    for name in COLUMNS:
        content = (folder / name).read_bytes()
        digest.update(f"{name} {len(content)}\n".encode() + content)
    latest = CatalogueEdition.objects.last()
    if latest and latest.content_hash == digest.hexdigest():
        return latest
    edition = CatalogueEdition.objects.create(content_hash=digest.hexdigest(), counts=counts, loaded_at=now)
    record_event(
        action=AuditAction.CATALOGUE_LOAD,
        object_type="catalogue_edition",
        object_id=edition.pk,
        after={"content_hash": edition.content_hash, "rows": counts},
    )
    return edition


def _sync(sheet: Sheet, rows: Sequence[Row], edition: CatalogueEdition, now: datetime) -> set[Key]:
    """Write new and changed rows; return the keys of all rows of the file."""
    within = {column for column, table in sheet.links.items() if table is sheet.table}
    wanted = _all_facts(sheet, rows, skip=within)
    on_record = _on_record(sheet)
    if sheet.table is Score:
        wanted = _without_imported(wanted)
    stamp: Facts = {"edition": edition, "known_at": now} | (
        {"recorded_at": now} if sheet.table is Score else {}
    )
    new = [sheet.table(**facts, **stamp) for facts in wanted if _key(sheet, facts) not in on_record]
    sheet.table._default_manager.bulk_create(new, batch_size=500)
    if within:  # a row may refer to a row inserted just before
        wanted, on_record = _all_facts(sheet, rows), _on_record(sheet)
    wrong = disproved_values(sheet.table)
    pairs = [
        (row, {c: v for c, v in facts.items() if json_value(v) not in wrong.get((row.pk, c), ())})
        for facts in wanted
        if (row := on_record.get(_key(sheet, facts)))
    ]
    correct_rows(rows=pairs, reason=f"{_named(edition)} says so.", now=now)
    return {_key(sheet, facts) for facts in wanted}


def _on_record(sheet: Sheet) -> dict[Key, Any]:
    rows: QuerySet[Any] = sheet.table._default_manager.order_by("pk")
    if sheet.table is Score:  # measured and imported scores do not belong to the catalogue
        rows = rows.filter(edition__isnull=False)
    return {_key(sheet, vars(row)): row for row in rows}


def _without_imported(wanted: Sequence[Facts]) -> list[Facts]:
    """Leave out figures of a publication that has been imported since: the imported row replaces them."""
    columns = ("model_id", "benchmark_id", "reported_by", "source")
    rows = Score.objects.filter(edition__isnull=True, provenance="reported").values_list(*columns)
    imported = {(*figure, stem_of(source)) for *figure, source in rows}
    return [f for f in wanted if (*(f[c] for c in columns[:3]), stem_of(f["source"])) not in imported]


def _key(sheet: Sheet, facts: Mapping[str, Any]) -> Key:
    return tuple(facts[name] for name in sheet.key)


def _all_facts(sheet: Sheet, rows: Sequence[Row], *, skip: Iterable[str] = ()) -> list[Facts]:
    """Return the rows as columns of the table, with references as ids."""
    tables: dict[type[Sourced], QuerySet[Any]] = {t: t._default_manager.all() for t in sheet.links.values()}
    ids = {table: dict(rows.values_list("slug", "id")) for table, rows in tables.items()}
    return [_facts(sheet, row, ids, skip) for row in rows]


def _facts(
    sheet: Sheet, row: Row, ids: Mapping[type[Sourced], Mapping[str, int]], skip: Iterable[str]
) -> Facts:
    facts: Facts = {}
    for column, value in values_of(row).items():
        if column in sheet.links:
            if column not in skip:
                facts[f"{column}_id"] = ids[sheet.links[column]].get(value)
        else:
            facts["source_licence" if column == "licence" else column] = value
    return facts


def _withdraw(sheet: Sheet, kept: set[Key], edition: CatalogueEdition, now: datetime) -> None:
    """Withdraw rows that the catalogue no longer has, except those that others refer to."""
    for key, row in _on_record(sheet).items():
        if row.edition_id is not None and key not in kept:
            with suppress(ProtectedError):
                withdraw_rows(rows=[row], reason=f"{_named(edition)} has it no more.", now=now)


def _named(edition: CatalogueEdition) -> str:
    return f"The catalogue's edition {edition.content_hash[:12]}"
