"""Lease owners: processes of a host, so that the host can see at once that one has died."""

from __future__ import annotations

import os
import socket
from pathlib import Path


def current_lease_owner() -> str:
    """Return the name under which this process takes leases: host, process, and when the process started."""
    return f"{socket.gethostname()}:{os.getpid()}:{_started(os.getpid())}"


def is_lease_owner_dead(owner: str) -> bool:
    """Tell whether a lease's owner is a dead process of this host; False if it cannot be known."""
    host, _, process = owner.rpartition(":")[0].rpartition(":")
    started = owner.rpartition(":")[2]
    if host != socket.gethostname() or not process.isdigit() or not started.isdigit():
        return False
    return _started(int(process)) != started


def _started(process: int) -> str:
    """Return when a process started, in ticks since boot: another may have its number later."""
    try:
        stat = Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return ""
    return stat.rpartition(")")[2].split()[19]
