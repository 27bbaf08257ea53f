"""Faults of this host (its disk, permissions, memory); they fail no run: another host can do the work."""

from __future__ import annotations

import errno
from pathlib import Path

from django.conf import settings

from evals.engine.journal import folder_problem

FAULTS = frozenset(
    {
        errno.EACCES,
        errno.EDQUOT,
        errno.EIO,
        errno.EMFILE,
        errno.ENFILE,
        errno.ENOMEM,
        errno.ENOSPC,
        errno.EPERM,
        errno.EROFS,
    }
)


def host_problem() -> str:
    """Return why this host can take no work; empty if it can."""
    return folder_problem(Path(settings.JOURNAL_DIR))


def is_host_fault(problem: BaseException) -> bool:
    """Return whether an error, or one that it came from, is the host's and not the run's."""
    cause: BaseException | None = problem
    while cause is not None:
        if isinstance(cause, MemoryError) or (isinstance(cause, OSError) and cause.errno in FAULTS):
            return True
        cause = cause.__cause__ or cause.__context__
    return False
