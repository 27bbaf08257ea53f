"""Every odd reply through the real worker: its outcome, whether the score is right, and the number of calls.

`make quirks` runs all rows and writes build/quirks.json; the tests run the rows marked as short.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import Any

import pytest

from evals.engine import backoff
from evals.engine.presets import presets
from evals.models import Endpoint, Run, RunState
from evals.operations.endpoints.probes import probe
from evals.operations.runs.execution import call_run, plan_run
from evals.operations.runs.scoring import score_run
from tests.evals.engine.builders import NOW, clock, make_endpoint, make_run, make_task
from tests.quirks.cases import Quirk, read_quirks
from tests.support.answers import AnswerBook
from tests.support.completions import Model
from tests.support.fault_plan import Fault, Kind
from tests.support.provider import SimulatedProvider
from tests.support.service import Settings
from tests.support.token_model import PREFIX

ITEMS = 4
ALL = os.environ.get("QUIRKS") == "all"
QUIRKS = read_quirks()
CANARIES = {
    "What is 2 + 2? Answer with the number alone.": "4",
    "Which day comes after Monday? Answer with one word.": "Tuesday",
    "What is the capital of France? Answer with one word.": "Paris",
}


class Sums(AnswerBook):
    """Knows every sum, and the canaries."""

    def right_answer(self, prompt: str) -> str | None:
        """Return the answer to the last question."""
        known = next((answer for question, answer in CANARIES.items() if question in prompt), None)
        sums = re.findall(r"What is (\d+) \+ (\d+)", prompt)
        return known or (str(int(sums[-1][0]) + int(sums[-1][1])) if sums else None)


@pytest.fixture(autouse=True)
def limits(shared_limits: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Share limits through the tests' own Redis, and try again at once."""
    monkeypatch.setattr(backoff, "FIRST_CEILING_S", 0.01)


def serving(quirk: Quirk) -> SimulatedProvider:
    attempts = None if quirk.times is None else tuple(range(1, quirk.times + 1))
    fault = Fault(
        Kind.REPLY,
        status=quirk.status,
        body=quirk.body,
        headers=quirk.headers,
        attempts=attempts,
        tokens_under=quirk.tokens_under,
        contains="(sum 0," if quirk.items == "first" else None,
    )
    server = SimulatedProvider(
        Settings(models=(Model("any", accuracy=1.0),), dialect=quirk.protocol, book=Sums())
    )
    if quirk.body is not None:
        server.service.plan = type(server.service.plan)((fault,))
    return server


def run_of(quirk: Quirk, base_url: str) -> Run:
    """Plan, call and score a run as a worker does."""
    capabilities = dict(quirk.capabilities)
    if quirk.task == "engine_choosing":
        capabilities |= {"logprobs": True, "prefix": PREFIX}
    endpoint = make_endpoint(
        base_url, protocol=quirk.protocol, api_model="any", capabilities=capabilities, max_concurrency=2
    )
    Endpoint.objects.filter(pk=endpoint.pk).update(provider=quirk.preset)
    if quirk.probe:
        probe(slug=endpoint.slug, clock=clock)
    filter_name = "none" if quirk.task == "engine_choosing" else "extract"
    task = make_task(quirk.task, filter_name=filter_name, shots=0)
    if quirk.task == "engine_choosing":
        task.metric = "acc"
        task.save()
    run = make_run(Endpoint.objects.get(pk=endpoint.pk), task, limit=ITEMS)
    assert plan_run(run_id=run.pk, owner="w", now=NOW)
    call_run(run_id=run.pk, owner="w", seconds=30, clock=clock)
    score_run(run_id=run.pk, owner="w", now=NOW)
    run.refresh_from_db()
    run.submission.refresh_from_db()
    return run


def state_of(run: Run) -> str:
    """Return the run's state; held if its submission was stopped by the service."""
    return "held" if run.submission.held_reason else run.state


def score_of(run: Run) -> float | None:
    if run.state != RunState.FINISHED or run.results is None:
        return None
    value = run.results["results"][run.task.name][f"{run.task.metric},{run.task.filter}"]
    return float(value)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "quirk",
    [quirk for quirk in QUIRKS if ALL or quirk.short],
    ids=lambda quirk: f"{quirk.name}-{quirk.protocol}",
)
def test_an_odd_reply_has_its_outcome_its_score_and_its_calls(
    quirk: Quirk, record_property: Callable[[str, Any], None]
) -> None:
    expected = quirk.expected
    with serving(quirk) as server:
        run = run_of(quirk, server.base_url)
        calls = server.stats()["calls"]
    score, state = score_of(run), state_of(run)
    row = {
        "name": quirk.name,
        "protocol": quirk.protocol,
        "source": quirk.source,
        "outcome": run.failure_code or dict(run.outcomes) or state,
        "score_right": score == expected.score,
        "calls": calls,
    }
    is_right = (
        (state, score, run.failure_code) == (expected.state, expected.score, expected.failure)
        and expected.calls in (None, calls)
        and (not expected.outcomes or run.outcomes == expected.outcomes)
        and (not expected.thinking or run.endpoint.capabilities.get("thinking") is True)
    )
    record_property("quirk", row | {"ok": is_right})
    assert is_right, (
        row,
        state,
        score,
        run.failure_message,
        run.submission.held_reason,
        run.endpoint.capabilities,
    )


def test_each_row_names_where_it_was_reported_and_a_known_preset() -> None:
    known = {"local", *(preset.slug for preset in presets())}
    assert all(quirk.source.startswith("https://") for quirk in QUIRKS)
    assert {quirk.preset for quirk in QUIRKS} <= known


def test_there_are_forty_replies_beside_the_shared_ones() -> None:
    names = {quirk.name for quirk in QUIRKS}
    assert len(names) >= 14 + 40
    assert {quirk.protocol for quirk in QUIRKS} >= {"openai-chat", "openai-completions", "anthropic", "vllm"}
