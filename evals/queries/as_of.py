"""Read the record as it was known at an earlier time."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from django.apps import apps
from django.db import connection, models, transaction

from evals.models import Correction
from evals.models.history import History

PACKAGES = ("evals", "leaderboard")
NOTHING = History("1 = 0")
_here = threading.local()  # per thread, like Django's connections


@contextmanager
def record_known_before(at: datetime) -> Iterator[None]:
    """Make this thread's connection read what was known before a time.

    Temporary views hide the tables of the same names, so queries need no change, and reads of the present
    cost nothing. On PostgreSQL the views end with their transaction.
    """
    before: datetime | None = getattr(_here, "at", None)
    at = min(at, before) if before else at  # a nested block cannot know more than the outer one
    _here.at = at
    try:
        if connection.vendor == "postgresql":
            with transaction.atomic(), _grouped_by_every_column():
                _drop_views()
                _create_views(at)
                yield
                transaction.set_rollback(True)
            return
        try:
            _drop_views()
            _create_views(at)
            yield
        finally:
            _drop_views()
            if before:
                _create_views(before)
    finally:
        _here.at = before


def last_day_read() -> date | None:
    """Return the last day that this thread reads, or None if it reads the present."""
    at: datetime | None = getattr(_here, "at", None)
    return (at - timedelta(microseconds=1)).date() if at else None


def tables_with_history() -> list[type[models.Model]]:
    """Return the tables that have views of the past."""
    return [table for package in PACKAGES for table in apps.get_app_config(package).get_models()]


def _create_views(at: datetime) -> None:
    base = _base()
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            connection.connection.create_function("row_column", 2, _row_column, deterministic=True)
        for table in tables_with_history():
            cursor.execute(f'CREATE TEMPORARY VIEW "{table._meta.db_table}" AS {_select(table, at, base)}')


def _drop_views() -> None:
    schema = "temp" if connection.vendor == "sqlite" else "pg_temp"
    with connection.cursor() as cursor:
        for table in tables_with_history():
            cursor.execute(f'DROP VIEW IF EXISTS {schema}."{table._meta.db_table}"')


@contextmanager
def _grouped_by_every_column() -> Iterator[None]:
    # PostgreSQL can group by the primary key of a table, but not of a view.
    before = connection.features.allows_group_by_selected_pks
    connection.features.allows_group_by_selected_pks = False
    try:
        yield
    finally:
        connection.features.allows_group_by_selected_pks = before


def _base() -> str:
    if connection.vendor == "sqlite":
        return "main"
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_schema()")
        return str(cursor.fetchone()[0])


def _select(table: type[models.Model], at: datetime, base: str) -> str:
    rule: History = getattr(table, "history", NOTHING)
    words = {"at": _literal(at), "base": base}
    fields = table._meta.concrete_fields
    columns = ", ".join(f'{_column(rule, f.column or "").format(**words)} AS "{f.column}"' for f in fields)
    now = f'SELECT {columns} FROM {base}."{table._meta.db_table}" r WHERE {rule.when.format(**words)}'  # noqa: S608
    if not rule.corrected:
        return now
    before = ", ".join(f'{_past(f)} AS "{f.column}"' for f in fields)
    kept = f"{base}.{Correction._meta.db_table} r WHERE r.\"table\" = '{table._meta.db_table}'"
    then = f"r.known_at < {words['at']} AND r.corrected_at >= {words['at']}"
    earlier = f"SELECT {before} FROM {kept} AND {then}"  # noqa: S608
    if rule.columns:
        earlier = f"SELECT {columns} FROM ({earlier}) r"  # noqa: S608
    return f"{now} UNION ALL {earlier}"


def _column(rule: History, column: str) -> str:
    return rule.columns.get(column, f'r."{column}"')


def _literal(at: datetime) -> str:
    if connection.vendor == "sqlite":
        return f"'{connection.ops.adapt_datetimefield_value(at)}'"
    return f"'{at.isoformat()}'::timestamptz"


def _past(field: models.Field[Any, Any]) -> str:
    """Return the SQL for a column's value in the row that a correction kept."""
    if field.column == "known_at":
        return "r.known_at"
    json_field = isinstance(field, models.JSONField)
    if connection.vendor == "sqlite":
        value = f"row_column(r.row, '{field.column}')"
        value = f"CAST({value} AS REAL)" if isinstance(field, models.DecimalField) else value
    else:
        value = f"(r.row->{'' if json_field else '>'}'{field.column}')::{_type(field)}"
    if field.null:
        return value
    # A column that was added after the correction has its default.
    if isinstance(field, models.CharField | models.TextField):
        return f"COALESCE({value}, '')"
    if isinstance(field, models.BooleanField):
        return f"COALESCE({value}, {str(bool(field.get_default())).upper()})"
    return value


def _type(field: models.Field[Any, Any]) -> str:
    kind = field.rel_db_type(connection) if field.primary_key else field.db_type(connection)
    return str(kind)


def _row_column(row: str, column: str) -> Any:
    """Return a column of a row stored as JSON, in SQLite's type and with numbers at full precision."""
    value = _read(row).get(column)
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    return int(value) if isinstance(value, bool) else value


@lru_cache(maxsize=64)
def _read(row: str) -> dict[str, Any]:
    columns: dict[str, Any] = json.loads(row)
    return columns
