"""Followers are told what changes, are bounded in number and in time, and leave cleanly."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.http import HttpRequest, StreamingHttpResponse
from django.test import RequestFactory

from leaderboard import server_sent_events
from leaderboard.server_sent_events import ConnectionLimitReached, StreamState, cached_state, stream_events

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(server_sent_events, "POLL_S", 0.02)
    monkeypatch.setattr(server_sent_events, "KEEP_ALIVE_S", 0.05)
    server_sent_events.cached_states.clear()
    yield
    assert (server_sent_events.open_streams.all, server_sent_events.open_streams.by_client) == (0, {})


def request_from(address: str, account: User | None = None) -> HttpRequest:
    """Return a request of a client, without an account or with one."""
    request = RequestFactory(REMOTE_ADDR=address).get("/")
    request.user = account or AnonymousUser()
    return request


def open_stream(address: str, account: User | None = None) -> StreamingHttpResponse:
    return stream_events(request_from(address, account), "open", lambda: None)


def read(name: str, states: list[StreamState | None]) -> str:
    """Return what one follower is sent while a state goes through `states`."""
    left = iter(states)
    response = stream_events(request_from("192.0.2.1"), name, lambda: next(left))
    sent = b"".join(response).decode()
    response.close()
    return sent


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


def test_silence_is_broken_and_what_is_gone_ends_the_stream() -> None:
    still = StreamState({"moved": "a"}, False)
    sent = read("silent", [still] * 8 + [None])
    assert sent.count("event: moved") == 1
    assert ":\n\n" in sent


def test_a_stream_ends_after_its_time_and_when_the_server_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_sent_events, "STREAM_S", 0.1)
    state = StreamState({"moved": "a"}, False)
    assert "event: end" not in read("long", [state] * 50), "a client connects again"
    monkeypatch.setattr(server_sent_events, "STREAM_S", 100)
    monkeypatch.setattr(server_sent_events, "stop_checks", [lambda: True])
    assert read("stopped", [state]) == "retry: 2000\n\n"


def refuses(address: str, account: User | None = None) -> bool:
    try:
        open_stream(address, account).close()
    except ConnectionLimitReached:
        return True
    return False


def test_the_streams_of_all_clients_are_limited_and_a_closed_one_makes_room() -> None:
    held = [open_stream(f"192.0.2.{number}") for number in range(server_sent_events.MAX_CONNECTIONS)]
    assert refuses("198.51.100.1")
    held.pop().close()
    held.append(open_stream("198.51.100.1"))
    for response in held:
        response.close()
        response.close()


@pytest.mark.parametrize(
    ("addresses", "same", "other"),
    [
        (["192.0.2.1"] * 8, "192.0.2.1", "192.0.2.2"),
        ([f"2001:db8::{number}" for number in range(8)], "2001:db8::ffff", "2001:db8:0:1::1"),
    ],
)
def test_the_streams_of_a_network_are_limited(addresses: list[str], same: str, other: str) -> None:
    assert len(addresses) == server_sent_events.MAX_PER_CLIENT
    held = [open_stream(address) for address in addresses]
    assert refuses(same)
    assert not refuses(other)
    held.pop().close()
    assert not refuses(same)
    for response in held:
        response.close()


def test_the_streams_of_an_account_are_limited_wherever_it_connects_from() -> None:
    account, other = User(pk=1), User(pk=2)
    addresses = [f"192.0.2.{number}" for number in range(server_sent_events.MAX_PER_CLIENT + 1)]
    held = [open_stream(address, account) for address in addresses[:-1]]
    assert refuses(addresses[-1], account)
    assert not refuses(addresses[-1], other)
    assert not refuses(addresses[-1])
    for response in held:
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
