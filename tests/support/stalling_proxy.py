"""A TCP proxy that can stop forwarding, as a network does that swallows packets."""

from __future__ import annotations

import socket
import threading
from types import TracebackType
from typing import Self


class StallingProxy:
    """Forwards connections to a server until it is stalled; then it accepts, and nothing more happens."""

    def __init__(self, host: str, port: int) -> None:
        self.server, self.open = (host, port), threading.Event()
        self.open.set()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listener.getsockname()[1]

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self.open.set()
        self.listener.close()

    def stall(self) -> None:
        """Forward nothing from now on."""
        self.open.clear()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            server = socket.create_connection(self.server)
            for ends in ((client, server), (server, client)):
                threading.Thread(target=self._forward, args=ends, daemon=True).start()

    def _forward(self, source: socket.socket, target: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                self.open.wait()
                target.sendall(data)
        except OSError:
            pass
        finally:
            target.close()
