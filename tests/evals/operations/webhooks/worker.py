"""A worker as a process of its own, to be killed: `python -m tests.evals.operations.webhooks.worker`."""

from __future__ import annotations

import os
import subprocess
import sys

from django.conf import settings

from tests.evals.engine.worker import database_url


def start() -> subprocess.Popen[bytes]:
    """Start a worker that delivers what is due."""
    service = {
        "DATABASE_URL": database_url(),
        "SECRET_KEY": settings.SECRET_KEY,
        "WEBHOOK_ALLOWED_HOSTS": ",".join(settings.WEBHOOK_ALLOWED_HOSTS),
        "LOG_LEVEL": "WARNING",
    }
    return subprocess.Popen([sys.executable, "-m", __name__], env=os.environ | service)


def main() -> None:
    """Deliver what is due."""
    import django

    django.setup()
    from evals.operations.clock import database_clock
    from evals.operations.webhooks.delivery import deliver_due

    deliver_due(clock=database_clock())


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leaderboard.settings")
    main()
