"""Anthropic's messages, with the bodies of lm-eval's `anthropic-chat`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from evals.engine.capabilities import Capabilities, reasoning_budget
from evals.engine.protocols import openai_shape as shape
from evals.engine.protocols.anthropic_stream import AnthropicStream
from evals.engine.protocols.protocol import GENERATE, PLAIN, STREAMED, Malformed, Protocol
from evals.engine.requests import Answer, Prompt, Usage

API_VERSION = "2023-06-01"
ALWAYS_A_STOP = "\n\nHuman:"  # lm-eval sends it with every request


class Anthropic(Protocol):
    """POST …/messages; it generates text, and reports no log-probabilities."""

    name: ClassVar[str] = "anthropic"
    version: ClassVar[int] = 1
    path: ClassVar[str] = "/messages"
    lm_eval_model: ClassVar[str] = "anthropic-chat"
    chat: ClassVar[bool] = True
    request_types: ClassVar[frozenset[str]] = frozenset({GENERATE})

    def headers(self, secret: str) -> dict[str, str]:
        """Return the headers of a call: the key has its own header."""
        headers = {**super().headers(""), "anthropic-version": API_VERSION}
        return {**headers, "x-api-key": secret} if secret else headers

    def payload(self, api_model: str, prompt: Prompt, can: Capabilities = PLAIN) -> dict[str, Any]:
        """Return the body: the system prompt apart, and no stop sequence of white space alone."""
        system, turns = _apart([dict(message) for message in prompt.chat or ()])
        rest = {
            name: value for name, value in prompt.gen_kwargs.items() if name not in ("do_sample", "until")
        }
        most = rest.pop("max_gen_toks", prompt.max_gen_toks) + reasoning_budget(can)
        given = {"max_tokens": most, "temperature": rest.pop("temperature", 0)}
        if not can.temperature:
            given.pop("temperature")
        stops = [stop for stop in [*self.stops(prompt), ALWAYS_A_STOP] if stop.strip()]
        stop_fields = {"stop_sequences": list(dict.fromkeys(stops))} if can.stop else {}
        messages = [{"role": turn["role"], "content": [_block(turn["content"])]} for turn in turns]
        stream = {"stream": True} if can.stream else {}
        body = {
            "messages": messages,
            "model": api_model,
            **given,
            **stop_fields,
            **stream,
            **rest,
            **can.fields,
        }
        return {**body, "system": system} if system else body

    def read(
        self, reply: Mapping[str, Any], body: str, sent: bytes = b"", can: Capabilities = PLAIN
    ) -> Answer:
        """Read the blocks: the text is the answer, and the reasoning is kept beside it."""
        blocks = reply.get("content")
        if blocks is None:
            return replace(shape.no_answer(reply, body), usage=_usage(reply.get("usage")))
        if isinstance(blocks, str):
            blocks = [_block(blocks)]
        if not isinstance(blocks, list) or not all(isinstance(block, Mapping) for block in blocks):
            raise Malformed("the message's content is no list of blocks")
        reason = shape.word(reply.get("stop_reason"))
        texts = [block.get("text") for block in blocks if block.get("type") == "text"]
        text = "".join(part for part in texts if isinstance(part, str))
        return Answer(
            outcome=shape.outcome(text if texts else None, reason, can=can),
            text=text,
            body=body,
            reasoning="".join(str(block.get("thinking") or "") for block in blocks),
            finish_reason=reason,
            served_model=shape.word(reply.get("model")),
            response_id=shape.word(reply.get("id")),
            usage=_usage(reply.get("usage")),
            first_token_ms=shape.count(reply.get(STREAMED), "first_token_ms"),
            generation_ms=shape.count(reply.get(STREAMED), "generation_ms"),
        )

    def stream(self) -> AnthropicStream:
        """Return the reader of a streamed message."""
        return AnthropicStream()


def _apart(messages: list[dict[str, Any]]) -> tuple[str, list[dict[str, Any]]]:
    if messages and messages[0]["role"] == "system":
        return messages[0]["content"], messages[1:]
    return "", messages


def _block(text: str) -> dict[str, str]:
    return {"type": "text", "text": text}


def _usage(counts: object) -> Usage:
    """Return the tokens; Anthropic counts cached input separately."""
    names = ("input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens", "output_tokens")
    fresh, read, written, output = (shape.count(counts, name) for name in names)
    whole = None if fresh is None else fresh + (read or 0) + (written or 0)
    return Usage(input_tokens=whole, cached_tokens=read, output_tokens=output)
