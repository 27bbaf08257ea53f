"""Answers as server-sent events, in OpenAI's form and in Anthropic's."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

from aiohttp import web

Body = dict[str, Any]
EVENT_STREAM = "text/event-stream"
PIECES = 3
BETWEEN_S = 0.002
FIELDS = ("reasoning_content", "content", "refusal")


def pieces(text: str) -> list[str]:
    """Cut a text into a few pieces."""
    size = max(1, -(-len(text) // PIECES))
    return [text[at : at + size] for at in range(0, len(text), size)]


def openai_events(body: Body, *, usage: bool) -> Iterator[str]:
    """Write an answer as chunks; what a chunk says of a whole answer comes last."""
    head: Body = {name: body[name] for name in ("id", "created", "model") if name in body}
    for choice in body.get("choices", []):
        for delta in _deltas(choice):
            yield _data({**head, "choices": [{"index": 0, **delta, "finish_reason": None}]})
        empty: Body = {"delta": {}} if "message" in choice else {"text": ""}
        yield _data({**head, "choices": [{"index": 0, **empty, "finish_reason": choice["finish_reason"]}]})
    if usage:
        yield _data({**head, "choices": [], "usage": body.get("usage")})
    yield "data: [DONE]\n\n"


def _deltas(choice: Body) -> Iterator[Body]:
    if "message" not in choice:
        yield from ({"text": piece} for piece in pieces(choice["text"] or ""))
        return
    yield {"delta": {"role": "assistant", "content": ""}}
    for name in FIELDS:
        yield from ({"delta": {name: piece}} for piece in pieces(choice["message"].get(name) or ""))


def anthropic_events(body: Body) -> Iterator[str]:
    """Write a message as Anthropic's events."""
    usage = body["usage"]
    start = {**body, "content": [], "stop_reason": None, "usage": {**usage, "output_tokens": 1}}
    yield _event("message_start", {"message": start})
    yield _event("ping", {})
    for index, block in enumerate(body["content"]):
        name = "thinking" if block["type"] == "thinking" else "text"
        yield _event("content_block_start", {"index": index, "content_block": {**block, name: ""}})
        for piece in pieces(block[name]):
            delta = {"type": f"{name}_delta", name: piece}
            yield _event("content_block_delta", {"index": index, "delta": delta})
        yield _event("content_block_stop", {"index": index})
    counts = {"output_tokens": usage["output_tokens"]}
    yield _event("message_delta", {"delta": {"stop_reason": body["stop_reason"]}, "usage": counts})
    yield _event("message_stop", {})


def _data(content: Body) -> str:
    return f"data: {json.dumps(content)}\n\n"


def _event(name: str, content: Body) -> str:
    return f"event: {name}\n{_data({'type': name, **content})}"


async def send_events(request: web.BaseRequest, events: Iterator[str]) -> web.StreamResponse:
    """Send events one by one."""
    response = web.StreamResponse(headers={"Content-Type": f"{EVENT_STREAM}; charset=utf-8"})
    await response.prepare(request)
    for event in events:
        await response.write(event.encode())
        await asyncio.sleep(BETWEEN_S)
    return response
