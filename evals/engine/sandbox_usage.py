"""What all processes of a sandbox use together, read from the sandbox's own /proc: nothing in it can hide."""

from __future__ import annotations

import os
import re
import time
from dataclasses import dataclass
from pathlib import Path

TICKS_PER_S = os.sysconf("SC_CLK_TCK")
MEMORY = re.compile(r"^Vm(?:RSS|Swap):\s*(\d+) kB$", re.MULTILINE)
WANTS_TO_RUN = re.compile(r"^State:\s*[RD]", re.MULTILINE)  # running or waiting for a processor; for a disk
KIBIBYTE = 2**10


@dataclass(frozen=True, slots=True)
class SandboxUsage:
    """What a sandbox has used: `seconds` are of processors, and those in which no process wanted to run."""

    seconds: float = 0.0
    memory_bytes: int = 0
    files: int = 0


@dataclass(frozen=True, slots=True)
class _Process:
    cpu_s: float
    memory_bytes: int
    wants_to_run: bool


class Meter:
    """Adds up what a sandbox uses from one look to the next."""

    def __init__(self, root: Path, folder: str, device: int) -> None:
        """Begin with the sandbox of that root, of which /proc is that device."""
        self._proc, self._device = root / "proc", device
        self._folder = Path(f"{root}{folder}")
        self._looked_at = time.monotonic()
        self._cpu_s = self._idle_s = 0.0

    def read(self) -> SandboxUsage | None:
        """Look once; return None where the sandbox is ending."""
        now = time.monotonic()
        try:
            if self._proc.stat().st_dev != self._device:
                return None  # the process number belongs to another by now
            folders = [folder for folder in self._proc.iterdir() if folder.name.isdigit()]
            disk = os.statvfs(self._folder)
        except OSError:
            return None
        processes = [process for folder in folders if (process := _read_process(folder))]
        cpu_s = max(self._cpu_s, sum(process.cpu_s for process in processes))
        if cpu_s == self._cpu_s and not any(process.wants_to_run for process in processes):
            self._idle_s += now - self._looked_at
        self._looked_at, self._cpu_s = now, cpu_s
        return SandboxUsage(
            seconds=cpu_s + self._idle_s,
            memory_bytes=sum(process.memory_bytes for process in processes)
            + (disk.f_blocks - disk.f_bfree) * disk.f_frsize,
            files=disk.f_files - disk.f_ffree,
        )


def attach(first_pid: int, folder: str) -> Meter | None:
    """Return a meter of the sandbox with that first process, or None while it is not set up.

    The folder is the only one in which its programs can write.
    """
    root = Path(f"/proc/{first_pid}/root")
    try:
        device = (root / "proc").stat().st_dev
    except OSError:
        return None
    # Each process namespace has a /proc of its own. Until bubblewrap has changed the root, it is ours.
    return None if device == Path("/proc").stat().st_dev else Meter(root, folder, device)


def _read_process(folder: Path) -> _Process | None:
    try:
        # Fields after the name, which may contain anything. From the 11th on: utime and stime, its own and
        # those of the children that it waited for.
        fields = _read(folder / "stat").rpartition(")")[2].split()
        # A process whose first thread has ended shows its memory and its state by its other threads only.
        threads = [_read(thread / "status") for thread in (folder / "task").iterdir()]
    except OSError:
        return None  # it has just ended
    return _Process(
        cpu_s=sum(map(int, fields[11:15])) / TICKS_PER_S,
        memory_bytes=max((KIBIBYTE * sum(map(int, MEMORY.findall(text))) for text in threads), default=0),
        wants_to_run=any(WANTS_TO_RUN.search(text) for text in threads),
    )


def _read(file: Path) -> str:
    return file.read_text(errors="replace")
