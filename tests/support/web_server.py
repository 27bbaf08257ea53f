"""The web server as a process, and clients of it that behave badly."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from tests.faults.service import free_port
from tests.support.record import make_submission
from tests.support.static_files import collect_static_files
from worker.management.commands.up import listens, web_command


@dataclass(frozen=True)
class WebServer:
    """A running server, and a submission that waits, if there is one."""

    port: int
    submission: str
    process: subprocess.Popen[bytes]
    log: Path
    unix_socket: str = ""

    def connect(self, sent: bytes = b"") -> socket.socket:
        """Connect and send bytes."""
        client = socket.socket(socket.AF_UNIX if self.unix_socket else socket.AF_INET)
        client.settimeout(30)
        client.connect(self.unix_socket or ("127.0.0.1", self.port))
        client.sendall(sent)
        return client

    def follow(self, forwarded_for: str) -> socket.socket:
        """Open an event stream; whoever calls this may never read on."""
        return self.connect(
            f"GET /api/v1/submissions/{self.submission}/events HTTP/1.1\r\nHost: localhost\r\n"
            f"X-Forwarded-For: {forwarded_for}\r\n\r\n".encode()
        )

    def request(self, method: str, path: str, body: bytes | None = None) -> HTTPResponse:
        """Send a request of an ordinary client, and return the response, unread."""
        client = HTTPConnection("127.0.0.1", self.port, timeout=30)
        client.request(method, path, body=body, headers={"Content-Type": "application/json"})
        return client.getresponse()

    def answers(self) -> tuple[int, int]:
        """Return the status of a GET and of a POST without a token."""
        read = self.request("GET", f"/api/v1/submissions/{self.submission}").status
        return read, self.request("POST", "/api/v1/submissions", b"{}").status


StartWebServer = Callable[..., WebServer]


@pytest.fixture
def start_web_server(transactional_db: None, tmp_path: Path) -> Iterator[StartWebServer]:
    """Return a function that runs the server on the tests' database, with settings."""
    with web_servers(tmp_path) as start:

        def start_with_a_submission(**options: Any) -> WebServer:
            return replace(start(**options), submission=str(make_submission().public_id))

        yield start_with_a_submission


@contextmanager
def web_servers(folder: Path) -> Iterator[StartWebServer]:
    """Yield a function that runs the server on the tests' database, with settings; stop what it started."""
    collect_static_files()
    database = connection.settings_dict
    where = f"{database['USER']}@{database['HOST']}:{database['PORT']}/" if database["USER"] else "/"
    url = f"{'postgres' if database['USER'] else 'sqlite'}://{where}{database['NAME']}"
    environment = os.environ | {"DATA_DIR": str(folder), "DATABASE_URL": url}
    started: list[subprocess.Popen[bytes]] = []

    def start(*, unix_socket: str = "", max_files: int = 0, **variables: str) -> WebServer:
        port, log = free_port(), folder / "log"
        command = web_command("127.0.0.1", port)
        if unix_socket:
            command = (*command[:-1], f"unix:{unix_socket}")
        if max_files:
            command = ("sh", "-c", 'ulimit -n "$0" && exec "$@"', str(max_files), *command)
        process = subprocess.Popen(
            command, cwd=settings.BASE_DIR, env=environment | variables, stderr=log.open("wb")
        )
        started.append(process)
        until = time.monotonic() + 60
        while not (Path(unix_socket).exists() if unix_socket else listens("127.0.0.1", port)):
            assert time.monotonic() < until, log.read_text()
            time.sleep(0.1)
        return WebServer(port, "", process, log, unix_socket)

    yield start
    for process in started:
        process.kill()
        process.wait()


def until_closed(client: socket.socket) -> bytes:
    """Return what a client receives until the server closes."""
    received = b""
    try:
        while part := client.recv(2**16):
            received += part
    except ConnectionResetError:
        pass
    return received
