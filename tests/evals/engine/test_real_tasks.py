"""Real tasks of lm-eval, of both kinds, score here as its command scores them: to the last digit."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from evals.engine.protocols import PROTOCOLS
from evals.engine.requests import LOGLIKELIHOOD
from evals.models import Endpoint, Response, Run, RunState
from evals.operations.runs.execution import call_run, plan_run
from evals.operations.runs.lm_eval_files import samples_lines
from evals.operations.runs.scoring import score_run
from tests.evals.engine.builders import NOW, clock, make_endpoint, make_run, make_task
from tests.evals.engine.real_tasks import GENERATED, SCORED, RealTask, book, write
from tests.support.completions import Model
from tests.support.provider import SimulatedProvider
from tests.support.service import Settings
from tests.support.token_model import PREFIX

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(600)]
OFFLINE = {
    "ANTHROPIC_API_KEY": "none",
    "HF_HUB_OFFLINE": "1",
    "HF_DATASETS_OFFLINE": "1",
    "TQDM_DISABLE": "1",
    "DISABLE_MULTIPROC": "1",
}
PARTS = ("results", "versions", "n-shot", "higher_is_better", "n-samples")
CommandResults = tuple[dict[str, Any], dict[str, list[Any]]]


# Anthropic takes no stop of white space: lm-eval scores what comes after it, and we cut unless told not to.
SETTINGS = {"anthropic": {"reading": "as_it_came"}}
SCORING = [name for name, protocol in PROTOCOLS.items() if LOGLIKELIHOOD in protocol.request_types]


def provider(dialect: str) -> SimulatedProvider:
    return SimulatedProvider(Settings(models=(Model("any", accuracy=0.6),), dialect=dialect, book=book()))


def command(model: str, url: str, tasks: tuple[RealTask, ...], folder: Path, *options: str) -> CommandResults:
    """Run lm-eval's own command on some tasks; return its results and its samples by task."""
    arguments = ["--model", model, "--model_args", f"model=any,base_url={url},num_concurrent=4,{options[0]}"]
    chosen = ["--tasks", ",".join(task.name for task in tasks), "--include_path", str(folder)]
    output = folder / f"output-{model}"
    line = [
        sys.executable,
        "-m",
        "tests.evals.engine.lm_eval_command",
        "run",
        *arguments,
        *chosen,
        *options[1:],
    ]
    line += ["--log_samples", "--output_path", str(output)]
    done = subprocess.run(line, check=False, capture_output=True, env=os.environ | OFFLINE)
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    (results,) = output.rglob("results_*.json")
    samples = {
        path.name.removeprefix("samples_").rpartition("_")[0]: [
            json.loads(sample) for sample in path.read_text().splitlines()
        ]
        for path in output.rglob("samples_*.jsonl")
    }
    return json.loads(results.read_text()), samples


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of all tasks."""
    path = tmp_path_factory.mktemp("real-tasks")
    write(SCORED + GENERATED, path)
    return path


@pytest.fixture(scope="module")
def commanded(folder: Path) -> Callable[[str], CommandResults]:
    """What lm-eval's command finds through its own model of a protocol; each is run once."""

    @cache
    def command_results(model: str) -> CommandResults:
        (name, *_) = (name for name, kind in PROTOCOLS.items() if kind.lm_eval_model == model)
        protocol = PROTOCOLS[name]
        if protocol.chat:
            with provider(name) as server:
                url = protocol.url(server.base_url)
                return command(model, url, GENERATED, folder, "max_retries=3", "--apply_chat_template")
        with provider("vllm") as server:  # likelihoods need the server's own tokenizer
            options = "tokenizer_backend=remote,tokenized_requests=False,max_length=2048"
            return command(model, protocol.url(server.base_url), SCORED + GENERATED, folder, options)

    return command_results


def run_of(task: RealTask, endpoint: Endpoint, folder: Path) -> Run:
    """Run a task to its end."""
    row = make_task(task.name, filter_name=task.filter, folder=folder, shots=task.shots)
    row.metric = task.metric
    row.save()
    run = make_run(endpoint, row, **SETTINGS.get(endpoint.protocol, {}))
    plan_run(run_id=run.pk, owner="w", now=NOW)
    call_run(run_id=run.pk, owner="w", seconds=60, clock=clock)
    score_run(run_id=run.pk, owner="w", now=NOW)
    run.refresh_from_db()
    assert (run.state, run.failure_message) == (RunState.FINISHED, "")
    return run


def assert_equal(run: Run, expected: CommandResults) -> None:
    """The results, the task's hash and every line of the samples are those of the command."""
    results, samples = expected
    name = run.task.name
    assert run.results is not None
    for part in PARTS:
        assert run.results[part][name] == results[part][name], part
    assert run.task_hash == results["task_hashes"][name]
    ours = [json.loads(line) for line in samples_lines(run)]
    assert sorted(ours, key=place) == sorted(samples[name], key=place)


def place(line: dict[str, Any]) -> tuple[str, int]:
    return line["filter"], line["doc_id"]


@pytest.mark.parametrize("task", SCORED, ids=lambda task: task.name)
@pytest.mark.parametrize("protocol", SCORING)
def test_a_task_of_likelihoods_scores_as_the_command_does(
    task: RealTask, protocol: str, folder: Path, commanded: Callable[[str], CommandResults]
) -> None:
    expected = commanded(PROTOCOLS[protocol].lm_eval_model)
    with provider(protocol) as server:
        can = {"logprobs": True, "prefix": PREFIX}
        endpoint = make_endpoint(server.base_url, protocol=protocol, api_model="any", capabilities=can)
        assert_equal(run_of(task, endpoint, folder), expected)


@pytest.mark.parametrize("task", GENERATED, ids=lambda task: task.name)
@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
def test_a_generative_task_scores_as_the_command_does(
    task: RealTask, protocol: str, stream: bool, folder: Path, commanded: Callable[[str], CommandResults]
) -> None:
    expected = commanded(PROTOCOLS[protocol].lm_eval_model)
    can = {"stream": True} if stream else {}
    with provider(protocol) as server:
        endpoint = make_endpoint(server.base_url, protocol=protocol, api_model="any", capabilities=can)
        run = run_of(task, endpoint, folder)
    assert_equal(run, expected)
    assert Response.objects.filter(first_token_ms=None).exists() is not stream
    assert run.results is not None
    score = run.results["results"][task.name][f"{task.metric},{task.filter}"]
    assert 0 < score < 1, "some answers are right and some are wrong, so that both are compared"


def test_parity_is_tried_on_six_tasks_of_each_kind() -> None:
    assert min(len({task.name for task in tasks}) for tasks in (SCORED, GENERATED)) >= 6
