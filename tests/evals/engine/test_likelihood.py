"""Likelihoods: which tokens count, how texts are cut, and what a server may get wrong about them."""

from __future__ import annotations

import asyncio
import json
import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evals.engine.capabilities import Capabilities, UnknownCapability, read_capabilities
from evals.engine.likelihood import NotScorable, TokenScores, in_windows, likelihood
from evals.engine.outcomes import Fault, Kind
from evals.engine.protocols import PROTOCOLS, windows
from evals.engine.protocols.protocol import NeedsPrefix
from evals.engine.requests import LOGLIKELIHOOD, LOGLIKELIHOOD_ROLLING, Answer, EndpointSpec, Prompt
from evals.engine.send import Transport
from tests.support import fault_plan
from tests.support.completions import Model
from tests.support.provider import SimulatedProvider
from tests.support.service import Settings
from tests.support.token_model import HALF_CHARACTERS, PREFIX

SCORES = TokenScores.of([(0, None, False), (4, -0.5, True), (9, -1.0, False), (12, -0.25, True)])
CAN = Capabilities(logprobs=True, prefix=PREFIX)


def prompt_of(before: str, scored: str) -> Prompt:
    kind = LOGLIKELIHOOD if before else LOGLIKELIHOOD_ROLLING
    return Prompt(before, None, {}, 256, 1234, request_type=kind, continuation=scored)


def send(protocol: str, server: SimulatedProvider, prompt: Prompt, can: Capabilities = CAN) -> Answer | Fault:
    spec = EndpointSpec("e", protocol, server.base_url, "any", 1, 10, internal_allowed=True, can=can)
    body = json.dumps(PROTOCOLS[protocol].payload("any", prompt, can), separators=(",", ":"), sort_keys=True)

    async def ask() -> Answer | Fault:
        async with Transport(spec) as transport:
            return (await transport.send(body.encode()))[1]

    return asyncio.run(ask())


def measure_likelihood(protocol: str, server: SimulatedProvider, prompt: Prompt) -> tuple[float, bool]:
    answer = send(protocol, server, prompt)
    assert isinstance(answer, Answer), answer
    assert answer.scores is not None
    likelihood = PROTOCOLS[protocol].likelihood(answer.scores, prompt, CAN)
    return likelihood.logprob, likelihood.is_greedy


def serving(dialect: str) -> SimulatedProvider:
    return SimulatedProvider(Settings(models=(Model("any"),), dialect=dialect))


def test_the_tokens_between_two_places_are_summed() -> None:
    assert likelihood(SCORES, start=9, end=12).logprob == -1.0
    assert likelihood(SCORES, start=4, end=12) == likelihood(SCORES, start=4, end=10)
    assert likelihood(SCORES, start=12, end=99).is_greedy
    assert not likelihood(SCORES, start=9, end=99).is_greedy


def test_a_continuation_that_melted_into_the_token_before_it_is_that_token() -> None:
    assert likelihood(SCORES, start=11, end=12).logprob == -1.0


def test_a_first_token_without_a_log_probability_is_not_counted_as_certain() -> None:
    with pytest.raises(NotScorable, match="prefix"):
        likelihood(SCORES, start=0, end=12)


def test_windows_are_summed_one_by_one() -> None:
    parts = [0.1, 0.2, 0.3]
    scores = TokenScores.of([(0, -parts[0], True), (1, -parts[1], True), (1, -parts[2], True)])
    assert in_windows(scores).logprob == -parts[0] + (-parts[1] + -parts[2])


@settings(deadline=None)  # the first example imports lm-eval
@given(st.integers(1, 90), st.integers(5, 40))
def test_texts_are_cut_as_lm_eval_cuts_them(length: int, max_length: int) -> None:
    from lm_eval.utils import get_rolling_token_windows, make_disjoint_window

    tokens = list(range(length))
    theirs = map(
        make_disjoint_window,
        get_rolling_token_windows(tokens, prefix_token=-1, max_seq_len=max_length - 2, context_len=1),
    )
    ours = windows.rolling(tokens, prefix=[-1], max_length=max_length)
    assert [(list(window.before), list(window.scored)) for window in ours] == [
        (list(before), list(scored)) for before, scored in theirs
    ]


PROMPTS = [
    prompt_of("The capital of France is", " Paris"),
    prompt_of("The capital of France is  ", "Paris and more"),
    prompt_of("问题：法国的首都是", "巴黎"),
    prompt_of("", "A text of its own, with nothing before it."),
]


@pytest.mark.parametrize("prompt", PROMPTS, ids=range(len(PROMPTS)))
def test_the_three_ways_to_ask_give_the_same_likelihood(prompt: Prompt) -> None:
    with serving("openai") as echo, serving("vllm") as vllm, serving("llama-cpp") as llama:
        first = measure_likelihood("openai-completions", echo, prompt)
        assert (
            first
            == measure_likelihood("vllm", vllm, prompt)
            == measure_likelihood("llama-cpp", llama, prompt)
        )
    assert math.isfinite(first[0])
    assert first[0] < 0


