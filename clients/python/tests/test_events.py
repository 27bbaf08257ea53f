"""Server-sent events are read however they are cut."""

from __future__ import annotations

import pytest
from lagline import UnexpectedResponse
from lagline.events import Event, EventParser

STREAM = (
    'retry: 2000\n\n: comment\n\nevent: state\nid: 7\ndata: {\ndata: "name": "模型"}\n\n'
    "data:plain\n\nevent: empty\n\nevent: end\ndata: \n\n"
)
EVENTS = [Event("state", '{\n"name": "模型"}', "7"), Event("message", "plain", "7"), Event("end", "", "7")]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_the_cuts_do_not_matter(size: int, ends: str) -> None:
    content, parser, events = STREAM.replace("\n", ends).encode(), EventParser(), list[Event]()
    for start in range(0, len(content), size):
        events += parser.feed(content[start : start + size])
    assert events == EVENTS
    assert parser.retry_s == 2.0


def test_an_event_that_is_cut_off_is_none() -> None:
    assert list(EventParser().feed(b"event: state\ndata: {}\n")) == []


def test_an_event_without_an_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lagline.events.MAX_BYTES", 100)
    parser = EventParser()
    assert len(list(parser.feed(b"data: x\n\n" * 100))) == 100
    lines = (list(parser.feed(b"data: xxxx\n")) for _ in range(20))
    with pytest.raises(UnexpectedResponse):
        list(lines)
