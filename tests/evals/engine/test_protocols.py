"""The bodies that are sent are those of lm-eval's own API models."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from evals.engine.keys import canonical, request_key
from evals.engine.protocols import PROTOCOLS
from evals.engine.requests import EndpointSpec, Prompt

CHAT = ({"role": "system", "content": "Be brief."}, {"role": "user", "content": "你好 \ud800"})
GEN_KWARGS: list[dict[str, Any]] = [
    {"until": ["\n\n", "Q:"], "max_gen_toks": 32, "temperature": 0.0, "do_sample": False},
    {"until": "a", "max_tokens": 5, "max_gen_toks": 9, "top_p": 0.5},
    {"until": ["a", "b", "c", "d", "e"]},
    {},
    {"until": None, "temperature": 1, "presence_penalty": 0.1},
]


@pytest.mark.parametrize("gen_kwargs", GEN_KWARGS)
def test_payloads_equal_those_of_lm_eval(gen_kwargs: dict[str, Any]) -> None:
    from lm_eval.models.openai_completions import LocalChatCompletion, LocalCompletionsAPI

    ours = Prompt(text="2 + 2 =", chat=CHAT, gen_kwargs=gen_kwargs, max_gen_toks=256, seed=1234)
    common = {"model": "m", "base_url": "http://127.0.0.1:9/v1", "tokenizer_backend": None}
    chat = LocalChatCompletion(**common)._create_payload(
        [dict(message) for message in CHAT], generate=True, gen_kwargs=copy.deepcopy(gen_kwargs)
    )
    plain = LocalCompletionsAPI(**common)._create_payload(
        "2 + 2 =", generate=True, gen_kwargs=copy.deepcopy(gen_kwargs)
    )
    before = copy.deepcopy(gen_kwargs)
    assert PROTOCOLS["openai-chat"].payload("m", ours) == without_empty_stop(chat)
    assert PROTOCOLS["openai-completions"].payload("m", ours) == without_empty_stop(plain)
    assert gen_kwargs == before, "a task's settings are not changed by being read"


def without_empty_stop(payload: dict[str, Any]) -> dict[str, Any]:
    """Leave out the one field in which we differ: OpenAI refuses an empty list of stops."""
    return {name: value for name, value in payload.items() if name != "stop" or value}


def test_the_text_that_is_sent_is_the_payload_whatever_it_holds() -> None:
    payload = {"b": "\x00 \ud800 你", "a": [1, 0.5]}
    assert json.loads(canonical(payload)) == payload
    assert canonical(payload).isascii()
    assert canonical({"a": 1, "b": 2}) == canonical({"b": 2, "a": 1})


def test_a_key_tells_the_model_the_address_the_protocol_the_body_and_the_repeat_but_no_secret() -> None:
    def key(repeat: int = 0, body: str = "{}", protocol: str = "openai-chat", **fields: Any) -> str:
        values = {"base_url": "http://h/v1", "api_model": "m", "secret": "x", "slug": "e"} | fields
        endpoint = EndpointSpec(protocol=protocol, max_concurrency=1, timeout_s=1, **values)
        return request_key(endpoint=endpoint, protocol=PROTOCOLS[protocol], body=body, repeat=repeat)

    others = [
        key(repeat=1),
        key(body="[]"),
        key(protocol="openai-completions"),
        key(base_url="http://other/v1"),
        key(api_model="m2"),
    ]
    assert len({key(), *others}) == 6
    assert key() == key(secret="y", slug="e2") == key(base_url="http://h/v1/")


@pytest.mark.parametrize(
    ("base", "url"),
    [
        ("http://h/v1", "http://h/v1/chat/completions"),
        ("http://h/v1/", "http://h/v1/chat/completions"),
        ("http://h/v1/chat/completions", "http://h/v1/chat/completions"),
    ],
)
def test_a_base_url_may_be_given_with_or_without_the_path(base: str, url: str) -> None:
    assert PROTOCOLS["openai-chat"].url(base) == url


def test_a_call_without_a_secret_has_no_authorization() -> None:
    assert "Authorization" not in PROTOCOLS["openai-chat"].headers("")
    assert PROTOCOLS["openai-chat"].headers("k")["Authorization"] == "Bearer k"