def test_where_no_grammar_can_name_a_token_each_is_looked_up() -> None:
    prompt = prompt_of("A rare character:", f" a{HALF_CHARACTERS}b")
    with serving("openai") as echo, serving("llama-cpp") as llama:
        expected, measured = (
            measure_likelihood("openai-completions", echo, prompt),
            measure_likelihood("llama-cpp", llama, prompt),
        )
        assert measured[0] == expected[0]
        assert llama.stats()["by_status"] == {"200": 6, "500": 1}


def test_each_token_is_asked_for_by_itself_unless_it_is_the_same_in_one_go() -> None:
    can = replace(CAN, one_go=True)
    with serving("llama-cpp") as llama:
        by_itself, calls = send("llama-cpp", llama, PROMPTS[3]), llama.stats()["calls"]
        in_one_go, more = send("llama-cpp", llama, PROMPTS[3], can), llama.stats()["calls"] - calls
    assert isinstance(by_itself, Answer)
    assert isinstance(in_one_go, Answer)
    assert by_itself.scores is not None
    assert by_itself.scores == in_one_go.scores
    assert (calls - more, more) == (len(by_itself.scores.logprobs) - 1, 3)


@pytest.mark.parametrize("status", [401, 429])
def test_a_refusal_in_the_middle_of_a_request_is_the_requests_own(status: int) -> None:
    with serving("llama-cpp") as llama:
        llama.follow(fault_plan.Fault(fault_plan.Kind.STATUS, status=status, calls=(2,)))
        fault = send("llama-cpp", llama, PROMPTS[0])
    assert isinstance(fault, Fault)
    assert fault.http_status == status


def test_a_server_that_ignores_echo_is_found_out_at_once() -> None:
    with serving("openai") as server:
        server.follow(fault_plan.Fault(fault_plan.Kind.NO_ECHO))
        fault = send("openai-completions", server, PROMPTS[0])
    assert isinstance(fault, Fault)
    assert (fault.kind, "did not echo" in fault.detail) == (Kind.MALFORMED, True)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"tokens": None}, "lack tokens"),
        ({"token_logprobs": [None]}, "different lengths"),
        ({"tokens": ["Un", "said"]}, "not those of the text"),
        ({"tokens": ["On", "c"], "text_offset": None}, "do not add up"),
        ({"token_logprobs": [None, "-1"]}, "not a number"),
    ],
)
def test_tokens_that_are_not_those_of_the_text_are_no_answer(change: dict[str, Any], message: str) -> None:
    logprobs = {"tokens": ["On", "ce"], "token_logprobs": [None, -1.0], "top_logprobs": [None, {"ce": -1.0}]}
    choice = {
        "text": "Once",
        "logprobs": logprobs | {"text_offset": None} | change,
        "finish_reason": "length",
    }
    with pytest.raises(ValueError, match=message):
        PROTOCOLS["openai-completions"].read({"choices": [choice]}, "{}", b'{"echo":true,"prompt":"Once"}')


def test_special_tokens_that_are_not_in_the_text_do_not_move_the_others() -> None:
    logprobs = {
        "tokens": ["<s>", "On", "\ufffd", "e"],
        "token_logprobs": [None, -1.0, -2.0, -3.0],
        "top_logprobs": [None, {"On": -1.0}, {"x": -0.1}, {"e": -3.0}],
        "text_offset": [0, 3, 5, 6],
    }
    choice = {"text": "On茶e", "logprobs": logprobs, "finish_reason": "length"}
    answer = PROTOCOLS["openai-completions"].read({"choices": [choice]}, "{}", b"")
    assert answer.scores is not None
    assert answer.scores.starts == (0, 0, 2, 3)
    assert likelihood(answer.scores, start=2, end=3).logprob == -2.0


@pytest.mark.parametrize("protocol", ["openai-completions", "vllm"])
def test_a_text_that_nothing_comes_before_needs_a_prefix(protocol: str) -> None:
    with pytest.raises(NeedsPrefix, match="prefix"):
        PROTOCOLS[protocol].payload("m", prompt_of("", "text"), Capabilities(logprobs=True))


def test_what_an_endpoint_answers_is_its_capabilities_matter() -> None:
    echo, vllm = PROTOCOLS["openai-completions"], PROTOCOLS["vllm"]
    assert echo.answers(Capabilities()) == {"generate_until"}
    assert echo.answers(Capabilities(logprobs=True)) == {"generate_until", "loglikelihood"}
    assert vllm.answers(Capabilities(prefix="<s>")) == vllm.request_types
    assert PROTOCOLS["openai-chat"].answers(Capabilities(logprobs=True)) == {"generate_until"}


@pytest.mark.parametrize("capabilities", [{"stopp": True}, {"stop": "yes"}, {"token_parameter": "n_predict"}])
def test_a_capability_that_there_is_not_is_named(capabilities: dict[str, Any]) -> None:
    with pytest.raises(UnknownCapability, match=next(iter(capabilities))):
        read_capabilities(capabilities)
