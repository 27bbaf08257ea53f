"""Followers are told what changes, are bounded in number and in time, and leave cleanly."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from leaderboard import server_sent_events
from leaderboard.server_sent_events import ConnectionLimitReached, StreamState, cached_state, stream_events


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(server_sent_events, "POLL_S", 0.02)
    monkeypatch.setattr(server_sent_events, "KEEP_ALIVE_S", 0.05)
    server_sent_events.cached_states.clear()
    yield
    assert server_sent_events.connections._value == server_sent_events.MAX_CONNECTIONS, (
        "every place was given back"
    )


def read(name: str, states: list[StreamState | None]) -> str:
    """Return what one follower is sent while a state goes through `states`."""
    left = iter(states)
    response = stream_events(name, lambda: next(left))
    sent = b"".join(response).decode()
    response.close()
    return sent


@pytest.mark.django_db
def test_only_what_has_changed_is_sent_and_the_end_ends_it() -> None:
    first, same = (
        StreamState({"part": "<p>1</p>\n<p>2</p>", "moved": "a"}, False),
        StreamState({"moved": "a"}, False),
    )
    last = StreamState({"part": "<p>3</p>", "moved": "a"}, True)
    sent = read("one", [first, same, last]).replace(":\n\n", "")  # a slow machine breaks the silence
    assert sent == (
        "retry: 2000\n\n"
        "event: part\ndata: <p>1</p>\ndata: <p>2</p>\n\n"
        "event: moved\ndata: a\n\n"
        "event: part\ndata: <p>3</p>\n\n"
        "event: end\ndata: \n\n"
    )


@pytest.mark.django_db
def test_silence_is_broken_and_what_is_gone_ends_the_stream() -> None:
    still = StreamState({"moved": "a"}, False)
    sent = read("silent", [still] * 8 + [None])
    assert sent.count("event: moved") == 1
    assert ":\n\n" in sent


@pytest.mark.django_db
def test_a_stream_ends_after_its_time_and_when_the_server_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_sent_events, "STREAM_S", 0.1)
    state = StreamState({"moved": "a"}, False)
    assert "event: end" not in read("long", [state] * 50), "a client connects again"
    monkeypatch.setattr(server_sent_events, "STREAM_S", 100)
    monkeypatch.setattr(server_sent_events, "stop_checks", [lambda: True])
    assert read("stopped", [state]) == "retry: 2000\n\n"


def test_who_comes_when_all_places_are_taken_is_refused_and_a_place_that_is_left_is_free() -> None:
    held = [stream_events("full", lambda: None) for _ in range(server_sent_events.MAX_CONNECTIONS)]
    with pytest.raises(ConnectionLimitReached):
        stream_events("full", lambda: None)
    held.pop().close()
    held.append(stream_events("full", lambda: None))
    for response in held:
        response.close()
        response.close()


def test_one_look_serves_all_who_follow() -> None:
    looked = []

    def see() -> StreamState:
        looked.append(1)
        return StreamState({}, False)

    threads = [threading.Thread(target=cached_state, args=["shared", see]) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(looked) < 5
