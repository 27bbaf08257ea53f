"""Several reads of one state of the database, while other transactions write."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction


@contextmanager
def snapshot() -> Iterator[None]:
    """Make all reads in the block see one state of the database; inside a transaction, the transaction's.

    Otherwise a row written in between could be read without a row that it refers to.
    """
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield
    else:
        with connection.cursor() as cursor:
            cursor.execute("BEGIN DEFERRED")  # Django's IMMEDIATE would block every writer
            try:
                yield
            finally:
                cursor.execute("ROLLBACK")
