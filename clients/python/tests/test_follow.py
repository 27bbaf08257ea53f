"""A submission is followed to its end over connections that break, and by polling if too many follow."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from itertools import islice
from typing import Any

import httpx
import pytest
from lagline import AsyncClient, NotFound, ServiceUnavailable, UnexpectedResponse, Unreachable

from tests.support import URL, Body, Both, Script, make_client, refusal, row, state_event, stream

PENDING: dict[str, Any] = {"id": "1", "state": "PENDING"}
RUNNING: dict[str, Any] = {"id": "1", "state": "RUNNING"}
FINISHED: dict[str, Any] = {"id": "1", "state": "FINISHED"}
END = b"event: end\ndata: \n\n"


def test_each_state_comes_once_and_the_end_ends_it(both: Both) -> None:
    script = Script([stream(b"retry: 2000\n\n", state_event(PENDING), b":\n\n", state_event(RUNNING) + END)])
    assert both.call(script, "follow", "1") == [PENDING, RUNNING]
    request = script.requests[0]
    assert request.url.path == "/api/v1/submissions/1/events"
    assert request.headers["accept"] == "text/event-stream"


def test_a_stream_that_the_service_ends_is_opened_again_and_repeats_nothing(both: Both) -> None:
    script = Script(
        [
            stream(b"retry: 3000\n\n", state_event(PENDING)),
            stream(state_event(PENDING), state_event(RUNNING)),
            stream(state_event(RUNNING), state_event(FINISHED)),
        ]
    )
    assert both.call(script, "follow", "1") == [PENDING, RUNNING, FINISHED]
    assert both.slept == [3.0, 3.0]


def test_a_broken_connection_is_opened_again_after_a_growing_wait(both: Both) -> None:
    script = Script(
        [
            stream(state_event(PENDING)[:-1], breaks=True),
            httpx.ConnectError("down"),
            httpx.ReadTimeout("slow"),
            stream(state_event(PENDING), breaks=True),
            stream(state_event(FINISHED), END),
        ]
    )
    assert both.call(script, "follow", "1") == [PENDING, FINISHED]
    assert both.slept == [0.5, 1.0, 2.0, 0.5]


def test_it_gives_up_after_five_failures_in_a_row(both: Both) -> None:
    script = Script([httpx.ConnectError("down")] * 5)
    with pytest.raises(Unreachable):
        both.call(script, "follow", "1")
    assert len(script.requests) == 5


def test_if_too_many_follow_the_submission_is_read_from_time_to_time(both: Both) -> None:
    full = refusal(503, "too_many_followers", retry_after="7")
    script = Script([full, row(PENDING), row(PENDING), httpx.ConnectError("down"), row(FINISHED)])
    assert both.call(script, "follow", "1") == [PENDING, FINISHED]
    assert both.slept == [7.0, 7.0, 0.5]
    assert [request.url.path.endswith("/events") for request in script.requests] == [True] + [False] * 4


def test_a_service_that_restarts_is_followed_on(both: Both) -> None:
    script = Script(
        [stream(state_event(PENDING)), refusal(503, "unavailable"), stream(state_event(FINISHED))]
    )
    assert both.call(script, "follow", "1") == [PENDING, FINISHED]


def test_an_unavailable_service_is_an_error_in_the_end(both: Both) -> None:
    with pytest.raises(ServiceUnavailable):
        both.call(Script([refusal(503, "unavailable") for _ in range(5)]), "follow", "1")


def test_an_unknown_submission_is_an_error_at_once(both: Both) -> None:
    with pytest.raises(NotFound):
        both.call(Script([refusal(404, "not_found")]), "follow", "1")


@pytest.mark.parametrize("data", [b"{", b"[]", b"null"])
def test_an_event_that_is_no_object_is_an_error(both: Both, data: bytes) -> None:
    with pytest.raises(UnexpectedResponse):
        both.call(Script([stream(b"event: state\ndata: " + data + b"\n\n")]), "follow", "1")


def test_a_page_instead_of_a_stream_is_an_error(both: Both) -> None:
    with pytest.raises(UnexpectedResponse, match="stream"):
        both.call(Script([httpx.Response(200, html="<p>")]), "follow", "1")


def test_the_last_event_is_named_when_connecting_again(both: Both) -> None:
    script = Script([stream(b"id: 41\n" + state_event(PENDING)), stream(state_event(FINISHED))])
    both.call(script, "follow", "1")
    assert [request.headers.get("last-event-id") for request in script.requests] == [None, "41"]


def test_who_stops_reading_closes_the_connection() -> None:
    body = Body(state_event(PENDING), state_event(RUNNING))
    reply = httpx.Response(200, headers={"content-type": "text/event-stream"}, stream=body)
    with make_client(Script([reply])) as client:
        states = client.follow("1")
        assert list(islice(states, 1)) == [PENDING]
        assert not body.closed
        states.close()
        assert body.closed


def test_who_stops_reading_asynchronously_closes_the_connection() -> None:
    body = Body(state_event(PENDING), state_event(RUNNING))
    reply = httpx.Response(200, headers={"content-type": "text/event-stream"}, stream=body)

    async def read_first() -> None:
        transport = httpx.MockTransport(Script([reply]))
        async with AsyncClient(URL, cache=None, transport=transport) as client:
            async with aclosing(client.follow("1")) as states:
                assert await anext(states) == PENDING
                assert not body.closed
            assert body.closed

    asyncio.run(read_first())
