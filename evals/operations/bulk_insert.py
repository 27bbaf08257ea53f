"""Insert many rows without creating model instances."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.models import NOT_PROVIDED

AT_ONCE = 2_000


def insert_rows(
    *,
    table: type[models.Model],
    columns: Sequence[str],
    rows: Iterable[tuple[Any, ...]],
    of_all: Mapping[str, Any],
) -> None:
    """Insert rows with values in the order of `columns`; `of_all` holds the values that all rows share.

    A column in neither gets its default. Database constraints apply. `bulk_create` takes several times the
    processor time, because it creates an instance per row.
    """
    connection = connections[DEFAULT_DB_ALIAS]
    fields = {field.name: field for field in table._meta.concrete_fields}
    same = {
        name: field.get_db_prep_save(of_all.get(name, field.get_default()), connection)
        for name, field in fields.items()
        if name in of_all or not (name in columns or field.primary_key or _has_db_default(field))
    }
    names = [fields[name].column for name in (*columns, *same)]
    quoted = ", ".join(connection.ops.quote_name(name) for name in names if name)
    into = connection.ops.quote_name(table._meta.db_table)
    statement = f"INSERT INTO {into} ({quoted}) VALUES ({', '.join('%s' for _ in names)})"  # noqa: S608
    prepare, tail = [fields[name].get_db_prep_save for name in columns], tuple(same.values())
    prepared = (
        (*(put(value, connection) for put, value in zip(prepare, row, strict=True)), *tail) for row in rows
    )
    with connection.cursor() as cursor:
        while batch := list(islice(prepared, AT_ONCE)):
            cursor.executemany(statement, batch)


def _has_db_default(field: models.Field[Any, Any]) -> bool:
    return field.db_default is not NOT_PROVIDED
