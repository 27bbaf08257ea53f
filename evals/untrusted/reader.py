"""The child process of `read_in_child`: bind itself by limits, then call a reader and print its messages."""

from __future__ import annotations

import ctypes
import importlib
import json
import resource
import sys
from collections.abc import Iterable
from typing import Any

from evals.untrusted.child import OUT_OF_MEMORY

MEBIBYTE = 2**20
SECONDS_TO_DIE = 5  # between the signal that names the limit and the one that cannot be caught
MAX_OPEN_FILES = 64
MAX_WRITTEN = 2**16  # of the file with the reader's errors
CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000


def limit_resources(*, memory_mib: int, cpu_s: int) -> None:
    """Bind this process for good: memory, processor time, open and written files; no core dump."""
    for name, soft, hard in (
        ("AS", memory_mib * MEBIBYTE, memory_mib * MEBIBYTE),
        ("CPU", cpu_s, cpu_s + SECONDS_TO_DIE),
        ("FSIZE", MAX_WRITTEN, MAX_WRITTEN),
        ("NOFILE", MAX_OPEN_FILES, MAX_OPEN_FILES),
        ("CORE", 0, 0),
    ):
        limit = getattr(resource, f"RLIMIT_{name}")
        highest = resource.getrlimit(limit)[1]
        bounds = (most if highest == resource.RLIM_INFINITY else min(most, highest) for most in (soft, hard))
        resource.setrlimit(limit, tuple(bounds))  # type: ignore[arg-type]


def leave_network() -> None:
    """Move this process to a network of its own, which is empty; some kernels and containers refuse that."""
    ctypes.CDLL(None).unshare(CLONE_NEWUSER | CLONE_NEWNET)


def main(limits: str, reader: str, *arguments: str) -> int:
    """Print the messages of a reader; return the status of the process."""
    bounds: dict[str, int] = json.loads(limits)
    limit_resources(memory_mib=bounds["memory_mib"], cpu_s=bounds["cpu_s"])
    leave_network()
    try:
        module, _, function = reader.partition(":")
        messages: Iterable[Any] = getattr(importlib.import_module(module), function)(*arguments)
        for message in messages:
            sys.stdout.write(json.dumps(message, separators=(",", ":")) + "\n")
        sys.stdout.flush()
    except MemoryError:
        return OUT_OF_MEMORY
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
