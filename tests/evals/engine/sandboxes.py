"""Marks the sandboxes of a test, and looks whether a process of theirs is left."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

import psutil
import pytest

from evals.engine import sandbox

MARK = f"sandbox of {os.getpid()}"
PATIENCE_S = 20.0


@pytest.fixture
def own_sandboxes(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Mark the processes of the test's sandboxes by their command line; fail where one outlives the test."""
    monkeypatch.setattr(sandbox, "RUNNER", f"{sandbox.RUNNER}# {MARK}\n")
    yield
    wait_until_gone()


def sandboxed(mark: str = MARK) -> list[psutil.Process]:
    """Return the processes whose command line has the mark."""
    rows = psutil.process_iter(["cmdline"])
    return [row for row in rows if mark in " ".join(row.info["cmdline"] or ())]


def wait_until_gone(mark: str = MARK) -> None:
    """Fail where a process with the mark stays."""
    until = time.monotonic() + PATIENCE_S
    while left := sandboxed(mark):
        assert time.monotonic() < until, left
        time.sleep(0.05)
