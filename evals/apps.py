"""Django's app configuration of the record."""

from importlib import import_module
from typing import Any

from django.apps import AppConfig
from django.db.backends.signals import connection_created


class EvalsConfig(AppConfig):
    name = "evals"
    verbose_name = "Record"

    def ready(self) -> None:
        """Compare the installation with its settings once the database is reached."""
        connection_created.connect(check_once, dispatch_uid="evals.installation")


def check_once(connection: Any, **kwargs: Any) -> None:
    """Check the installation on the first connection of this process; by name: it is of a higher layer."""
    connection_created.disconnect(dispatch_uid="evals.installation")
    import_module("evals.operations.installation").check_installation(connection)
