"""The two real models of the demo: exact likelihoods, and scores that lm-eval's own command confirms."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from evals.engine.capabilities import Capabilities
from evals.engine.keys import canonical
from evals.engine.protocols import PROTOCOLS
from evals.engine.requests import LOGLIKELIHOOD, Answer, EndpointSpec, Prompt
from evals.engine.send import Transport
from evals.models import Response, Run, RunState
from evals.operations.runs.execution import call_run, plan_run
from evals.operations.runs.scoring import score_run
from tests.evals.engine.builders import NOW, clock, make_endpoint, make_run, make_task
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
CORE = Path(__file__).parents[2] / "evals" / "suites" / "lagline-core"
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
    content: dict[str, Any] = answer.json()
    return content


def ours(server: str, before: str, scored: str) -> tuple[list[int], list[float]]:
    """Return the tokens that our protocol scored, and their log-probabilities."""
    protocol = PROTOCOLS["llama-cpp"]
    prompt = Prompt(before, None, {}, 1, 1234, request_type=LOGLIKELIHOOD, continuation=scored)
    spec = EndpointSpec("e", "llama-cpp", f"{server}/v1", "any", 1, 120, internal_allowed=True)
    body = canonical(protocol.payload("any", prompt, Capabilities())).encode()

    async def ask() -> Answer:
        async with Transport(spec) as transport:
            _, answer = await transport.send(body)
        assert isinstance(answer, Answer), answer
        return answer

    (window,) = json.loads(asyncio.run(ask()).body)["windows"]
    return window["tokens"], window["logprobs"]


def distribution(server: str, tokens: list[int]) -> dict[int, float]:
    """Return the server's full distribution after a text; a bias has it write a whole character next."""
    (letter,) = post(f"{server}/tokenize", {"content": "a", "add_special": False})["tokens"]
    payload: dict[str, Any] = {
        "prompt": tokens,
        "n_predict": 1,
        "n_probs": ALL,
        "temperature": 0,
        "cache_prompt": False,
    }
    payload["logit_bias"] = [[letter, 1e6]]
    (row,) = post(f"{server}/completion", payload)["completion_probabilities"]
    return {top["id"]: top["logprob"] for top in row["top_logprobs"]}


@pytest.mark.parametrize(("before", "scored"), TEXTS)
def test_a_likelihood_is_that_of_the_full_distribution(server: str, before: str, scored: str) -> None:
    tokens, logprobs = ours(server, before, scored)
    whole = post(f"{server}/tokenize", {"content": before + scored, "add_special": True})["tokens"]
    assert whole[-len(tokens) :] == tokens
    for place, (token, logprob) in enumerate(zip(tokens, logprobs, strict=True)):
        likelihoods = distribution(server, whole[: len(whole) - len(tokens) + place])
        assert logprob == pytest.approx(likelihoods[token], abs=MOST)


def answers_on_record(run: Run) -> dict[tuple[str, ...], Any]:
    """Return what the server said to each request: a text, or a sum of log-probabilities with greediness."""
    answers: dict[tuple[str, ...], Any] = {}
    for response in Response.objects.filter(request__samplerequest__run=run).select_related("request"):
        payload, reply = json.loads(response.request.payload), json.loads(response.body)
        if "scored" in payload:
            (window,) = reply["windows"]
            answers[payload["before"], payload["scored"]] = (sum(window["logprobs"]), all(window["greedy"]))
        else:
            answers[(payload["prompt"],)] = reply["choices"][0]["text"]
    return answers


def scores_of_lm_eval(task: str, answers: dict[tuple[str, ...], Any], limit: int) -> dict[str, Any]:
    """Have lm-eval itself score a task by a model that says what is on record, and nothing else."""
    from lm_eval import simple_evaluate
    from lm_eval.api.model import LM
    from lm_eval.tasks import TaskManager

    class Recorded(LM):  # type: ignore[misc]
        def loglikelihood(self, requests: list[Any]) -> list[tuple[float, bool]]:
            return [answers[request.args] for request in requests]

        def generate_until(self, requests: list[Any]) -> list[str]:
            return [answers[request.args[:1]] for request in requests]

        def loglikelihood_rolling(self, requests: list[Any]) -> list[float]:
            raise NotImplementedError

    manager = TaskManager(include_defaults=False, include_path=str(CORE))
    results = simple_evaluate(Recorded(), tasks=[task], task_manager=manager, limit=limit)
    scores: dict[str, Any] = results["results"][task]
    return scores


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("name", "metric", "limit"), [("choice", "acc,none", 8), ("letter", "exact_match,letter", 6)]
)
def test_a_run_scores_as_lm_eval_does_on_the_same_answers(
    server: str, name: str, metric: str, limit: int, shared_limits: str
) -> None:
    task = make_task(f"lagline_glance_{name}", filter_name=metric.partition(",")[2], folder=CORE, shots=0)
    task.metric = metric.partition(",")[0]
    task.save()
    run = make_run(
        make_endpoint(f"{server}/v1", protocol="llama-cpp", max_concurrency=1, timeout_s=120),
        task,
        limit=limit,
        gen_kwargs={"max_gen_toks": 48},
    )
    plan_run(run_id=run.pk, owner="w", now=NOW)
    call_run(run_id=run.pk, owner="w", seconds=400, clock=clock)
    score_run(run_id=run.pk, owner="w", now=NOW)
    run.refresh_from_db()
    assert (run.state, run.failure_message) == (RunState.FINISHED, "")
    assert run.results is not None
    ours, theirs = (
        run.results["results"][task.name],
        scores_of_lm_eval(task.name, answers_on_record(run), limit),
    )
    assert ours == theirs
    assert 0 <= theirs[metric] <= 1
    assert theirs["sample_len"] == limit
