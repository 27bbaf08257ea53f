"""The web server: `python -m leaderboard.server --bind HOST:PORT` or `--bind unix:PATH`.

One process: an event loop that receives requests and sends responses (leaderboard/http_connection.py), and
threads that answer them (leaderboard/asgi.py).
"""

from __future__ import annotations

import argparse
import os
import resource
from dataclasses import dataclass

import django
import uvicorn
from django.conf import settings
from django.urls import resolve

from leaderboard.asgi import Application
from leaderboard.data_directory import start_private
from leaderboard.http_connection import ClientLimits, Connection
from leaderboard.secret_sources import refuse_worker_secrets
from leaderboard.server_sent_events import stop_checks

GRACE_S = 10  # for responses that are on their way when the server stops
IDLE_S = 5  # a connection without a request is kept this long
MAX_OPEN_FILES = 8192
ADMIN = b"/admin/"  # its import form takes files


@dataclass(frozen=True, slots=True)
class Address:
    """Where the server listens: a host and port, or a Unix socket."""

    host: str = "127.0.0.1"
    port: int = 8000
    socket: str | None = None


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(prog="python -m leaderboard.server", description="The web server.")
    parser.add_argument("--bind", type=read_address, default="127.0.0.1:8000", help="HOST:PORT or unix:PATH")
    address = parser.parse_args().bind
    refuse_worker_secrets(os.environ, process="The web server")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leaderboard.settings")
    os.environ.setdefault("DATABASE_TIMEOUT_S", "4")
    django.setup(set_prefix=False)
    start_private(data_dir=settings.DATA_DIR, also=settings.OTHER_DATA)
    make_server(address).run()


def make_server(address: Address) -> uvicorn.Server:
    """Return a server at an address; all views are imported, so that no request waits for them."""
    Connection.limits = ClientLimits(
        header_s=settings.HEADER_TIMEOUT_S,
        body_s=settings.BODY_TIMEOUT_S,
        send_s=settings.SEND_TIMEOUT_S,
        max_body_bytes=max_body_bytes,
        max_connections=raise_file_limit() // 2,
    )
    resolve("/")
    server = uvicorn.Server(
        uvicorn.Config(
            Application(),
            host=address.host,
            port=address.port,
            uds=address.socket,
            http=Connection,
            loop="uvloop",
            ws="none",
            lifespan="off",
            proxy_headers=False,  # leaderboard/client_address.py reads them
            server_header=False,
            access_log=False,  # query strings can contain secrets
            log_config=None,
            timeout_keep_alive=IDLE_S,
            timeout_graceful_shutdown=GRACE_S,
        )
    )
    stop_checks.append(lambda: server.should_exit)
    return server


def read_address(bind: str) -> Address:
    """Return the address of a `--bind`. Raises ValueError."""
    if bind.startswith("unix:"):
        return Address(socket=bind.removeprefix("unix:"))
    host, _, port = bind.rpartition(":")
    if not host:
        raise ValueError("The host is missing.")
    return Address(host.strip("[]"), int(port))


def max_body_bytes(url: bytes) -> int:
    """Return the size that the body of a request may have."""
    return settings.MAX_UPLOAD_BYTES if url.startswith(ADMIN) else settings.DATA_UPLOAD_MAX_MEMORY_SIZE


def raise_file_limit() -> int:
    """Allow as many open files as the host permits, up to MAX_OPEN_FILES, and return the limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MAX_OPEN_FILES if hard == resource.RLIM_INFINITY else min(MAX_OPEN_FILES, hard)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return max(soft, wanted)


if __name__ == "__main__":
    main()
