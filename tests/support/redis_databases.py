"""Give each test process a Redis database of its own, before Django reads its settings."""

import os
from urllib.parse import urlsplit, urlunsplit

DATABASES = 16  # what Redis has by default


def database_url(url: str, process: int) -> str:
    """Return the URL of the database for the process of that number, counted from the one in the URL."""
    parts = urlsplit(url)
    first = int(parts.path.strip("/") or 0)
    return urlunsplit(parts._replace(path=f"/{(first + process) % DATABASES}"))


if (worker := os.environ.get("PYTEST_XDIST_WORKER")) and (shared := os.environ.get("REDIS_URL")):
    os.environ["REDIS_URL"] = database_url(shared, int(worker.removeprefix("gw")))
