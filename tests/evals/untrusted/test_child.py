"""A reader runs in a child process: its limits hold, and reaching one is a sentence that names it."""

from __future__ import annotations

import ctypes
import os
import socket
from itertools import islice
from pathlib import Path
from typing import Any

import psutil
import pytest

from evals.untrusted.child import ChildLimits, ReaderStopped, read_in_child
from evals.untrusted.reader import CLONE_NEWNET, CLONE_NEWUSER

LIMITS = ChildLimits(memory_mib=512, cpu_s=60, deadline_s=100)


def read(reader: str, *arguments: str, **limits: int) -> list[Any]:
    bounds = ChildLimits(**{"memory_mib": 512, "cpu_s": 60, "deadline_s": 100, **limits})
    return list(read_in_child(f"tests.evals.untrusted.readers:{reader}", arguments, bounds))


def children() -> list[psutil.Process]:
    """Return the readers that run; the session's Valkey is a child too."""
    running = (child for child in psutil.Process().children() if child.status() != psutil.STATUS_ZOMBIE)
    return [child for child in running if "evals.untrusted.reader" in child.cmdline()]


def test_messages_come_back_in_their_order() -> None:
    assert read("echo", "a", "天", "\udc80") == ["a", "天", "\udc80"]


@pytest.mark.parametrize(
    ("reader", "limits", "sentence"),
    [
        ("hungry", {}, "more than 512 MiB of memory"),
        ("busy", {"cpu_s": 1}, "more than 1 seconds of processor time"),
        ("asleep", {"deadline_s": 2}, "more than 2 seconds"),
        ("crashing", {}, "ended with status -11"),
        ("raising", {}, "a disk is gone"),
        ("talkative", {"message_bytes": 1000}, "a value of more than 1,000 bytes"),
        ("nosuch", {}, "nosuch"),
    ],
)
def test_a_limit_is_a_sentence_and_leaves_no_process(
    reader: str, limits: dict[str, int], sentence: str
) -> None:
    with pytest.raises(ReaderStopped, match=sentence):
        read(reader, **limits)
    assert children() == []


def test_a_reader_that_nobody_reads_any_more_is_stopped() -> None:
    messages = read_in_child("tests.evals.untrusted.readers:endless", [], LIMITS)
    assert list(islice(messages, 3)) == ["x"] * 3
    messages.close()  # type: ignore[attr-defined]
    assert children() == []


def test_a_reader_writes_no_large_file(tmp_path: Path) -> None:
    with pytest.raises(ReaderStopped, match="File too large"):
        read("writing", str(tmp_path / "a"))
    assert (tmp_path / "a").stat().st_size <= 2**16


def test_a_reader_inherits_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "s")
    monkeypatch.setenv("CREDENTIAL_OPENAI", "k")
    (names,) = read("environment")
    assert not {"SECRET_KEY", "CREDENTIAL_OPENAI", "DATABASE_URL", "DJANGO_SETTINGS_MODULE"} & {*names}


def test_a_reader_of_imports_starts_without_django() -> None:
    (names,) = read("modules")
    assert "django" not in names


def can_leave_network() -> bool:
    """Whether the kernel lets a process have a network of its own; tried in a fork."""
    pid = os.fork()
    if not pid:
        os._exit(ctypes.CDLL(None).unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0)
    return os.waitpid(pid, 0)[1] == 0


@pytest.mark.skipif(not can_leave_network(), reason="this kernel gives a process no network of its own")
def test_a_reader_has_no_network() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = str(server.getsockname()[1])
        with pytest.raises(ReaderStopped, match="unreachable"):
            read("connecting", port)
