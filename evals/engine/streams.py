"""Server-sent events: bytes become events, and events become the reply that would have come in one piece."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from evals.engine.error_rules import error_in_reply
from evals.engine.protocols.protocol import STREAMED, Malformed, ReplyStream
from evals.untrusted.json_text import JsonLimits, load_json

EVENT_STREAM = "text/event-stream"
DONE = "[DONE]"
EVENT_LIMITS = JsonLimits(depth=50, values=2**18)
CHATTER = frozenset({"ping"})  # events that carry nothing


class StreamedReply:
    """One streamed answer; `seconds` are those since the request was sent."""

    def __init__(self, stream: ReplyStream) -> None:
        self.stream = stream
        self.pending: list[bytes] = []
        self.data: list[str] = []
        self.error: Mapping[str, Any] | None = None
        self.first_at: float | None = None
        self.last_at = 0.0
        self.events = 0

    def feed(self, chunk: bytes, seconds: float) -> None:
        """Take the next bytes; raises Malformed and ValueError for what is no event."""
        if b"\n" not in chunk:  # a long line may come in many pieces
            self.pending.append(chunk)
            return
        *lines, rest = b"".join((*self.pending, chunk)).split(b"\n")
        self.pending = [rest]
        for line in lines:
            self._line(line.decode().rstrip("\r"), seconds)

    def _line(self, line: str, seconds: float) -> None:
        if line.startswith("data:"):
            self.data.append(line[5:].removeprefix(" "))
        elif not line and self.data:
            data, self.data = "\n".join(self.data), []
            self._event(data, seconds)

    def _event(self, data: str, seconds: float) -> None:
        if data.strip() in ("", DONE):
            return
        event = load_json(data, EVENT_LIMITS)
        if not isinstance(event, dict):
            raise Malformed(f"an event is a JSON {type(event).__name__}, not an object")
        if event.get("type") in CHATTER:
            return
        self.events += 1
        if "error" in event and error_in_reply(event) is not None:
            self.error = self.error or event
        if self.stream.add(event):
            self.first_at = seconds if self.first_at is None else self.first_at
            self.last_at = seconds

    def reply(self) -> dict[str, Any] | None:
        """Return the whole reply with the times of its stream; None if it ended before the answer did."""
        for line in (*self._rest(), ""):
            self._line(line, self.last_at)
        if self.error is not None and self.first_at is None:
            return dict(self.error)
        reply = self.stream.reply()
        if reply is None or self.error is not None:
            return None
        return reply | {STREAMED: self._times()}

    def _rest(self) -> Iterator[str]:
        """Give what follows the last line's end: a stream may end without one."""
        rest, self.pending = b"".join(self.pending), []
        if rest:
            yield rest.decode()

    def _times(self) -> dict[str, int]:
        if self.first_at is None:
            return {}
        milliseconds = round(self.first_at * 1000), round((self.last_at - self.first_at) * 1000)
        return dict(zip(("first_token_ms", "generation_ms"), milliseconds, strict=True))
