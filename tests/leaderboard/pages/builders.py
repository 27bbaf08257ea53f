"""Builders of rows for page tests: a catalogue, published lags with charts, submissions with samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model

from evals import queries as record
from evals.models import (
    Benchmark,
    Developer,
    Endpoint,
    Model,
    Request,
    Response,
    Run,
    Sample,
    SampleRequest,
    Score,
    Submission,
    Suite,
    SuiteTask,
    Task,
)
from evals.operations.catalogue.registration import load_catalogue
from leaderboard.comparisons import Comparison
from leaderboard.models import LagEstimate
from leaderboard.operations.charts import draw_estimate_charts
from leaderboard.operations.publish import RecordSnapshot, publish_benchmark
from leaderboard.operations.publish import publish_composite as publish_composite_of

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
AS_OF = date(2026, 8, 11)
ANSWERS = ["42", "The answer is 42.", "I think it is 41.", ""]


def load_real_catalogue() -> None:
    """Load the catalogue of the project."""
    load_catalogue(folder=Path(settings.BASE_DIR) / "evals" / "catalogue", now=NOW)


def publish_values(benchmark: Benchmark | None, **parts: Any) -> LagEstimate:
    """Publish an estimate with the given values; by default China is behind."""
    segment = {
        "low": 1.0,
        "high": 2.0,
        "date": "2026-07-16",
        "lag_months": 5.0,
        "follower": "a",
        "leader": "b",
    }
    values: dict[str, Any] = {
        "catchup": {"status": "ok", "lag_months": 5.0, "width": 1.0, "n_events": 1, "segments": [segment]},
        "standing": {"state": "behind", "signed_months": 4.0, "gap": 3.0, "match": "b", "at_least": False},
        "event_lags": [event()],
        "events": {
            "n_events": 1,
            "n_behind": 1,
            "n_ahead": 0,
            "n_at_least": 0,
            "mean_months": 5.0,
            "median_months": 5.0,
            "last_months": 5.0,
        },
        "frontiers": {
            "follower": [{"model": "a", "date": "2026-07-16", "level": 2.0}],
            "leader": [{"model": "b", "date": "2026-02-16", "level": 5.0}],
        },
        "names": {"a": "Alpha", "b": "Beta"},
    }
    return LagEstimate.objects.create(
        follower="CN",
        leader="US",
        benchmark=benchmark,
        as_of=AS_OF,
        method_version="1",
        data_hash="5" * 64,
        values=values | parts,
        published_at=NOW,
    )


def event(**fields: Any) -> dict[str, Any]:
    """Return one record of China, by default five months behind."""
    return {
        "model": "a",
        "date": "2026-07-16",
        "level": 2.0,
        "status": "behind",
        "match": "b",
        "lag_months": 5.0,
        "lag_lo": 5.0,
        "lag_hi": 5.0,
        "at_least": False,
        "verified": None,
        "saturated": False,
    } | fields


def publish(*slugs: str, languages: Sequence[str] = ("en",)) -> None:
    """Publish the lag on some benchmarks of the record, with its charts, as the worker does."""
    known, comparison = RecordSnapshot.of(record.lag_input(), NOW), Comparison()
    for benchmark in known.lag_input.benchmarks:
        if benchmark.slug in slugs:
            for estimate in publish_benchmark(known, replace(comparison, benchmarks=(benchmark.slug,))):
                draw(estimate, languages)


def publish_composite(*domains: str, languages: Sequence[str] = ("en",)) -> LagEstimate:
    """Publish the lag over all benchmarks, and over some domains', with its charts, as the worker does."""
    known, comparison = RecordSnapshot.of(record.lag_input(), NOW), Comparison()
    (estimate,) = publish_composite_of(known, comparison)
    for domain in domains:
        publish_composite_of(known, replace(comparison, domain=domain))
    draw(estimate, languages)
    return estimate


def draw(estimate: LagEstimate, languages: Sequence[str]) -> None:
    """Draw the charts of an estimate in some languages."""
    for language in languages:
        draw_estimate_charts(estimate=estimate, language=language)


def make_models(count: int) -> Benchmark:
    """Make models of two countries, each with a score on the index; return the index."""
    benchmark = Benchmark.objects.create(
        slug="epoch-capabilities-index",
        name="Epoch Capabilities Index",
        kind="index",
        unit="points",
        domain="index",
    )
    sides = [
        Developer.objects.create(slug=f"dev-{code.lower()}", name=f"Developer {code}", country=code)
        for code in ("CN", "US")
    ]
    for i in range(count):
        model = Model.objects.create(
            slug=f"model-{i:03}",
            name=f"Model {i:03}",
            developer=sides[i % 2],
            openness="open" if i % 3 else "closed",
            released_on=AS_OF - timedelta(days=5 * (count - i)),
        )
        Score.objects.create(
            model=model,
            benchmark=benchmark,
            value=100 + i + 3 * (i % 2),
            provenance="reported",
            reported_by="independent",
            source="A report, https://example.org/report",
            observed_on=AS_OF,
            recorded_at=NOW,
        )
    return benchmark


