"""The scores are those that the `lm_eval` command gives, to the last digit."""

from __future__ import annotations

import gzip
import json
import os
import shlex
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage

from evals.models import Run, RunState, Sample
from evals.operations.runs.execution import call_run, plan_run
from evals.operations.runs.lm_eval_files import export_run, reproduce_command
from evals.operations.runs.scoring import score_run
from tests.evals.engine.builders import NOW, TASKS, clock, make_endpoint, make_run, make_task
from tests.evals.engine.provider import Provider

pytestmark = pytest.mark.django_db(transaction=True)
MODELS = {"openai-chat": "local-chat-completions", "openai-completions": "local-completions"}
SUITE = Path(__file__).parents[3] / "evals" / "suites" / "lagline-mini"
PATHS = {"openai-chat": "/chat/completions", "openai-completions": "/completions"}


@dataclass(frozen=True)
class Case:
    """A task, how it is asked, and the options of the command that asks it so."""

    protocol: str
    task: str
    options: tuple[str, ...] = ()
    main_filter: str = "extract"
    folder: Path = TASKS
    shots: int = 2
    settings: dict[str, Any] = field(default_factory=dict)


OFFLINE = {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1", "TQDM_DISABLE": "1"}
CHAT = ("--apply_chat_template",)
CASES = [
    Case("openai-completions", "engine_adding"),
    Case("openai-chat", "engine_adding", CHAT),
    Case("openai-chat", "engine_adding_thrice", CHAT, main_filter="majority"),
    Case(
        "openai-chat",
        "lagline_arithmetic",
        (*CHAT, "--fewshot_as_multiturn", "false"),
        folder=SUITE,
        shots=3,
        settings={"fewshot_as_multiturn": False},
    ),
]


def lm_eval_run(case: Case, provider: Provider, output: Path) -> tuple[dict[str, Any], list[Any]]:
    """Run the real command, as a user would; return its results file and its samples."""
    url = f"{provider.base_url}{PATHS[case.protocol]}"
    args = f"model=tiny-1,base_url={url},num_concurrent=4,tokenizer_backend=None,tokenized_requests=False"
    command = [sys.executable, "-m", "lm_eval", "run", "--model", MODELS[case.protocol], "--model_args", args]
    command += ["--tasks", case.task, "--include_path", str(case.folder), "--log_samples"]
    command += ["--output_path", str(output), *case.options]
    subprocess.run(command, check=True, capture_output=True, env=os.environ | OFFLINE, timeout=110)
    (results,) = output.rglob("results_*.json")
    (samples,) = output.rglob("samples_*.jsonl")
    lines = [json.loads(line) for line in samples.read_text().splitlines()]
    return json.loads(results.read_text()), lines


def place(line: dict[str, Any]) -> tuple[str, int]:
    return line["filter"], line["doc_id"]


def exported(run: Run) -> list[dict[str, Any]]:
    """Export a run and read its samples file again."""
    _, name = export_run(run_id=run.pk)
    with default_storage.open(name) as file:
        return [json.loads(line) for line in gzip.decompress(file.read()).decode().splitlines()]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.task}-{case.protocol}")
def test_a_run_scores_as_the_lm_eval_command_does(case: Case, tmp_path: Path) -> None:
    task, main_filter = case.task, case.main_filter
    with Provider() as theirs:
        results, samples = lm_eval_run(case, theirs, tmp_path)
    with Provider() as ours:
        endpoint = make_endpoint(ours.base_url, protocol=case.protocol)
        row = make_task(task, filter_name=main_filter, folder=case.folder, shots=case.shots)
        run = make_run(endpoint, row, **case.settings)
        plan_run(run_id=run.pk, owner="w", now=NOW)
        call_run(run_id=run.pk, owner="w", seconds=30, clock=clock)
        score_run(run_id=run.pk, owner="w", now=NOW)
        run.refresh_from_db()
    assert (run.state, run.failure_message) == (RunState.FINISHED, "")
    assert ours.bodies == theirs.bodies, "the same bodies are sent, as often"
    assert run.results is not None
    for part in ("results", "versions", "n-shot", "higher_is_better", "n-samples"):
        assert run.results[part] == results[part], part
    assert run.results["configs"][task]["generation_kwargs"] == results["configs"][task]["generation_kwargs"]
    assert run.task_hash == results["task_hashes"][task]
    assert run.lm_eval_version == results["lm_eval_version"]
    assert sorted(exported(run), key=place) == sorted(samples, key=place), "the files are lm-eval's own"
    for line in samples:
        sample = Sample.objects.get(run=run, doc_id=line["doc_id"])
        assert sample.metrics is not None
        assert sample.metrics[f"exact_match,{line['filter']}"] == line["exact_match"]
        assert (sample.doc_hash, sample.prompt_hash) == (line["doc_hash"], line["prompt_hash"])
        assert (sample.target_hash, sample.target) == (line["target_hash"], line["target"])
        if line["filter"] == main_filter:
            assert sample.answer == line["filtered_resps"][0]


def test_the_hash_of_the_plan_is_that_of_the_results() -> None:
    with Provider() as provider:
        run = make_run(make_endpoint(provider.base_url))
        plan_run(run_id=run.pk, owner="w", now=NOW)
        run.refresh_from_db()
        planned = run.task_hash
        call_run(run_id=run.pk, owner="w", seconds=30, clock=clock)
        score_run(run_id=run.pk, owner="w", now=NOW)
    run.refresh_from_db()
    assert run.task_hash == planned != ""


def test_the_command_that_reproduces_a_run_gives_its_scores(tmp_path: Path) -> None:
    with Provider() as provider:
        task = make_task("lagline_arithmetic", folder=SUITE, shots=3)
        run = make_run(make_endpoint(provider.base_url), task, fewshot_as_multiturn=False, limit=12)
        plan_run(run_id=run.pk, owner="w", now=NOW)
        call_run(run_id=run.pk, owner="w", seconds=30, clock=clock)
        score_run(run_id=run.pk, owner="w", now=NOW)
        run.refresh_from_db()
        program, *arguments = shlex.split(reproduce_command(run))
        assert program == "lm_eval"
        command = [sys.executable, "-m", program, *arguments]
        subprocess.run(command, check=True, capture_output=True, env=os.environ | OFFLINE, cwd=tmp_path)
    (results,) = tmp_path.rglob("results_*.json")
    reproduced = json.loads(results.read_text())
    assert run.results is not None
    assert reproduced["results"] == run.results["results"]
    assert reproduced["task_hashes"] == {run.task.name: run.task_hash}
