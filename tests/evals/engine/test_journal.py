"""What a worker notes just before and after each call can be read again, whatever a provider said."""

from __future__ import annotations

import json
import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import FrozenInstanceError
from datetime import timedelta
from pathlib import Path

import pytest

from evals.engine import journal as module
from evals.engine.journal import Journal, JournalUnavailable, folder_problem, open_abandoned
from evals.engine.outcomes import Fault, Kind
from evals.engine.protocols import PROTOCOLS
from evals.engine.protocols.protocol import PLAIN
from evals.engine.requests import Claim, Ended, Sent
from tests.evals.engine.builders import NOW

CHAT = PROTOCOLS["openai-chat"]
CLAIM = Claim(7, 2, 1, b"{}")


def noted(folder: Path, end: Ended) -> Ended:
    """Note a sending and its end as a worker does that is killed then, and read what is abandoned."""
    journal = Journal(folder, run_id=3, owner="w").__enter__()
    journal.sent(end.sent)
    journal.ended(end)
    with open_abandoned(journal.path) as abandoned:
        assert abandoned is None, "its writer lives"
    journal.__exit__(RuntimeError)
    with open_abandoned(journal.path) as abandoned:
        assert abandoned is not None
        assert (abandoned.run_id, abandoned.owner, abandoned.whole) == (3, "w", True)
        assert abandoned.sent() == {(7, 2): end.sent.at}
        (entry,) = abandoned.ended(CHAT, PLAIN)
    assert entry.sent == Sent(Claim(7, 2, 0, b""), end.sent.at), "a body is not kept, nor earlier failures"
    return entry


@pytest.mark.parametrize(
    "content", ["42", 'a "quote"\nand\ta line', "\u4e2d\u6587 \U0001f600", "\x00\x1f\x7f\\u0000", ""]
)
def test_an_answer_is_read_as_it_came(content: str, tmp_path: Path) -> None:
    body = json.dumps({"choices": [{"message": {"content": content}}], "id": "r"}, ensure_ascii=False)
    answer = CHAT.read(json.loads(body), body)
    end = Ended(Sent(CLAIM, NOW), NOW + timedelta(microseconds=5), 12, 200, answer=answer)
    entry = noted(tmp_path, end)
    assert (entry.answer, entry.ended_at, entry.latency_ms, entry.http_status) == (
        answer,
        end.ended_at,
        12,
        200,
    )
    assert entry.answer is not None
    assert (entry.answer.text, entry.answer.body) == (content, body)
    assert (entry.fault, entry.failures, entry.retry_at) == (None, 0, None)


@pytest.mark.parametrize("again", [None, NOW + timedelta(seconds=9)])
def test_a_fault_is_read_with_its_words_and_when_it_is_tried_again(again: object, tmp_path: Path) -> None:
    fault = Fault(Kind.TIMEOUT, 'it said "wait"\nand left')
    end = Ended(Sent(CLAIM, NOW), NOW, 12, None, fault=fault, failures=2, retry_at=again)  # type: ignore[arg-type]
    entry = noted(tmp_path, end)
    assert (entry.fault, entry.failures, entry.retry_at, entry.answer) == (fault, 2, again, None)


def test_a_folder_that_cannot_be_used_is_named_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert folder_problem(tmp_path / "new") == ""
    assert list((tmp_path / "new").iterdir()) == []
    folder = tmp_path / "file" / "journals"
    assert folder_problem(folder) == f"No journal can be written in {folder}: Not a directory."


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """Let no file grow beyond a size: writing past it fails as on a full disk."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_a_line_that_does_not_fit_raises_and_leaves_no_part_of_itself(tmp_path: Path) -> None:
    with Journal(tmp_path, run_id=3, owner="w") as journal:
        size = journal.path.stat().st_size
        with room_for(size + 10), pytest.raises(JournalUnavailable, match="No journal can be written in"):
            journal.sent(Sent(CLAIM, NOW))
        assert journal.path.stat().st_size == size
        journal.sent(Sent(CLAIM, NOW))
        assert len(journal.path.read_text().splitlines()) == 2


def test_a_journal_that_cannot_begin_leaves_no_file(tmp_path: Path) -> None:
    with room_for(0), pytest.raises(JournalUnavailable):
        Journal(tmp_path, run_id=3, owner="w").__enter__()
    assert list(tmp_path.iterdir()) == []


def test_a_journal_whose_end_went_well_is_removed(tmp_path: Path) -> None:
    with Journal(tmp_path / "new", run_id=3, owner="w") as journal:
        assert [path.name for path in journal.path.parent.iterdir()] == [journal.path.name]
        assert journal.path.name.startswith("3-")
        assert journal.path.suffix == ".journal"
        assert journal.path.stat().st_mode & 0o777 == 0o600, "prompts and answers are for its user alone"
    assert list(journal.path.parent.iterdir()) == []
    with open_abandoned(journal.path) as abandoned:
        assert abandoned is None


def abandon(folder: Path) -> Path:
    """Return the journal of a worker that was killed during its first call."""
    journal = Journal(folder, run_id=3, owner="w").__enter__()
    journal.sent(Sent(CLAIM, NOW))
    journal.__exit__(RuntimeError)
    return journal.path


def test_a_journal_of_before_a_reboot_may_lack_its_last_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = abandon(tmp_path)
    boot = tmp_path / "boot_id"
    monkeypatch.setattr(module, "BOOT", boot)
    for text in ("0-first", "z-second"):
        boot.write_text(text)
        with open_abandoned(path) as abandoned:
            assert abandoned is not None
            assert not abandoned.whole


def test_a_line_that_a_kill_cut_is_left_out(tmp_path: Path) -> None:
    path = abandon(tmp_path)
    whole = path.read_text()
    path.write_text(whole + whole.splitlines()[-1][:-4])
    with open_abandoned(path) as abandoned:
        assert abandoned is not None
        assert abandoned.sent() == {(7, 2): NOW}
        with pytest.raises(FrozenInstanceError):
            abandoned.owner = "another"  # type: ignore[misc]
        assert list(abandoned.ended(CHAT, PLAIN)) == []
