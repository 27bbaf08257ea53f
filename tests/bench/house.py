"""A database, a Valkey and a planned run of their own, and the processes that are measured on them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench.provider import Served
from tests.support.uncapped import UNCAPPED
from worker.broker import answers, valkey_command


@dataclass(frozen=True)
class House:
    """Where one measurement keeps what it needs."""

    folder: Path
    env: dict[str, str]

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a Python module in this house."""
        command = [sys.executable, "-m", *arguments]
        return subprocess.Popen(command, env=self.env, stdout=subprocess.PIPE, text=True)

    def prepare(self, served: Served, *, at_once: int) -> dict[str, Any]:
        """Lay the database out and plan the run; return what planning took."""
        return result(self.start("tests.bench.prepare", str(self.folder), served.base_url, str(at_once)))

    def measure(self, client: str, served: Served, *, at_once: int) -> dict[str, Any]:
        """Run one client and return what it took."""
        return result(self.client(client, served, at_once=at_once))

    def client(self, client: str, served: Served, *, at_once: int) -> subprocess.Popen[str]:
        """Start one client."""
        return self.start("tests.bench.clients", client, served.base_url, str(at_once), str(self.folder))


def result(process: subprocess.Popen[str]) -> dict[str, Any]:
    """Return what a client printed when it ended."""
    out, _ = process.communicate()
    if process.returncode:
        raise RuntimeError(f"a client ended with status {process.returncode}")
    figures: dict[str, Any] = json.loads(out.strip().splitlines()[-1])
    return figures


@contextmanager
def valkey() -> Iterator[str]:
    """Run a Valkey."""
    with tempfile.TemporaryDirectory() as name:
        socket = Path(name) / "s"
        process = subprocess.Popen(valkey_command(socket=socket, folder=Path(name)))
        try:
            while not answers(f"unix://{socket}"):
                time.sleep(0.02)
            yield f"unix://{socket}"
        finally:
            process.kill()
            process.wait()


@contextmanager
def house(*, items: int, redis_url: str, database_url: str = "") -> Iterator[House]:
    """Make a folder with a database; gone afterwards."""
    with tempfile.TemporaryDirectory() as name:
        env = (
            os.environ
            | UNCAPPED
            | {
                "DATA_DIR": name,
                "DATABASE_URL": database_url or f"sqlite:///{name}/db.sqlite3",
                "REDIS_URL": redis_url,
                "BENCH_ITEMS": str(items),
                "LOG_LEVEL": "ERROR",
            }
        )
        yield House(Path(name), env)
