"""A small supervisor: it starts programs in order, restarts dead ones, stops in reverse, leaves no orphan."""

from __future__ import annotations

import ctypes
import logging
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

log = logging.getLogger(__name__)

PROJECT = Path(__file__).resolve().parent.parent
PR_SET_PDEATHSIG = 1
READY_SECONDS = 30.0
GRACE_SECONDS = 30.0
LONGEST_PAUSE_S = 30.0
STEADY_AFTER_S = 60.0
POLL_S = 0.2


class NotReady(Exception):
    """A program did not become ready in time."""


@dataclass(frozen=True)
class Program:
    """A command to keep running, its environment (None: ours), and the check that it is ready."""

    name: str
    command: tuple[str, ...]
    ready: Callable[[], bool] = lambda: True
    env: Mapping[str, str] | None = field(default=None, repr=False)


@dataclass
class Child:
    """The process of a program, and when to restart it after it died."""

    program: Program
    process: subprocess.Popen[bytes]
    started_at: float
    failures: int = 0
    start_again_at: float | None = None


@dataclass
class Supervisor:
    """Keeps programs running until it is told to stop."""

    programs: list[Program]
    children: list[Child] = field(default_factory=list)
    stopping: bool = False

    def run(self, announce: Callable[[], None] = lambda: None) -> None:
        """Start all programs in order, watch them, and stop them at SIGTERM or SIGINT."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self.ask_to_stop)
        try:
            for program in self.programs:
                if not self.stopping:
                    self.children.append(Child(program, spawn(program), time.monotonic()))
                    self.wait_until_ready(self.children[-1])
            if not self.stopping:
                announce()
            while not self.stopping:
                self.watch(time.monotonic())
                time.sleep(POLL_S)
        finally:
            self.stop()

    def ask_to_stop(self, *_: object) -> None:
        """Note that a signal to stop has arrived."""
        self.stopping = True

    def wait_until_ready(self, child: Child) -> None:
        """Wait until a program answers; raise NotReady with its name if it does not."""
        until = time.monotonic() + READY_SECONDS
        while not self.stopping and not child.program.ready():
            if child.process.poll() is not None:
                raise NotReady(
                    f"{child.program.name} ended with status {child.process.returncode} at its start."
                )
            if time.monotonic() > until:
                raise NotReady(f"{child.program.name} does not answer after {READY_SECONDS:.0f} seconds.")
            time.sleep(POLL_S)

    def watch(self, now: float) -> None:
        """Restart dead programs, doubling the delay after each failure in a row."""
        for child in self.children:
            if child.start_again_at is None and child.process.poll() is not None:
                steady = now - child.started_at > STEADY_AFTER_S
                child.failures = 0 if steady else child.failures + 1
                pause_s = min(LONGEST_PAUSE_S, 0.5 * 2**child.failures)
                child.start_again_at = now + pause_s
                log.warning(
                    "%s ended with status %s; it starts again in %.1f s",
                    child.program.name,
                    child.process.returncode,
                    pause_s,
                )
            elif child.start_again_at is not None and now >= child.start_again_at:
                child.process, child.started_at, child.start_again_at = spawn(child.program), now, None

    def stop(self) -> None:
        """Stop in reverse starting order; kill programs that do not end."""
        for child in reversed(self.children):
            if child.process.poll() is None:
                child.process.terminate()
                try:
                    child.process.wait(GRACE_SECONDS)
                except subprocess.TimeoutExpired:
                    log.warning("%s did not end in %.0f s and is killed", child.program.name, GRACE_SECONDS)
                    child.process.kill()
                    child.process.wait()


def spawn(program: Program) -> subprocess.Popen[bytes]:
    """Start a program in its own session: Ctrl-C reaches the supervisor only, which stops in order."""
    return subprocess.Popen(
        program.command,
        cwd=PROJECT,
        env=program.env,
        start_new_session=True,
        preexec_fn=end_with_parent,  # noqa: PLW1509  the supervisor has one thread
    )


def end_with_parent() -> None:
    """Have the kernel end this process when the supervisor dies, even by SIGKILL (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
