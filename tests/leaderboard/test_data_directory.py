"""The service's own files are closed to other users of the machine, old ones too."""

from __future__ import annotations

import logging
import stat
from pathlib import Path

import pytest

from leaderboard.data_directory import close_to_others, create_private_file, make_private_directory


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_new_directories_and_files_are_private(tmp_path: Path) -> None:
    make_private_directory(tmp_path / "new")
    create_private_file(tmp_path / "new" / "record.sqlite3")
    assert (mode(tmp_path / "new"), mode(tmp_path / "new" / "record.sqlite3")) == (0o700, 0o600)


def test_an_open_directory_is_closed_with_a_line_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    tmp_path.chmod(0o755)
    with caplog.at_level(logging.WARNING):
        make_private_directory(tmp_path)
        make_private_directory(tmp_path)
    assert mode(tmp_path) == 0o700
    assert [record.getMessage() for record in caplog.records] == [
        f"{tmp_path} was open to other users; its mode is 0700 now."
    ]


def test_a_directory_that_users_share_keeps_its_mode(tmp_path: Path) -> None:
    tmp_path.chmod(0o1777)
    make_private_directory(tmp_path)
    assert mode(tmp_path) == 0o1777


def test_files_of_an_earlier_release_are_closed_and_others_left_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("not ours")
    elsewhere.chmod(0o644)
    data = tmp_path / "data"
    ours = [
        data / "lagline.sqlite3-wal",
        data / "files" / "exports" / "a.csv",
        data / "journals" / "1.journal",
    ]
    for path in [*ours, data / "notes.txt"]:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("content")
        path.chmod(0o644)
    for folder in {*data.rglob("*"), data}:  # whatever the umask of who runs the tests
        if folder.is_dir():
            folder.chmod(0o755)
    (data / "files" / "link").symlink_to(elsewhere)
    with caplog.at_level(logging.WARNING):
        assert close_to_others(data) == len(ours) + len({path.parent for path in ours} - {data}) + 1
        assert close_to_others(data) == 0
    assert {mode(path) for path in ours} == {0o600}
    assert {mode(path) for path in (data / "files", data / "files" / "exports")} == {0o700}
    assert (mode(elsewhere), mode(data / "notes.txt")) == (0o644, 0o644)
    assert len(caplog.records) == 1
