"""The simulated provider as a process of its own: for benches, and for tests that kill what calls it."""

import json
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any, Self

ROOT = Path(__file__).resolve().parents[2]
START_TIMEOUT_SECONDS = 30
STOP_TIMEOUT_SECONDS = 10


class ProviderDidNotStart(Exception):
    """The process ended, or took too long, before it had a port."""


class ProviderProcess:
    """`with ProviderProcess("--latency", "0.2") as provider: ...`, with the arguments of the program."""

    def __init__(self, *arguments: str) -> None:
        self._arguments = arguments
        self._folder = tempfile.TemporaryDirectory()
        self.port = 0

    @property
    def base_url(self) -> str:
        """The address that a client of OpenAI's API is given."""
        return f"http://127.0.0.1:{self.port}/v1"

    def __enter__(self) -> Self:
        port_file = Path(self._folder.name) / "port"
        command = [sys.executable, "-m", "tests.support.provider", "--port-file", str(port_file)]
        self._process = subprocess.Popen(
            [*command, *self._arguments], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        self.port = self._wait_for_port(port_file)
        return self

    def __exit__(self, *_error: object) -> None:
        self._process.terminate()
        self._process.communicate(timeout=STOP_TIMEOUT_SECONDS)
        self._folder.cleanup()

    def ask(self, action: str) -> Any:
        """GET an address under /admin."""
        with urllib.request.urlopen(f"{self._admin}{action}") as response:
            return json.load(response)

    def send(self, action: str, content: Any = None) -> Any:
        """POST to an address under /admin."""
        body = json.dumps(content or {}).encode()
        with urllib.request.urlopen(f"{self._admin}{action}", data=body) as response:
            return json.load(response)

    @property
    def _admin(self) -> str:
        return f"http://127.0.0.1:{self.port}/admin/"

    def _wait_for_port(self, port_file: Path) -> int:
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while time.monotonic() < deadline:
            if port_file.exists():
                return int(port_file.read_text())
            if self._process.poll() is not None:
                break
            time.sleep(0.02)
        self._process.kill()
        complaint = self._process.communicate()[1].decode(errors="replace").strip()
        self._folder.cleanup()
        raise ProviderDidNotStart(complaint[-2000:] or "it took too long")
