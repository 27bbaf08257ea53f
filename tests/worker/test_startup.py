"""A worker reads its secrets before it takes work, and its files are private."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from evals.operations.endpoints.key_use import use_private_keys
from leaderboard.environment import Environment
from worker.startup import prepare_beat, prepare_worker

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def umask(settings: Settings, tmp_path: Path) -> Iterator[None]:
    """Use a data directory of the test's own, and restore the umask."""
    settings.DATA_DIR, settings.OTHER_DATA = tmp_path, []
    before = os.umask(0o022)
    yield
    os.umask(before)
    use_private_keys(None)


def test_a_key_that_cannot_be_read_stops_a_worker(settings: Settings, tmp_path: Path) -> None:
    settings.CREDENTIALS = Environment({"CREDENTIAL_LAB_FILE": str(tmp_path / "no")}).named("CREDENTIAL_")
    with pytest.raises(SystemExit, match="CREDENTIAL_LAB_FILE leads to"):
        prepare_worker()


def test_a_signing_key_that_is_none_stops_a_worker_without_showing_it(settings: Settings) -> None:
    settings.EXPORT_SIGNING_KEY = "no-key-at-all"
    with pytest.raises(SystemExit, match="EXPORT_SIGNING_KEY is no key") as refusal:
        prepare_worker()
    assert "no-key-at-all" not in str(refusal.value)


def test_what_a_worker_and_beat_write_is_private(settings: Settings, tmp_path: Path) -> None:
    for number, prepare in enumerate((prepare_worker, prepare_beat)):
        os.umask(0o022)
        prepare()
        path = tmp_path / str(number)
        path.touch()
        assert path.stat().st_mode & 0o077 == 0


def test_beat_does_not_start_with_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CREDENTIAL_LAB", "value-of-a-key")
    with pytest.raises(SystemExit, match="Beat does not start with CREDENTIAL_LAB in its environment"):
        prepare_beat()
