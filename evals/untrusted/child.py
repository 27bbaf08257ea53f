"""Run a reader of untrusted files in a child process with limits on memory, processor time and time.

The child is a fresh interpreter (`python -m evals.untrusted.reader`). It imports no Django, inherits no
setting of ours, has no network where the kernel allows that, and writes to its output only: one JSON message
a line. What it sends is untrusted too.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from signal import SIGKILL, SIGXCPU
from typing import IO, Any

from evals.untrusted.json_text import JsonLimits, load_json

ROOT = Path(__file__).resolve().parents[2]
MESSAGE = JsonLimits(depth=30, values=2**23)
MAX_ERROR_BYTES = 4096
OUT_OF_MEMORY = 75
"""The status with which a reader ends that is out of memory."""


@dataclass(frozen=True, slots=True)
class ChildLimits:
    """What a child may use: address space, seconds of processor time and of time, bytes of one message."""

    memory_mib: int = 2048
    cpu_s: int = 300
    deadline_s: int = 900
    message_bytes: int = 2**24


class ReaderStopped(Exception):
    """A reader reached a limit, or crashed; the message names the limit."""


def read_in_child(reader: str, arguments: Sequence[str], limits: ChildLimits) -> Iterator[Any]:
    """Yield the messages of a reader (`module:function`), as it sends them. Raises ReaderStopped."""
    command = [sys.executable, "-PB", "-m", "evals.untrusted.reader", json.dumps(asdict(limits))]
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            [*command, reader, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            env=_environment(),
            cwd="/",
        )
        assert process.stdout is not None
        with _killed_at_the_end(process, limits.deadline_s) as is_late:
            yield from _messages(process.stdout, limits)
            process.wait()
        if process.returncode:
            raise ReaderStopped(_reason(process.returncode, limits, errors, is_late=is_late.is_set()))


def _environment() -> dict[str, str]:
    """Return the variables that an interpreter needs; none of ours, which may hold secrets."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LD_LIBRARY_PATH") if name in os.environ}
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "ARROW_NUM_THREADS"), "1")
    return {**kept, **threads, "PYTHONPATH": str(ROOT), "ARROW_DEFAULT_MEMORY_POOL": "system"}


@contextmanager
def _killed_at_the_end(process: subprocess.Popen[bytes], deadline_s: int) -> Iterator[threading.Event]:
    """Kill a child at its deadline, and when nobody reads it any more."""
    is_late = threading.Event()

    def stop() -> None:
        is_late.set()
        process.kill()

    timer = threading.Timer(deadline_s, stop)
    timer.daemon = True
    timer.start()
    try:
        yield is_late
    finally:
        timer.cancel()
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def _messages(output: IO[bytes], limits: ChildLimits) -> Iterator[Any]:
    while line := output.readline(limits.message_bytes + 1):
        if len(line) > limits.message_bytes:
            raise ReaderStopped(f"It holds a value of more than {limits.message_bytes:,} bytes.")
        try:
            yield load_json(line.decode(), MESSAGE)
        except ValueError as error:
            if line.endswith(b"\n"):
                raise ReaderStopped(f"Its reader sent a message that cannot be read: {error}.") from None
            return  # it was killed within a line; its status says why


def _reason(status: int, limits: ChildLimits, errors: IO[bytes], *, is_late: bool) -> str:
    if is_late:
        return f"Reading it took more than {limits.deadline_s} seconds."
    if status == -SIGXCPU:
        return f"Reading it took more than {limits.cpu_s} seconds of processor time."
    if status in (OUT_OF_MEMORY, -SIGKILL):
        return f"Reading it took more than {limits.memory_mib} MiB of memory."
    errors.seek(0, os.SEEK_END)
    errors.seek(max(0, errors.tell() - MAX_ERROR_BYTES))
    lines = errors.read(MAX_ERROR_BYTES).decode(errors="replace").strip().splitlines()
    return f"Its reader ended with status {status}{f' ({lines[-1][:200]})' if lines else ''}."
