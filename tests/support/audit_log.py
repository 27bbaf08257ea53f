"""Let Django empty the append-only audit log after a test that writes in several transactions."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from importlib import import_module
from typing import Any

import pytest
from django.db import connection

migration = import_module("evals.migrations.0019_audit_log")


def flush_without_triggers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Drop the triggers while Django empties the tables after a transactional test."""
    operations = type(connection.ops)
    execute_sql_flush: Callable[..., Any] = operations.execute_sql_flush

    @wraps(execute_sql_flush)
    def flush(self: Any, sql_list: list[str]) -> None:
        migration.execute(self.connection, "drop")
        try:
            execute_sql_flush(self, sql_list)
        finally:
            migration.execute(self.connection, "create")

    monkeypatch.setattr(operations, "execute_sql_flush", flush)
