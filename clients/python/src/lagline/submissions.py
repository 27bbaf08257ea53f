"""Flows of submissions: estimate, submit, control, and follow until the end."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import uuid4

from lagline.errors import ServiceError, UnexpectedResponse, Unreachable
from lagline.events import EventParser
from lagline.exchange import Access, exchange, open_response
from lagline.flows import Close, Emit, Flow, Sleep, read
from lagline.messages import EVENT_STREAM, get, post
from lagline.reading import parse_row, read_row
from lagline.retries import TEMPORARY
from lagline.rows import Row

ENDED_STATES = frozenset({"FINISHED", "FAILED", "CANCELLED", "REJECTED"})
POLL_S = 5.0
LEAST_RECONNECT_S, MOST_RECONNECT_S = 0.5, 30.0


def submit(access: Access, fields: Mapping[str, object], key: str | None) -> Flow[Row]:
    """Create a submission. With the key of an earlier one and the same fields, return that one."""
    request = post(access.service.api("submissions"), fields, key=key or str(uuid4()))
    return parse_row((yield from exchange(access, request)))


def control(access: Access, public_id: object, action: str) -> Flow[Row]:
    """Cancel, pause, resume, retry or rescore a submission."""
    request = post(access.service.api("submissions", public_id, action))
    return parse_row((yield from exchange(access, request)))


def rerun(access: Access, public_id: object, key: str | None) -> Flow[Row]:
    """Create a submission that sends every request of an ended one again."""
    request = post(access.service.api("submissions", public_id, "rerun"), key=key or str(uuid4()))
    return parse_row((yield from exchange(access, request)))


@dataclass
class Follower:
    """What is known while a submission is followed."""

    access: Access
    public_id: str
    state: dict[str, Any] = field(default_factory=dict)
    has_ended: bool = False
    failures: int = 0
    last_id: str = ""
    reconnect_s: float = 2.0

    def take(self, state: dict[str, Any]) -> Flow[None]:
        """Emit a state if it differs from the last one."""
        self.failures = 0
        if state != self.state:
            self.state = state
            yield Emit(Row(state))
        if str(state.get("state")) in ENDED_STATES:
            self.has_ended = True

    def wait_or_give_up(self, error: Unreachable | ServiceError) -> Flow[None]:
        """Wait after a failure. Raises the error after too many in a row, or if the wait is too long."""
        self.failures += 1
        stated = (error.retry_after_s if isinstance(error, ServiceError) else None) or 0.0
        if self.failures >= self.access.retries.attempts or stated > self.access.retries.longest_s:
            raise error
        yield Sleep(max(stated, self.access.retries.backoff(self.failures)))


def follow(access: Access, public_id: object) -> Flow[None]:
    """Emit each state of a submission until it has ended, the current one first.

    The states come as server-sent events, over as many connections as it takes. If the service has too many
    followers, the submission is read from time to time instead. Raises ServiceError and Unreachable.
    """
    follower = Follower(access, str(public_id))
    while not follower.has_ended:
        try:
            yield from _read_stream(follower)
        except Unreachable as error:
            yield Close()
            yield from follower.wait_or_give_up(error)
        except ServiceError as error:
            if error.code == "too_many_followers":
                yield from _poll(follower, error.retry_after_s or 0.0)
            elif error.status in TEMPORARY:
                yield from follower.wait_or_give_up(error)
            else:
                raise
        else:
            if not follower.has_ended:
                yield Sleep(follower.reconnect_s)


def _read_stream(follower: Follower) -> Flow[None]:
    """Emit the states of one connection, until it ends."""
    access = follower.access
    request = get(access.service.api("submissions", follower.public_id, "events"), accept=EVENT_STREAM)
    if follower.last_id:
        request = request.with_headers(last_event_id=follower.last_id)
    response = yield from open_response(_without_waiting(access), request)
    if not response.headers.get("content-type", "").startswith(EVENT_STREAM):
        yield Close()
        raise UnexpectedResponse("The service did not answer with a stream of events.")
    parser = EventParser()
    while not follower.has_ended and (chunk := (yield from read())):
        for event in parser.feed(chunk):
            follower.last_id = event.id
            if event.name == "state":
                yield from follower.take(_parse_state(event.data))
            elif event.name == "end":
                follower.has_ended = True
    if parser.retry_s is not None:
        follower.reconnect_s = min(max(parser.retry_s, LEAST_RECONNECT_S), MOST_RECONNECT_S)
    yield Close()


def _without_waiting(access: Access) -> Access:
    """Return an access that gives up at once: the follower itself decides between waiting and polling."""
    return replace(access, retries=replace(access.retries, attempts=1))


def _poll(follower: Follower, wait_s: float) -> Flow[None]:
    """Emit the states of a submission by reading it from time to time, until it has ended."""
    while not follower.has_ended:
        row = yield from read_row(follower.access, "submissions", follower.public_id)
        yield from follower.take(dict(row))
        if not follower.has_ended:
            yield Sleep(max(wait_s, POLL_S))


def _parse_state(data: str) -> dict[str, Any]:
    try:
        state = json.loads(data)
    except ValueError:
        state = None
    if not isinstance(state, dict):
        raise UnexpectedResponse("An event of the service is no JSON object.")
    return state
