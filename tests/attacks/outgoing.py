"""Attacks that make the service call its own network."""

from __future__ import annotations

import socket
import threading

from tests.attacks.attack import Count
from tests.attacks.service import Service

HOSTS = (
    "127.0.0.1",
    "2130706433",
    "0177.0.0.1",
    "0x7f.1",
    "127.1",
    "127.0.0.1.",
    "①②⑦.0.0.1",
    "１２７.0.0.1",
    "localhost",
    "LOCALHOST.",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "0.0.0.0",
    "user:word@127.0.0.1",
    "example.org@127.0.0.1",
    "127.0.0.1%00.example.org",
    "127.0.0.1#.example.org",
)


def call_an_address_inside(service: Service) -> Count:
    """No spelling of an address inside is connected to by an import from a URL."""
    count = Count()
    with Trap() as trap:
        for scheme in ("http", "https"):
            for host in HOSTS:
                url = f"{scheme}://{host}:{trap.port}/results.json"
                response = service.propose_import(data={"url": url})
                count.add(
                    trap.connections == 0 and "errorlist" in response.text,
                    f"{url}: {response.status_code}, {trap.connections} connections",
                )
    return count


class Trap:
    """Listens at an address inside, and counts who connects."""

    def __init__(self) -> None:
        self.connections = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listener.getsockname()[1]

    def __enter__(self) -> Trap:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _address = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            connection.close()
