"""Many reads of one state of the database, while others write."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction


@contextmanager
def snapshot() -> Iterator[None]:
    """Have every read inside see the database as it was at the first one; inside a transaction, as that does.

    Without it a row that is written meanwhile could be read without the one that it points to.
    """
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield
    else:
        with connection.cursor() as cursor:
            cursor.execute("BEGIN DEFERRED")  # not Django's, which would keep every writer out
            try:
                yield
            finally:
                cursor.execute("ROLLBACK")
