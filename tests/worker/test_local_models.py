"""The two real models of the demo: exact likelihoods, and scores that lm-eval's own command confirms."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import socket
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from evals.engine.capabilities import Capabilities
from evals.engine.keys import canonical
from evals.engine.protocols import PROTOCOLS
from evals.engine.requests import LOGLIKELIHOOD, Answer, EndpointSpec, Prompt
from evals.engine.send import Sender
from worker.demo import serving
from worker.local_models import LocalModel, gemma, smollm2

pytestmark = [
    pytest.mark.local_model,
    pytest.mark.timeout(600),
    pytest.mark.skipif(importlib.util.find_spec("xllamacpp") is None, reason="needs make .venv/local-models"),
]
TEXTS = (
    ("The capital of France is", " Paris, and the capital of Spain"),
    ("Question: What is 2+2?\nAnswer:", " four is right"),
    ("一二三四五六七", "八九"),
)
MOST = 1e-5
ALL = 1_000_000  # of the likeliest tokens: every one


@pytest.fixture(scope="module", params=["smollm2-135m-instruct", "gemma-3-270m"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve one of the models, as the demo does."""
    folder = tmp_path_factory.mktemp("local")
    model: LocalModel = smollm2() if request.param.startswith("smol") else gemma(folder)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    with serving([model], [port], folder):
        yield f"http://127.0.0.1:{port}"


def post(address: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = requests.post(address, json=body, timeout=120)
    answer.raise_for_status()
    found: dict[str, Any] = answer.json()
    return found


def ours(server: str, before: str, scored: str) -> tuple[list[int], list[float]]:
    """Return the tokens that our protocol scored, and their log-probabilities."""
    protocol = PROTOCOLS["llama-cpp"]
    prompt = Prompt(before, None, {}, 1, 1234, request_type=LOGLIKELIHOOD, continuation=scored)
    spec = EndpointSpec("e", "llama-cpp", f"{server}/v1", "any", 1, 120, internal_allowed=True)
    body = canonical(protocol.payload("any", prompt, Capabilities())).encode()

    async def ask() -> Answer:
        async with Sender(spec) as sender:
            _, answer = await sender.send(body)
        assert isinstance(answer, Answer), answer
        return answer

    (window,) = json.loads(asyncio.run(ask()).body)["windows"]
    return window["tokens"], window["logprobs"]


def distribution(server: str, tokens: list[int]) -> dict[int, float]:
    """Return the server's full distribution after a text; a bias has it write a whole character next."""
    (letter,) = post(f"{server}/tokenize", {"content": "a", "add_special": False})["tokens"]
    asked: dict[str, Any] = {
        "prompt": tokens,
        "n_predict": 1,
        "n_probs": ALL,
        "temperature": 0,
        "cache_prompt": False,
    }
    asked["logit_bias"] = [[letter, 1e6]]
    (row,) = post(f"{server}/completion", asked)["completion_probabilities"]
    return {top["id"]: top["logprob"] for top in row["top_logprobs"]}


@pytest.mark.parametrize(("before", "scored"), TEXTS)
def test_a_likelihood_is_that_of_the_full_distribution(server: str, before: str, scored: str) -> None:
    tokens, logprobs = ours(server, before, scored)
    whole = post(f"{server}/tokenize", {"content": before + scored, "add_special": True})["tokens"]
    assert whole[-len(tokens) :] == tokens
    for place, (token, logprob) in enumerate(zip(tokens, logprobs, strict=True)):
        told = distribution(server, whole[: len(whole) - len(tokens) + place])
        assert logprob == pytest.approx(told[token], abs=MOST)
