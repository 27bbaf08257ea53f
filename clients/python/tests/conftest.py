"""A service that answers as a test says, and both clients of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest

from tests.support import Both, MemoryKeyring


@pytest.fixture(autouse=True)
def _nothing_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Begin without settings, and with a folder of the test as home."""
    for name in ("LAGLINE_URL", "LAGLINE_TOKEN", "LAGLINE_ALLOW_HTTP"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.fixture(autouse=True)
def memory_keyring() -> Iterator[MemoryKeyring]:
    """Replace the keyring of this machine by one in memory."""
    former, own = keyring.get_keyring(), MemoryKeyring()
    keyring.set_keyring(own)
    yield own
    keyring.set_keyring(former)


@pytest.fixture(params=["Client", "AsyncClient"])
def both(request: pytest.FixtureRequest) -> Both:
    """Run a test with each client."""
    return Both(is_async=request.param == "AsyncClient")
