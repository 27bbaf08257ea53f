"""Lease owners: a random id per process, and where the process can be looked up in /proc."""

from __future__ import annotations

import hashlib
import os
from functools import cache
from pathlib import Path
from uuid import uuid4

# What two processes have in common if each sees the other in its /proc. Host names prove nothing: containers
# share them, and so do cloned machines.
PROC_SCOPE = (Path("/etc/machine-id"), Path("/proc/sys/kernel/random/boot_id"))
PID_NAMESPACE = Path("/proc/self/ns/pid")


def current_lease_owner() -> str:
    """Return the name under which this process takes leases: random id, scope of /proc, number, start."""
    process = os.getpid()
    return f"{_process_id(process)}:{proc_scope()}:{process}:{_started(process)}"


def is_lease_owner_dead(owner: str) -> bool:
    """Return whether an owner is a process of this host and PID namespace that has ended.

    False if this cannot be known: then only the end of the lease frees what the owner holds.
    """
    _, scope, process, started = [*owner.split(":"), "", "", ""][:4]
    if not scope or scope != proc_scope() or not process.isdigit() or not started.isdigit():
        return False
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return True
    except PermissionError:  # a process of another user, perhaps a later one with the same number
        pass
    return _started(int(process)) not in ("", started)


def proc_scope() -> str:
    """Return a digest of machine, boot and PID namespace; empty where one of them cannot be read."""
    try:
        machine = PROC_SCOPE[0].read_text() if PROC_SCOPE[0].exists() else ""
        parts = (machine, PROC_SCOPE[1].read_text(), str(PID_NAMESPACE.readlink()))
    except OSError:
        return ""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


@cache
def _process_id(process: int) -> str:
    """Return the random id of this process; a fork has another number, and so another id."""
    return uuid4().hex


def _started(process: int) -> str:
    """Return when a process started, in ticks since boot: another may have its number later."""
    try:
        stat = Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return ""
    return stat.rpartition(")")[2].split()[19]
