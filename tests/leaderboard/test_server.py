"""The web server as it is run: followers that hang keep no page waiting, and stopping waits for none."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from leaderboard.server_sent_events import MAX_CONNECTIONS
from tests.faults.service import free_port
from tests.support.record import make_submission


@pytest.fixture
def server(transactional_db: None, tmp_path: Path) -> Iterator[tuple[int, str, subprocess.Popen[bytes]]]:
    """Run gunicorn on the tests' database, with one waiting submission."""
    database = connection.settings_dict
    where = f"{database['USER']}@{database['HOST']}:{database['PORT']}/" if database["USER"] else "/"
    url = f"{'postgres' if database['USER'] else 'sqlite'}://{where}{database['NAME']}"
    environment = os.environ | {"DATA_DIR": str(tmp_path), "DATABASE_URL": url}
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "leaderboard.wsgi:application", "--log-level", "warning"]
    command += ["--config", "python:leaderboard.server", "--bind", f"127.0.0.1:{port}"]
    started = subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment)
    until = time.monotonic() + 60
    while time.monotonic() < until and not _listens(port):
        time.sleep(0.1)
    yield port, str(make_submission().public_id), started
    started.kill()
    started.wait()


def _listens(port: int) -> bool:
    with socket.socket() as door:
        return door.connect_ex(("127.0.0.1", port)) == 0


def follow(port: int, submission: str) -> socket.socket:
    """Begin to follow a submission; whoever calls this may never read on."""
    follower = socket.create_connection(("127.0.0.1", port), timeout=10)
    follower.sendall(
        f"GET /api/v1/submissions/{submission}/events HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
    )
    return follower


def test_followers_that_hang_keep_no_page_waiting_and_the_server_stops_at_once(
    server: tuple[int, str, subprocess.Popen[bytes]],
) -> None:
    port, submission, process = server
    page = f"http://127.0.0.1:{port}/api/v1/submissions/{submission}"
    urllib.request.urlopen(page).read()
    followers = [follow(port, submission) for _ in range(MAX_CONNECTIONS + 10)]
    heads = [follower.recv(12) for follower in followers]
    assert heads.count(b"HTTP/1.1 200") == MAX_CONNECTIONS
    assert heads.count(b"HTTP/1.1 503") == 10
    slowest = 0.0
    for _ in range(20):
        began = time.monotonic()
        assert urllib.request.urlopen(page).status == 200
        slowest = max(slowest, time.monotonic() - began)
    assert slowest < 2.0
    assert b"event: state" in followers[heads.index(b"HTTP/1.1 200")].recv(65536)
    process.terminate()
    began = time.monotonic()
    process.wait(timeout=20)
    assert time.monotonic() - began < 8, "the streams end when the server does, not after their minute"
    for follower in followers:
        follower.close()
