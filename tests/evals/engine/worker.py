"""A worker as a process of its own, to be killed: `python -m tests.evals.engine.worker RUN OWNER`."""

from __future__ import annotations

import os
import subprocess
import sys

from django.conf import settings
from django.db import connection

from tests.support.uncapped import UNCAPPED


def database_url() -> str:
    """Return the address of the database that the tests run on."""
    settings = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{settings['NAME']}"
    who = f"{settings['USER']}:{settings['PASSWORD']}" if settings["PASSWORD"] else settings["USER"]
    return f"postgres://{who}@{settings['HOST']}:{settings['PORT'] or 5432}/{settings['NAME']}"


def start(run_id: int, owner: str) -> subprocess.Popen[bytes]:
    """Start a worker that calls for a run until it ends."""
    service = {"DATABASE_URL": database_url(), "REDIS_URL": settings.REDIS_URL, "LOG_LEVEL": "WARNING"}
    service |= UNCAPPED | {"JOURNAL_DIR": str(settings.JOURNAL_DIR)}
    return subprocess.Popen([sys.executable, "-m", __name__, str(run_id), owner], env=os.environ | service)


def main(run_id: str, owner: str) -> None:
    """Call for a run."""
    import django

    django.setup()
    from evals.operations.runs.execution import call_run
    from tests.evals.engine.builders import clock

    call_run(run_id=int(run_id), owner=owner, seconds=60, clock=clock)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leaderboard.settings")
    main(*sys.argv[1:])
