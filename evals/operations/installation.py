"""Whether this installation is a simulated world, in which no figure is about a real model.

The setting tells the program; a row of the database, which nothing can change, confirms the setting. Every
process compares the two on its first connection.
"""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError
from django.db.backends.base.base import BaseDatabaseWrapper

from evals.models import Installation, InstallationKind
from evals.operations.refusals import Conflict

QUERY = f"SELECT kind FROM {Installation._meta.db_table}"  # noqa: S608 – the name of our own table


class OnlySimulated(Conflict):
    """In a simulated world this cannot be done: it would carry simulated figures into a real record."""

    code = "simulated_world"


def check_installation(connection: BaseDatabaseWrapper) -> None:
    """Compare the setting with the database. Raises ImproperlyConfigured."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(QUERY)
            row = cursor.fetchone()
    except DatabaseError:  # it has no tables yet
        return
    is_simulated = row is not None and row[0] == InstallationKind.SIMULATED
    if is_simulated and not settings.SIMULATED_WORLD:
        raise ImproperlyConfigured(
            "This database is a simulated world. Set SIMULATED_WORLD=1, or use another."
        )
    if settings.SIMULATED_WORLD and not is_simulated:
        raise ImproperlyConfigured(
            "SIMULATED_WORLD=1 needs a database that was created with it; this one holds a real record."
        )


def refuse_in_simulated_world(action: str) -> None:
    """Refuse an action that would carry figures out of a simulated world. Raises OnlySimulated."""
    if settings.SIMULATED_WORLD:
        raise OnlySimulated(
            f"This is a simulated world: {action} would carry its figures into a real record."
        )
