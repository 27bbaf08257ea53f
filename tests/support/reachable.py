"""Fail with a sentence where PostgreSQL or Redis does not answer: `python -m tests.support.reachable`."""

from __future__ import annotations

import os
import sys

import psycopg

from worker.broker import answers


def unreachable(database_url: str, redis_url: str) -> list[str]:
    """Return a sentence for each service that does not answer."""
    sentences = []
    try:
        psycopg.connect(database_url, connect_timeout=5).close()
    except psycopg.Error as error:
        sentences.append(f"PostgreSQL does not answer at DATABASE_URL: {error}")
    if not answers(redis_url):
        sentences.append("Redis does not answer at REDIS_URL.")
    return sentences


if __name__ == "__main__":
    sys.exit("\n".join(unreachable(os.environ["DATABASE_URL"], os.environ["REDIS_URL"])) or None)
