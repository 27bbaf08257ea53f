"""Rows that an engine test needs: a model, an endpoint, a task, a submission with its run."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model

from evals.models import Benchmark, Developer, Endpoint, Model, Run, Submission, Suite, SuiteTask, Task
from evals.operations.owners.access import owner_of

TASKS = Path(__file__).parent / "tasks"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def clock() -> datetime:
    """Read the real clock: the caller's waits are real."""
    return datetime.now(UTC)


def make_endpoint(base_url: str, *, protocol: str = "openai-chat", **fields: Any) -> Endpoint:
    """Register one endpoint of one model."""
    developer, _ = Developer.objects.get_or_create(slug="dev", name="Dev", country="CN")
    model, _ = Model.objects.get_or_create(slug="m", name="M", developer=developer, openness="open")
    values = {"max_concurrency": 8, "timeout_s": 20, "internal_allowed": True, "api_model": "tiny-1"} | fields
    slug = f"e{Endpoint.objects.count()}"
    return Endpoint.objects.create(
        slug=slug, model=model, provider="local", protocol=protocol, base_url=base_url, **values
    )


def make_task(
    name: str = "engine_adding", *, filter_name: str = "extract", folder: Path = TASKS, shots: int = 2
) -> Task:
    """Register a task with a benchmark of its own."""
    benchmark, _ = Benchmark.objects.get_or_create(slug=name.replace("_", "-"), name=name)
    task, _ = Task.objects.get_or_create(
        name=name,
        num_fewshot=shots,
        content_hash="0" * 64,
        defaults={
            "version": "1.0",
            "folder": str(folder),
            "metric": "exact_match",
            "filter": filter_name,
            "benchmark": benchmark,
        },
    )
    return task


def make_run(endpoint: Endpoint, *tasks: Task, **settings: Any) -> Run:
    """Submit a suite of tasks; return the run of the first."""
    tasks = tasks or (make_task(),)
    user, _ = get_user_model().objects.get_or_create(username="u")
    benchmark, _ = Benchmark.objects.get_or_create(slug="whole-suite", name="Whole suite")
    suite, created = Suite.objects.get_or_create(
        slug=f"s{len(tasks)}", version="1", defaults={"name": "S", "benchmark": benchmark}
    )
    for position, task in enumerate(tasks if created else ()):
        SuiteTask.objects.create(suite=suite, task=task, position=position)
    submission = Submission.objects.create(
        endpoint=endpoint, suite=suite, submitter=user, owner=owner_of(user), created_at=NOW
    )
    runs = [
        Run.objects.create(submission=submission, endpoint=endpoint, task=task, settings=settings)
        for task in tasks
    ]
    return runs[0]
