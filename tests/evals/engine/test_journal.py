"""What a worker notes just before and after each call can be read again, whatever a provider said."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from evals.engine.journal import Journal, open_abandoned
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


@pytest.mark.parametrize("again", [None, NOW + timedelta(seconds=9)])
def test_a_fault_is_read_with_its_words_and_when_it_is_tried_again(again: object, tmp_path: Path) -> None:
    fault = Fault(Kind.TIMEOUT, 'it said "wait"\nand left')
    end = Ended(Sent(CLAIM, NOW), NOW, 12, None, fault=fault, failures=2, retry_at=again)  # type: ignore[arg-type]
    entry = noted(tmp_path, end)
    assert (entry.fault, entry.failures, entry.retry_at, entry.answer) == (fault, 2, again, None)
