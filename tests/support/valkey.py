"""A Valkey of a test's own, to be filled, killed and started again."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

from worker.broker import answers, valkey_command


class Valkey:
    """A Valkey with its data in a folder."""

    def __init__(self, folder: Path, env: Mapping[str, str] | None = None) -> None:
        self.folder, self.socket = folder, folder / "s"
        self.env = os.environ | dict(env or {})
        self.url = f"unix://{self.socket}"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self.process = subprocess.Popen(
            valkey_command(socket=self.socket, folder=self.folder / "data"), env=self.env
        )
        until = time.monotonic() + 20
        while not answers(self.url) and time.monotonic() < until:
            time.sleep(0.02)

    def stop(self) -> None:
        """Kill it."""
        self.process.kill()
        self.process.wait()

    def lose(self) -> None:
        """Kill it and delete its data."""
        self.stop()
        shutil.rmtree(self.folder / "data")
        self.socket.unlink(missing_ok=True)
