"""The service as processes of our own, so that each can be killed and started again at any moment."""

from __future__ import annotations

import random
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

from tests.bench.house import House
from worker.broker import answers, valkey_command
from worker.management.commands.up import beat_command, web_command, worker_command

WORKERS = ("worker 1", "worker 2")
START_S = 60.0
CLOCKS = {"worker 1": "+10m", "worker 2": "-10m"}
CONTAINER = ("unshare", "--pid", "--fork", "--kill-child", "--mount-proc")


class Service:
    """Broker, web, two workers and beat on one house.

    With `apart`, the workers are like containers on other hosts that share a host name: their clocks are 20
    minutes apart, and each sees only its own processes.
    """

    def __init__(self, house: House, *, apart: bool = False) -> None:
        self.env = house.env | {"ALLOWED_HOSTS": "127.0.0.1"}
        self.apart = apart
        self.folder = Path(house.env["DATA_DIR"])
        self.socket = self.folder / "valkey.sock"
        self.port = free_port()
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.log = (self.folder / "service.log").open("ab")

    def command(self, name: str) -> tuple[str, ...]:
        """Return the command of a process, as `manage.py up` has it."""
        if name == "broker":
            return valkey_command(socket=self.socket, folder=self.folder / "valkey")
        if name == "web":
            return web_command("127.0.0.1", self.port)
        return beat_command() if name == "beat" else worker_command(int(name.split()[1]))

    def start(self, name: str) -> None:
        """Start a process; the broker is waited for."""
        command, env = self.command(name), self.env
        if self.apart and name in CLOCKS:
            command, env = (*CONTAINER, *command), env | clock_of_its_own(CLOCKS[name])
        self.processes[name] = subprocess.Popen(
            command, env=env, stdout=self.log, stderr=self.log, start_new_session=True
        )
        until = time.monotonic() + START_S
        while name == "broker" and not answers(f"unix://{self.socket}"):
            if time.monotonic() > until:
                raise RuntimeError("the broker does not answer")
            time.sleep(0.02)

    def __enter__(self) -> Service:
        for name in ("broker", "web", *WORKERS, "beat"):
            self.start(name)
        return self

    def __exit__(self, *error: object) -> None:
        for name in reversed(list(self.processes)):
            self.kill(name)
        self.log.close()

    def kill(self, name: str) -> None:
        """Kill one process with the signal that nobody can catch."""
        self.processes[name].kill()
        self.processes[name].wait()

    def hit(self, target: str, chance: random.Random) -> int:
        """Kill a target and start it again; return how many workers that cost."""
        victims = {"workers": WORKERS, "worker": (chance.choice(WORKERS),)}.get(target, (target,))
        for name in victims:
            self.kill(name)
        if target == "broker":
            shutil.rmtree(self.folder / "valkey", ignore_errors=True)
            self.socket.unlink(missing_ok=True)
        for name in victims:
            self.start(name)
        return len(victims) if target.startswith("worker") else 0


def clock_of_its_own(offset: str) -> dict[str, str]:
    """Return the environment of a process whose clock is off by some time, such as "+10m"."""
    library = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
    return {"LD_PRELOAD": str(library), "FAKETIME": offset, "FAKETIME_DONT_FAKE_MONOTONIC": "1"}


def free_port() -> int:
    """Return a port that nobody listens at."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def log_line(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
