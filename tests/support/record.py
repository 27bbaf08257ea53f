"""Rows of the record that a test needs, made with as little as the test has to say."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser

from evals.models import (
    Attempt,
    Benchmark,
    Developer,
    Dispute,
    Endpoint,
    Model,
    Request,
    RequestState,
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
from evals.operations.disputes.lifecycle import file_dispute, show_dispute
from evals.operations.submissions.lifecycle import submit

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def make_user(name: str = "ann", **fields: Any) -> AbstractBaseUser:
    user, _ = get_user_model().objects.get_or_create(username=name, defaults=fields)
    return user


def make_model(
    slug: str = "deepseek-v3", *, developer: str = "deepseek", country: str = "CN", **fields: Any
) -> Model:
    maker, _ = Developer.objects.get_or_create(
        slug=developer, defaults={"name": developer, "country": country}
    )
    values = {"name": slug.upper(), "openness": "open", "released_on": date(2024, 12, 26)} | fields
    return Model.objects.get_or_create(slug=slug, defaults=values | {"developer": maker})[0]


def make_endpoint(slug: str = "deepseek-api", *, model: Model | None = None, **fields: Any) -> Endpoint:
    values = {
        "provider": "deepseek",
        "protocol": "openai-chat",
        "base_url": "https://api.example.com/v1",
        "api_model": "deepseek-chat",
    }
    return Endpoint.objects.create(slug=slug, model=model or make_model(), **values | fields)


def make_benchmark(slug: str = "gpqa", **fields: Any) -> Benchmark:
    values = {"name": slug, "chance": 0.25, "ceiling": 1.0} | fields
    return Benchmark.objects.get_or_create(slug=slug, defaults=values)[0]


def make_task(name: str = "adding", *, request_types: Iterable[str] = ("generate_until",)) -> Task:
    values = {
        "version": "1",
        "folder": "tasks",
        "metric": "exact_match",
        "request_types": list(request_types),
    }
    return Task.objects.get_or_create(name=name, content_hash=name.ljust(64, "0"), defaults=values)[0]


def make_suite(slug: str = "mini", *tasks: Task, version: str = "1.0", current: bool = True) -> Suite:
    suite = Suite.objects.create(slug=slug, version=version, name=slug.title(), current=current)
    for place, task in enumerate(tasks or (make_task(),), start=1):
        SuiteTask.objects.create(suite=suite, task=task, position=place)
    return suite


def operator() -> AbstractBaseUser:
    """Return somebody who may change every submission; not saved."""
    return get_user_model()(username="operator", is_staff=True)


def make_score(model: Model, benchmark: Benchmark, value: float = 0.5, **fields: Any) -> Score:
    values = {"provenance": "reported", "reported_by": "independent", "source": "a paper", "recorded_at": NOW}
    return Score.objects.create(model=model, benchmark=benchmark, value=value, **values | fields)


def make_submission(
    *, endpoint: Endpoint | None = None, suite: str = "mini", submitter: AbstractBaseUser | None = None
) -> Submission:
    if not Suite.objects.filter(slug=suite).exists():
        make_suite(suite)
    used_endpoint = endpoint or Endpoint.objects.first() or make_endpoint()
    return submit(submitter=submitter or make_user(), endpoint=used_endpoint.slug, suite=suite, now=NOW)


def add_samples(
    run: Run, states: Iterable[str], *, answered_at: datetime = NOW - timedelta(seconds=10), parts: int = 1
) -> list[Sample]:
    """Give a run one sample for each state, whose requests are all in that state; what is leased was sent."""
    samples = []
    for number, state in enumerate(states):
        sample = Sample.objects.create(
            run=run, doc_id=number, doc={"question": "2 + 2"}, prompt="2 + 2 =", target="4", answer="4"
        )
        samples.append(sample)
        for part in range(parts):
            lease = NOW + timedelta(minutes=1) if state == RequestState.LEASED else None
            request = Request.objects.create(
                key=f"{run.pk}.{number}.{part}",
                endpoint=run.endpoint,
                payload=json.dumps({"prompt": "2 + 2 ="}),
                state=state,
                lease_until=lease,
            )
            SampleRequest.objects.create(run=run, sample=sample, request=request, idx=part)
            if state == RequestState.LEASED:
                Attempt.objects.create(request=request, number=1, sent_at=NOW)
            if state == RequestState.ANSWERED:
                Response.objects.create(
                    request=request,
                    outcome="answered",
                    text="4",
                    input_tokens=10,
                    output_tokens=2,
                    latency_ms=100,
                    body="{}",
                    received_at=answered_at,
                )
    return samples


def make_dispute(fact: str = "model:deepseek-v3:name") -> Dispute:
    """Make a dispute that a moderator has seen."""
    filed = file_dispute(
        fact=fact, statement="It is written otherwise.", evidence=["https://example.org/card"], now=NOW
    )
    show_dispute(dispute_id=filed.pk, now=NOW)
    return Dispute.objects.get(pk=filed.pk)
