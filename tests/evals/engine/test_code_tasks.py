"""lm-eval's code tasks are scored in the sandbox, where an operator allows it, and refused elsewhere."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from pytest_django.fixtures import Settings

from evals.engine import sandbox
from evals.engine.code_eval import CodeEval, pass_at_k
from evals.models import Run, RunState
from evals.operations.catalogue.task_folders import task_folder_path
from evals.operations.runs.execution import call_run, plan_run
from evals.operations.runs.scoring import score_run
from tests.evals.engine.builders import NOW, clock, make_endpoint, make_run, make_task
from tests.evals.engine.provider import Provider, reply
from tests.support.hub import put

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(shutil.which("bwrap") is None, reason="`make sandbox` installs bubblewrap"),
]
HUMANEVAL = [
    {
        "task_id": f"Made/{number}",
        "prompt": f'def {name}(a, b):\n    """Return {words}."""\n',
        "canonical_solution": f"    return {code}\n",
        "test": f"def check(candidate):\n    assert candidate(7, 3) == {right}\n",
        "entry_point": name,
    }
    for number, (name, words, code, right) in enumerate(
        [
            ("add", "the sum", "a + b", 10),
            ("minus", "the difference", "a - b", 4),
            ("times", "the product", "a * b", 21),
            ("steal", "the password", "0", 0),
        ]
    )
]
SAID = {
    "add": "    return a + b",
    "minus": "    return b - a",
    "times": "    while True: pass",
    "steal": "    open('/tmp/stolen', 'w').write(open('/etc/passwd').read())\n    return 0",
}
MBPP = [
    {
        "task_id": number,
        "text": f"Write a function to add {number} to a number.",
        "code": f"def add(n):\n    return n + {number}",
        "test_list": [f"assert add({n}) == {n + number}" for n in range(3)],
        "test_setup_code": "",
        "challenge_test_list": [],
    }
    for number in (5, 6)
]


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Path:
    """Keep the hub's cache in this test's folder, and allow model-written code."""
    import datasets

    settings.RUN_MODEL_CODE = True
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "prepared")
    return tmp_path / "hub"


def run_of(provider: Provider, folder: str, task: str, metric: str, filter_name: str) -> Run:
    row = make_task(task, filter_name=filter_name, folder=task_folder_path(f"lm_eval/{folder}"), shots=0)
    row.metric = metric
    row.save()
    run = make_run(make_endpoint(provider.base_url, protocol="openai-completions"), row)
    plan_run(run_id=run.pk, owner="w", now=NOW)
    run.refresh_from_db()
    return run


def scored(run: Run) -> Run:
    call_run(run_id=run.pk, owner="w", seconds=30, clock=clock)
    score_run(run_id=run.pk, owner="w", now=NOW)
    run.refresh_from_db()
    assert (run.state, run.failure_message) == (RunState.FINISHED, "")
    return run


def test_humaneval_is_scored_in_the_sandbox(hub: Path) -> None:
    put(hub, "openai/openai_humaneval", default={"test": HUMANEVAL})

    async def respond(request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        name = body["prompt"].partition("def ")[2].partition("(")[0]
        return web.json_response(reply(request.path, body, SAID[name]))

    with Provider(behaviour=respond) as provider:
        run = scored(run_of(provider, "humaneval", "humaneval", "pass@1", "create_test"))
    assert run.results is not None
    assert run.results["results"]["humaneval"]["pass@1,create_test"] == 1 / 4
    sample_metrics = run.samples.order_by("doc_id").values_list("metrics", flat=True)
    by_item = [(metrics or {})["pass@1,create_test"] for metrics in sample_metrics]
    assert by_item == [1.0, 0.0, 0.0, 0.0], "right, wrong, endless, and one that found no password"
    assert not Path("/tmp/stolen").exists()


def test_mbpp_is_scored_in_the_sandbox(hub: Path) -> None:
    put(hub, "google-research-datasets/mbpp", full={"test": MBPP, "prompt": MBPP})

    async def respond(request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        return web.json_response(reply(request.path, body, "def add(n):\n    return n + 6\n[DONE]"))

    with Provider(behaviour=respond) as provider:
        run = scored(run_of(provider, "mbpp", "mbpp", "pass_at_1", "none"))
    assert run.results is not None
    assert run.results["results"]["mbpp"]["pass_at_1,none"] == 1 / 2


def test_code_is_off_by_default_and_the_run_says_so(hub: Path, settings: Settings) -> None:
    settings.RUN_MODEL_CODE = False
    put(hub, "openai/openai_humaneval", default={"test": HUMANEVAL})
    with Provider() as provider:
        run = run_of(provider, "humaneval", "humaneval", "pass@1", "create_test")
    assert (run.state, provider.calls) == (RunState.FAILED, 0)
    assert run.failure_message == (
        "Task humaneval runs code that the model has written. That is off here: an operator turns it on with "
        "RUN_MODEL_CODE=on, and it then runs in a sandbox."
    )


def test_without_a_sandbox_a_code_task_is_refused_before_anything_is_paid(
    hub: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandbox, "_python", lambda: "")
    monkeypatch.setattr(sandbox, "_trial_failure", lambda: "bwrap: No permissions to create new namespace")
    with Provider() as provider:
        run = run_of(provider, "humaneval", "humaneval", "pass@1", "create_test")
    assert (run.state, provider.calls) == (RunState.FAILED, 0)
    assert run.failure_message.endswith("cannot be run here: bwrap: No permissions to create new namespace")


def test_a_task_that_runs_code_by_a_way_of_its_own_is_refused(hub: Path) -> None:
    put(hub, "cruxeval-org/cruxeval", default={"test": [{"code": "", "input": "", "output": "", "id": "1"}]})
    with Provider() as provider:
        run = run_of(provider, "cruxeval", "cruxeval_input", "pass@1", "none")
    assert (run.state, provider.calls) == (RunState.FAILED, 0)
    assert run.failure_message.startswith(
        "Task cruxeval_input runs code that the model has written by a way of its own"
    )


def test_pass_at_k_is_that_of_its_paper() -> None:
    """Chen et al. 2021: 1 - C(n - c, k) / C(n, k); worked by hand for n = 4, c = 1, k = 2: 1 - 3/6."""
    assert pass_at_k(4, 1, 2) == 0.5
    assert pass_at_k(5, 5, 1) == 1.0
    assert pass_at_k(5, 0, 5) == 0.0
    scores, _ = CodeEval().compute(
        references=["assert f() == 1", "assert f() == 2"],
        predictions=[["def f(): return 1", "def f(): return 2"], ["def f(): return 0", "def f(): return 1"]],
        k=[1, 2, 3],
    )
    assert scores == {"pass@1": 0.25, "pass@2": 0.5}, (
        "of the first task one of two is right, of the other none"
    )
