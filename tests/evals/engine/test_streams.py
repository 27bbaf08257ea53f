"""A streamed answer is read like the one that would have come in one piece, however its bytes are cut."""

from __future__ import annotations

import asyncio
import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.engine.capabilities import Capabilities
from evals.engine.protocols import PROTOCOLS
from evals.engine.protocols.protocol import Malformed
from evals.engine.requests import Answer, EndpointSpec, Prompt
from evals.engine.send import Transport
from evals.engine.streams import StreamedReply
from tests.support.completions import Model
from tests.support.provider import SimulatedProvider
from tests.support.service import Settings

PROMPT = Prompt("What is 6 + 8?", ({"role": "user", "content": "What is 6 + 8?"},), {"until": ["Q:"]}, 64, 7)
CHUNKS: list[dict[str, Any]] = [
    {"id": "r", "model": "m", "choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}}]},
    {"choices": [{"index": 0, "delta": {"reasoning_content": "天 1 or 2?"}}]},
    {"choices": [{"index": 0, "delta": {"content": "四十"}}]},
    {"choices": [{"index": 0, "delta": {"content": "二"}, "finish_reason": "stop"}]},
    {"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 4}},
]
EVENTS = "".join(f"data: {json.dumps(chunk, ensure_ascii=False)}\r\n\r\n" for chunk in CHUNKS).encode()


def answer_of(pieces: list[bytes], protocol: str = "openai-chat") -> Answer:
    streamed = StreamedReply(PROTOCOLS[protocol].stream())
    for place, piece in enumerate(pieces):
        streamed.feed(piece, 0.1 * (place + 1))
    reply = streamed.reply()
    assert reply is not None
    return PROTOCOLS[protocol].read(reply, json.dumps(reply))


@given(st.lists(st.integers(0, len(EVENTS)), max_size=12))
def test_an_answer_is_the_same_however_its_bytes_are_cut(cuts: list[int]) -> None:
    places = [0, *sorted(cuts), len(EVENTS)]
    answer = answer_of([EVENTS[begin:end] for begin, end in pairwise(places)])
    assert (answer.text, answer.reasoning, answer.finish_reason) == ("四十二", "天 1 or 2?", "stop")
    assert (answer.served_model, answer.response_id, answer.usage.output_tokens) == ("m", "r", 4)


def test_times_are_those_of_the_first_and_the_last_text() -> None:
    whole = EVENTS.split(b"\r\n\r\n")
    answer = answer_of([piece + b"\r\n\r\n" for piece in whole[:-1]])
    assert (answer.first_token_ms, answer.generation_ms) == (200, 200)
    assert answer.tokens_per_s == 20.0


def test_a_stream_that_ends_before_its_answer_is_none() -> None:
    streamed = StreamedReply(PROTOCOLS["openai-chat"].stream())
    streamed.feed(EVENTS[: EVENTS.index(b"finish_reason") - 60], 0.1)
    assert streamed.reply() is None


def test_an_event_that_is_no_object_is_malformed() -> None:
    streamed = StreamedReply(PROTOCOLS["openai-chat"].stream())
    with pytest.raises(Malformed, match="a JSON list"):
        streamed.feed(b"data: []\n\n", 0.1)


@pytest.mark.parametrize("protocol", ["openai-chat", "openai-completions", "anthropic"])
@pytest.mark.parametrize("usage", [True, False])
def test_a_streamed_answer_equals_the_one_in_one_piece(protocol: str, usage: bool) -> None:
    answers = []
    with SimulatedProvider(Settings(models=(Model("any"),), dialect=protocol)) as server:
        for can in (Capabilities(), Capabilities(stream=True, stream_usage=usage)):
            spec = EndpointSpec("e", protocol, server.base_url, "any", 1, 10, internal_allowed=True, can=can)
            body = json.dumps(PROTOCOLS[protocol].payload("any", PROMPT, can), separators=(",", ":")).encode()

            async def ask(spec: EndpointSpec = spec, body: bytes = body) -> Answer:
                async with Transport(spec) as transport:
                    answer = (await transport.send(body))[1]
                assert isinstance(answer, Answer), answer
                return answer

            answers.append(asyncio.run(ask()))
    plain, streamed = answers
    assert (streamed.text, streamed.outcome, streamed.finish_reason) == (
        plain.text,
        plain.outcome,
        plain.finish_reason,
    )
    assert (plain.first_token_ms, streamed.first_token_ms is not None) == (None, True)
    if usage:
        assert streamed.usage == plain.usage
