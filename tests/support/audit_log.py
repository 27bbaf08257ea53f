"""Empty the tables after a test that writes in several transactions, the append-only audit log too."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from importlib import import_module
from typing import Any

import pytest
from django.db import connection

MIGRATIONS = [import_module(f"evals.migrations.{name}") for name in ("0019_audit_log", "0023_installation")]


def flush_without_triggers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Drop the triggers while Django empties the tables after a transactional test.

    PostgreSQL deletes rows instead of truncating, which makes a new file for each of a hundred tables.
    """
    operations = type(connection.ops)
    execute_sql_flush: Callable[..., Any] = operations.execute_sql_flush

    @wraps(execute_sql_flush)
    def flush(self: Any, sql_list: list[str]) -> None:
        for migration in MIGRATIONS:
            migration.execute(self.connection, "drop")
        try:
            execute_sql_flush(self, _deletes(sql_list))
        finally:
            for migration in MIGRATIONS:
                migration.execute(self.connection, "create")

    monkeypatch.setattr(operations, "execute_sql_flush", flush)


def _deletes(statements: list[str]) -> list[str]:
    """Return a TRUNCATE of several tables as a DELETE from each."""
    if len(statements) != 1 or not statements[0].startswith("TRUNCATE "):
        return statements
    tables = statements[0].removeprefix("TRUNCATE ").removesuffix(";").split(", ")
    return [f"DELETE FROM {table};" for table in tables]
