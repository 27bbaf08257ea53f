"""The web server on a record of its own, without limits on reads and writes, and without workers."""

from __future__ import annotations

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

from tests.attacks.service import ROOT, run_module
from tests.contract.roles import Values
from tests.faults.service import free_port
from tests.support.uncapped import UNCAPPED
from tests.support.valkey import Valkey
from worker.management.commands.up import listens, web_command

START_S = 90.0
SETTINGS = UNCAPPED | {"ALLOWED_HOSTS": "127.0.0.1", "READ_RATE": "off", "API_POST_RATE": "100000/sec"}
OURS = ("DATABASE_URL", "REDIS_URL", "COVERAGE_PROCESS_CONFIG")


@dataclass(frozen=True)
class Service:
    """A running service: its address, the tokens by role, and known values of parameters."""

    url: str
    tokens: dict[str, str]
    values: Values
    log: Path


@contextmanager
def running() -> Iterator[Service]:
    """Run the service on a filled record while the block runs."""
    with tempfile.TemporaryDirectory(prefix="lagline-contract-") as name:
        folder, port = Path(name), free_port()
        broker = Valkey(folder / "broker")
        broker.folder.mkdir()
        broker.start()
        try:
            env = _environment(folder, broker.url)
            seeded = _seed(env)
            with _web_server(folder / "web.log", port, env):
                yield Service(
                    f"http://127.0.0.1:{port}", seeded["tokens"], seeded["values"], folder / "web.log"
                )
        finally:
            broker.stop()


def _environment(folder: Path, broker_url: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in OURS}
    return kept | SETTINGS | {"DATA_DIR": str(folder / "data"), "REDIS_URL": broker_url}


def _seed(env: dict[str, str]) -> dict[str, Any]:
    for command in (("migrate", "--verbosity", "0"), ("collectstatic", "--noinput", "--verbosity", "0")):
        subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, env=env, check=True)
    seeded: dict[str, Any] = run_module(env, "tests.contract.seed")
    return seeded


@contextmanager
def _web_server(log: Path, port: int, env: dict[str, str]) -> Iterator[None]:
    with log.open("wb") as output:
        process = subprocess.Popen(
            web_command("127.0.0.1", port), cwd=ROOT, env=env, stdout=output, stderr=output
        )
    try:
        until = time.monotonic() + START_S
        while not listens("127.0.0.1", port):
            if time.monotonic() > until or process.poll() is not None:
                raise RuntimeError(f"The service is not up:\n{log.read_text()[-3000:]}")
            time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait(60)
