"""The events of Anthropic's streamed messages, put together to one message."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evals.engine.protocols.protocol import Malformed

DELTAS = {"text_delta": "text", "thinking_delta": "thinking"}


class AnthropicStream:
    """Adds up the content blocks by their index."""

    def __init__(self) -> None:
        self.message: dict[str, Any] = {}
        self.blocks: dict[int, dict[str, Any]] = {}
        self.texts: dict[tuple[int, str], list[str]] = {}
        self.usage: dict[str, Any] = {}
        self.ended = False

    def add(self, event: Mapping[str, Any]) -> bool:
        """Add an event; return whether it holds generated text."""
        kind = event.get("type")
        if kind == "message_start" and isinstance(event.get("message"), Mapping):
            self.message = dict(event["message"])
            self._count(self.message.get("usage"))
        elif kind == "content_block_start" and isinstance(event.get("content_block"), Mapping):
            self.blocks[_index(event)] = dict(event["content_block"])
        elif kind == "content_block_delta" and isinstance(event.get("delta"), Mapping):
            return self._add_delta(_index(event), event["delta"])
        elif kind == "message_delta":
            delta = event.get("delta")
            self.message |= delta if isinstance(delta, Mapping) else {}
            self._count(event.get("usage"))
        self.ended = self.ended or kind == "message_stop"
        return False

    def _add_delta(self, index: int, delta: Mapping[str, Any]) -> bool:
        name = DELTAS.get(str(delta.get("type")))
        text = delta.get(name) if name else None
        if name is None or not isinstance(text, str):
            return False
        self.blocks.setdefault(index, {"type": name})
        self.texts.setdefault((index, name), []).append(text)
        return bool(text)

    def _count(self, usage: object) -> None:
        if isinstance(usage, Mapping):
            self.usage |= {name: value for name, value in usage.items() if value is not None}

    def reply(self) -> dict[str, Any] | None:
        """Return the whole message; None if the stream ended before the message did."""
        if not (self.ended or self.message.get("stop_reason")):
            return None
        for (index, name), parts in self.texts.items():
            block = self.blocks[index]
            block[name] = str(block.get(name) or "") + "".join(parts)
        content = [self.blocks[index] for index in sorted(self.blocks)]
        return {**self.message, "content": content, "usage": self.usage}


def _index(event: Mapping[str, Any]) -> int:
    index = event.get("index", 0)
    if not isinstance(index, int):
        raise Malformed("the index of a content block is not a number")
    return index
