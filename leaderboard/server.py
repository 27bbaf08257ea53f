"""Gunicorn's configuration: `gunicorn --config python:leaderboard.server …`.

Threads, because a page takes a few queries and an event stream mostly sleeps: as many as event streams are
allowed (leaderboard/server_sent_events.py), and eight for all other requests.
"""

from __future__ import annotations

from typing import Any

from django.urls import resolve

from leaderboard.server_sent_events import MAX_CONNECTIONS, stop_checks

PAGES = 8
worker_class = "gthread"
threads = MAX_CONNECTIONS + PAGES


def post_worker_init(worker: Any) -> None:
    """End event streams when the server stops, and import all views, so that no request waits for them."""
    stop_checks.append(lambda: not worker.alive)
    resolve("/")
