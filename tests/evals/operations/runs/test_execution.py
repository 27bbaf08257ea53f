"""A run goes from queued to finished, and everything that it rests on is on record."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from evals.engine.requests import Stopped
from evals.models import (
    Attempt,
    AuditEvent,
    Endpoint,
    Request,
    Response,
    Run,
    RunState,
    Sample,
    Score,
    SubmissionState,
)
from evals.operations.runs import execution
from evals.operations.runs.code_version import _commit, code_version
from evals.operations.runs.execution import call_run, plan_run
from evals.operations.runs.scoring import rescore_run, score_run
from tests.evals.engine.builders import NOW, clock, make_endpoint, make_run, make_task
from tests.evals.engine.provider import Provider

pytestmark = pytest.mark.django_db(transaction=True)


def run_to_the_end(run: Run, seconds: float = 30) -> Run:
    assert plan_run(run_id=run.pk, owner="w1", now=NOW)
    call_run(run_id=run.pk, owner="w1", seconds=seconds, clock=clock)
    score_run(run_id=run.pk, owner="w1", now=NOW)
    run.refresh_from_db()
    return run


@pytest.mark.parametrize("protocol", ["openai-chat", "openai-completions"])
def test_a_run_is_planned_called_and_scored(protocol: str) -> None:
    with Provider() as provider:
        run = run_to_the_end(make_run(make_endpoint(provider.base_url, protocol=protocol)))
    assert (run.state, run.failure_message) == (RunState.FINISHED, "")
    assert (run.n_samples, run.n_requests, provider.calls) == (40, 40, 40)
    assert run.results is not None
    assert run.results["results"]["engine_adding"]["exact_match,extract"] == pytest.approx(2 / 3, abs=0.2)
    assert run.outcomes == {"answered": 40}
    assert Response.objects.count() == Attempt.objects.count() == Request.objects.count() == 40
    assert not Attempt.objects.filter(ended_at=None).exists()
    sample = Sample.objects.get(run=run, doc_id=0)
    assert set(sample.metrics or {}) == {"exact_match,extract", "exact_match,whole"}
    assert sample.answer.lstrip("-").isdigit()
    run.submission.refresh_from_db()
    assert run.submission.state == SubmissionState.FINISHED
    assert {score.benchmark.slug: score.n for score in Score.objects.all()} == {
        "engine-adding": 40,
        "whole-suite": 40,
    }


def test_a_simulated_endpoint_leaves_no_score() -> None:
    with Provider() as provider:
        run = run_to_the_end(make_run(make_endpoint(provider.base_url, simulated=True)))
    assert run.state == RunState.FINISHED
    assert not Score.objects.exists()


def test_a_second_run_that_asks_the_same_asks_nobody() -> None:
    with Provider() as provider:
        endpoint = make_endpoint(provider.base_url)
        first = run_to_the_end(make_run(endpoint))
        second = run_to_the_end(make_run(endpoint))
    assert provider.calls == 40
    assert second.state == RunState.FINISHED
    assert first.results is not None
    assert second.results is not None
    assert first.results["results"] == second.results["results"]


def test_repeats_are_requests_of_their_own() -> None:
    with Provider() as provider:
        task = make_task("engine_adding_thrice", filter_name="majority")
        run = run_to_the_end(make_run(make_endpoint(provider.base_url), task))
    assert run.state == RunState.FINISHED, run.failure_message
    assert (run.n_samples, run.n_requests, provider.calls) == (10, 30, 30)


def test_a_task_that_the_protocol_cannot_answer_fails_the_run_with_a_sentence() -> None:
    run = make_run(make_endpoint("http://127.0.0.1:9/v1"), make_task("engine_choosing"))
    assert not plan_run(run_id=run.pk, owner="w1", now=NOW)
    run.refresh_from_db()
    assert (run.state, run.failure_code) == (RunState.FAILED, "not_plannable")
    assert "loglikelihood" in run.failure_message
    assert "openai-chat answers generate_until" in run.failure_message


def test_an_unknown_task_is_refused_with_the_names_of_those_there_are() -> None:
    task = make_task("engine_multiplying")
    run = make_run(make_endpoint("http://127.0.0.1:9/v1"), task)
    assert not plan_run(run_id=run.pk, owner="w1", now=NOW)
    run.refresh_from_db()
    assert "engine_multiplying" in run.failure_message
    assert "engine_adding" in run.failure_message


def test_a_run_is_planned_by_one_worker_only() -> None:
    run = make_run(make_endpoint("http://127.0.0.1:9/v1"))
    assert plan_run(run_id=run.pk, owner="w1", now=NOW)
    assert not plan_run(run_id=run.pk, owner="w2", now=NOW)
    assert Sample.objects.filter(run=run).count() == 40


def test_a_run_that_lacks_answers_is_not_scored() -> None:
    run = make_run(make_endpoint("http://127.0.0.1:9/v1"))
    plan_run(run_id=run.pk, owner="w1", now=NOW)
    Run.objects.filter(pk=run.pk).update(state=RunState.SCORING)
    assert not score_run(run_id=run.pk, owner="w1", now=NOW)
    run.refresh_from_db()
    assert (run.state, run.results) == (RunState.CALLING, None)


def test_a_run_whose_endpoint_has_moved_is_planned_anew_and_scored_on_the_answers_of_one_address() -> None:
    with Provider() as old, Provider() as new:
        run = make_run(make_endpoint(old.base_url))
        assert plan_run(run_id=run.pk, owner="w1", now=NOW)
        Endpoint.objects.update(base_url=new.base_url)
        call_run(run_id=run.pk, owner="w1", seconds=30, clock=clock)
        run.refresh_from_db()
        assert (run.state, old.calls, new.calls) == (RunState.QUEUED, 0, 0)
        assert run_to_the_end(run).state == RunState.FINISHED, run.failure_message
        assert (old.calls, new.calls, run.base_url) == (0, 40, new.base_url)
    Endpoint.objects.update(base_url=old.base_url)
    assert rescore_run(run_id=run.pk, owner="w1", now=NOW), "its answers are found where it was planned"
    assert AuditEvent.objects.filter(action="run.rescore", object_id=run.pk).count() == 1


@pytest.mark.parametrize(
    ("due", "verdicts", "calls", "stopped", "state"),
    [
        (False, [False], 40, Stopped.DONE, RunState.SCORING),
        (True, [False, False], 40, Stopped.DONE, RunState.SCORING),
        (True, [True], 0, Stopped.NOT_WANTED, RunState.CALLING),
        (False, [True], 40, Stopped.NOT_WANTED, RunState.CALLING),
        (True, [False, True], 40, Stopped.NOT_WANTED, RunState.CALLING),
    ],
)
def test_canaries_run_before_the_calls_where_they_are_due_and_after_the_last_answer(
    due: bool,
    verdicts: list[bool],
    calls: int,
    stopped: Stopped,
    state: RunState,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rest = iter(verdicts)
    monkeypatch.setattr(execution, "are_canaries_due", lambda run: due)
    monkeypatch.setattr(execution, "hold_if_canaries_fail", lambda *args, **kwargs: next(rest))
    with Provider() as provider:
        run = make_run(make_endpoint(provider.base_url))
        assert plan_run(run_id=run.pk, owner="w1", now=NOW)
        summary = call_run(run_id=run.pk, owner="w1", seconds=30, clock=clock)
    run.refresh_from_db()
    assert (provider.calls, summary.stopped, run.state) == (calls, stopped, state)
    assert list(rest) == []


def test_calls_carry_the_credential_and_the_plan_does_not(settings: Settings) -> None:
    settings.CREDENTIALS = {"KEY": "k" * 20}
    with Provider() as provider:
        run = run_to_the_end(make_run(make_endpoint(provider.base_url, credential="KEY")))
    assert run.state == RunState.FINISHED
    assert {headers.get("Authorization") for headers in provider.headers} == {f"Bearer {'k' * 20}"}
    assert not Request.objects.filter(payload__contains="k" * 20).exists()


def test_a_run_says_which_program_made_it(settings: Settings, tmp_path: Path) -> None:
    settings.CODE_VERSION, settings.BASE_DIR = "", tmp_path
    assert code_version() == "", "nobody knows"
    git = ("git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@b.example")
    for step in (["init", "-q"], ["commit", "-q", "--allow-empty", "-m", "one"]):
        subprocess.run([*git, *step], check=True)
    _commit.cache_clear()
    version = code_version()
    assert re.fullmatch("[0-9a-f]{12}", version)
    settings.CODE_VERSION = "v2"
    with Provider() as provider:
        run = make_run(make_endpoint(provider.base_url))
        assert plan_run(run_id=run.pk, owner="w1", now=NOW)
    run.refresh_from_db()
    assert run.code_version == "v2"
