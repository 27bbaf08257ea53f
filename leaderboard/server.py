"""How gunicorn serves the site, wherever it is started: `gunicorn --config python:leaderboard.server …`.

Threads, because a page is a few queries and a follower of a submission mostly sleeps: those that may follow
(leaderboard/server_sent_events.py) and the eight that answer everything else.
"""

from __future__ import annotations

from typing import Any

from django.urls import resolve

from leaderboard.server_sent_events import MAX_CONNECTIONS, stop_checks

PAGES = 8
worker_class = "gthread"
threads = MAX_CONNECTIONS + PAGES


def post_worker_init(worker: Any) -> None:
    """Have the streams end when the server is told to stop, so that it need not wait for their readers.

    And import every view now: the first reader would wait half a second for it.
    """
    stop_checks.append(lambda: not worker.alive)
    resolve("/")