def make_submission(
    *,
    state: str = "FINISHED",
    samples: int = 8,
    simulated: bool = False,
    model: Model | None = None,
    now: datetime = NOW,
) -> Submission:
    """Make a submission of one task with its samples and, if it has ended, their answers."""
    suite, task = _suite()
    submission = Submission.objects.create(
        endpoint=_endpoint(model, simulated),
        suite=suite,
        submitter=get_user_model().objects.get_or_create(username="ada")[0],
        state=state,
        failure_code="timeout" if state == "FAILED" else "",
        failure_message="The provider did not answer within 300 seconds." if state == "FAILED" else "",
        created_at=now - timedelta(minutes=10),
        started_at=None if state == "PENDING" else now - timedelta(minutes=9),
        finished_at=now - timedelta(minutes=1) if state in ("FINISHED", "FAILED") else None,
    )
    run = _run(submission, task, state, samples)
    for i in range(0 if state == "PENDING" else samples):
        _sample(run, i, answered=state == "FINISHED" or i < samples // 2, now=now)
    if state == "FINISHED" and not simulated and task.benchmark:
        Score.objects.create(
            model=submission.endpoint.model,
            benchmark=task.benchmark,
            value=0.5,
            stderr=0.0645,
            n=samples,
            provenance="measured",
            run=run,
            submission=submission,
            recorded_at=NOW,
        )
    return submission


def _suite() -> tuple[Suite, Task]:
    benchmark, _ = Benchmark.objects.get_or_create(
        slug="mini-sums",
        defaults={"name": "Mini sums", "domain": "mathematics", "metric": "exact match", "items": 8},
    )
    task, _ = Task.objects.get_or_create(
        name="mini_sums",
        content_hash="7" * 64,
        defaults={
            "version": "1.0",
            "num_fewshot": 3,
            "folder": "mini",
            "metric": "exact_match",
            "filter": "extract",
            "request_types": ["generate_until"],
            "benchmark": benchmark,
        },
    )
    suite, is_new = Suite.objects.get_or_create(slug="mini", version="1.0", defaults={"name": "Mini"})
    if is_new:
        SuiteTask.objects.create(suite=suite, task=task, position=0)
    return suite, task


def _endpoint(model: Model | None, simulated: bool) -> Endpoint:
    if model is None:
        developer, _ = Developer.objects.get_or_create(slug="hf", name="Hugging Face", country="US")
        model, _ = Model.objects.get_or_create(
            slug="small-1", defaults={"name": "Small 1", "developer": developer, "openness": "open"}
        )
    return Endpoint.objects.get_or_create(
        slug=f"local-{model.slug}{'-simulated' if simulated else ''}",
        defaults={
            "model": model,
            "provider": "localhost, llama.cpp",
            "protocol": "openai-chat",
            "base_url": "http://127.0.0.1:8101/v1",
            "api_model": model.slug,
            "internal_allowed": True,
            "simulated": simulated,
        },
    )[0]


def _run(submission: Submission, task: Task, state: str, samples: int) -> Run:
    metrics = {"exact_match,extract": 0.5, "exact_match_stderr,extract": 0.0645, "sample_len": samples}
    done = state == "FINISHED"
    return Run.objects.create(
        submission=submission,
        endpoint=submission.endpoint,
        task=task,
        state={"RUNNING": "calling", "PENDING": "queued"}.get(state, state.lower()),
        failure_code=submission.failure_code,
        failure_message=submission.failure_message,
        n_samples=None if state == "PENDING" else samples,
        n_requests=None if state == "PENDING" else samples,
        settings={"limit": samples, "gen_kwargs": {"temperature": 0}},
        results={"results": {task.name: metrics}} if done else None,
        outcomes={"answered": samples} if done else {},
        lm_eval_version="0.4.13",
        task_hash="a" * 64,
        planned_at=submission.started_at,
        called_at=submission.finished_at,
        finished_at=submission.finished_at,
    )


def _sample(run: Run, i: int, *, answered: bool, now: datetime) -> None:
    text = ANSWERS[i % len(ANSWERS)]
    scored = run.state == "finished"
    sample = Sample.objects.create(
        run=run,
        doc_id=i,
        doc={"question": "6 * 7?"},
        prompt='[{"role": "user", "content": "Question: What is 6 * 7?\\nAnswer:"}]',
        target="42",
        doc_hash="d",
        prompt_hash="p",
        target_hash="t",
        answer={"": "[invalid]"}.get(text, text.rstrip(".")[-2:]) if scored else "",
        metrics={"exact_match,extract": float("42" in text)} if scored else None,
    )
    request = Request.objects.create(
        key=f"{run.pk}-{i}", endpoint=run.endpoint, payload="{}", state="answered" if answered else "pending"
    )
    SampleRequest.objects.create(run=run, sample=sample, request=request, idx=0)
    if answered:
        Response.objects.create(
            request=request,
            outcome="answered",
            text=text,
            finish_reason="stop",
            input_tokens=81,
            output_tokens=7,
            latency_ms=412,
            body="{}",
            received_at=now - timedelta(seconds=20),
        )
