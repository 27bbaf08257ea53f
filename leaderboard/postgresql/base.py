"""Django's backend for PostgreSQL, with a limit on how long a thread waits for the server.

`statement_timeout` is kept by the server, which may be out of reach, and TCP notices a dead peer late.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import psycopg
from django.db.backends.postgresql import base

HEALTH_CHECK_S = 1.0


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that is closed, with OperationalError, when a reply takes longer than `wait_s`."""

    wait_s: float | None = None

    def get_connection_params(self) -> dict[str, Any]:
        """Take our own option out of those for the driver."""
        options: dict[str, Any] = super().get_connection_params()
        self.wait_s = options.pop("wait_s", None)
        return options

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Connect, and bound each wait for the server."""
        connection = super().get_new_connection(conn_params)

        def wait(
            generator: Generator[Any, Any, Any], interval: float = 0.1, timeout: float | None = None
        ) -> Any:
            return _wait(connection, generator, interval, timeout or self.wait_s)

        connection.wait = wait
        return connection

    def is_usable(self) -> bool:
        """Look soon whether the server still answers: a request has time left to connect again."""
        wait_s, self.wait_s = self.wait_s, HEALTH_CHECK_S
        try:
            return bool(super().is_usable())
        finally:
            self.wait_s = wait_s


def _wait(connection: psycopg.Connection[Any], generator: Any, interval: float, timeout: float | None) -> Any:
    try:
        return psycopg.Connection.wait(connection, generator, interval, timeout)
    except psycopg.errors._WaitTimeout:
        connection.pgconn.finish()
        raise psycopg.OperationalError(f"The database did not answer within {timeout} s.") from None
