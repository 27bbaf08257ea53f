"""Rows of the record that a test needs, made with as little as the test has to say."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser, User

from evals.models import (
    Attempt,
    Benchmark,
    Developer,
    Dispute,
    Endpoint,
    Member,
    Model,
    Owner,
    OwnerKind,
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
from evals.operations.owners.access import resolve_owner
from evals.operations.submissions.lifecycle import create_submission, fail, finish, start
from leaderboard.accounts.roles import grant_role

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
PROMPT = json.dumps([{"role": "user", "content": "Question: What is 2 + 2?\nAnswer:"}])
ANSWERS = ("4", "The answer is 4.", "I think it is 5.", "")
FAILURE = "The provider did not answer within 300 seconds."


def make_user(name: str = "ann", *, role: str = "", **fields: Any) -> User:
    """Make an account, or return it; with a role, it has no other."""
    user, _ = User.objects.get_or_create(username=name, defaults=fields)
    if role:
        user.groups.clear()
        grant_role(account=user, role=role)
    return user


def make_organisation(handle: str = "acme", **roles: User) -> Owner:
    """Make an organisation with members, each by its role, such as `owner=ann`."""
    organisation, _ = Owner.objects.get_or_create(
        handle=handle, defaults={"kind": OwnerKind.ORGANISATION, "name": handle.title(), "created_at": NOW}
    )
    for role, account in roles.items():
        Member.objects.create(organisation=organisation, account=account, role=role, created_at=NOW)
    return organisation


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


def make_task(name: str = "mini_sums", *, request_types: Iterable[str] = ("generate_until",)) -> Task:
    """Make a task that measures a benchmark of a similar name, or return it."""
    benchmark = make_benchmark(
        name.replace("_", "-"),
        name=name.replace("_", " ").capitalize(),
        domain="mathematics",
        metric="exact match",
        items=8,
        chance=None,
        ceiling=None,
    )
    values = {
        "version": "1.0",
        "num_fewshot": 3,
        "folder": "tasks",
        "metric": "exact_match",
        "filter": "extract",
        "request_types": list(request_types),
        "benchmark": benchmark,
    }
    return Task.objects.get_or_create(name=name, content_hash=name.ljust(64, "0"), defaults=values)[0]


def make_suite(slug: str = "mini", *tasks: Task, version: str = "1.0", current: bool = True) -> Suite:
    suite = Suite.objects.create(slug=slug, version=version, name=slug.title(), current=current)
    for place, task in enumerate(tasks or (make_task(),), start=1):
        SuiteTask.objects.create(suite=suite, task=task, position=place)
    return suite


def operator() -> AbstractBaseUser:
    """Return somebody who may change every submission; not saved."""
    return get_user_model()(username="operator", is_superuser=True)


def make_score(model: Model, benchmark: Benchmark, value: float = 0.5, **fields: Any) -> Score:
    values = {"provenance": "reported", "reported_by": "independent", "source": "a paper", "recorded_at": NOW}
    return Score.objects.create(model=model, benchmark=benchmark, value=value, **values | fields)


def make_submission(
    *,
    endpoint: Endpoint | None = None,
    model: Model | None = None,
    suite: str = "mini",
    submitter: AbstractBaseUser | None = None,
    state: str = "PENDING",
    samples: int = 8,
    owner: str = "",
    now: datetime = NOW,
) -> Submission:
    """Submit an endpoint, the one of a model, or any to a suite; by `now` it has reached the state.

    RUNNING, FINISHED or FAILED: the only run of the suite has `samples`, and unless it is FINISHED, the first
    half of them is answered.
    """
    if not Suite.objects.filter(slug=suite).exists():
        make_suite(suite)
    by = submitter or make_user()
    submission = create_submission(
        by,
        endpoint or _endpoint(model),
        Suite.objects.get(slug=suite, current=True),
        now if state in ("PENDING", "PENDING_REVIEW") else now - timedelta(minutes=10),
        owner=resolve_owner(actor=by, handle=owner),
        state="PENDING_REVIEW" if state == "PENDING_REVIEW" else "PENDING",
    )
    if state not in ("PENDING", "PENDING_REVIEW"):
        start(submission_id=submission.pk, now=now - timedelta(minutes=9))
        _end_run(submission.runs.get(), state, samples, now)
        if state == "FINISHED":
            finish(submission_id=submission.pk, now=now - timedelta(minutes=1))
        if state == "FAILED":
            fail(submission_id=submission.pk, code="timeout", message=FAILURE, now=now - timedelta(minutes=1))
        submission.refresh_from_db()
    return submission


def _endpoint(model: Model | None) -> Endpoint:
    known = Endpoint.objects.filter(model=model) if model else Endpoint.objects.all()
    return known.first() or (make_endpoint(f"{model.slug}-api", model=model) if model else make_endpoint())


def _end_run(run: Run, state: str, samples: int, now: datetime) -> None:
    """Bring a run to the state of its submission, with samples, answers, results and a score."""
    run.state = {"RUNNING": "calling"}.get(state, state.lower())
    run.n_samples = run.n_requests = samples
    run.settings = {"limit": samples, "gen_kwargs": {"temperature": 0}}
    run.lm_eval_version, run.task_hash = "0.4.13", "a" * 64
    run.planned_at = now - timedelta(minutes=9)
    if state == "FAILED":
        run.failure_code, run.failure_message = "timeout", FAILURE
    if state != "RUNNING":
        run.called_at = run.finished_at = now - timedelta(minutes=1)
    if state == "FINISHED":
        metrics = {"exact_match,extract": 0.5, "exact_match_stderr,extract": 0.0645, "sample_len": samples}
        run.results, run.outcomes = {"results": {run.task.name: metrics}}, {"answered": samples}
    run.save()
    answered = samples if state == "FINISHED" else samples // 2
    states = [RequestState.ANSWERED] * answered + [RequestState.PENDING] * (samples - answered)
    add_samples(run, states, answered_at=now - timedelta(seconds=20))
    if state == "FINISHED" and not run.endpoint.simulated and run.task.benchmark:
        measured: dict[str, Any] = {"provenance": "measured", "reported_by": "", "source": ""}
        measured |= {"run": run, "submission": run.submission, "n": samples, "stderr": 0.0645}
        make_score(run.endpoint.model, run.task.benchmark, **measured)


def add_samples(
    run: Run, states: Iterable[str], *, answered_at: datetime = NOW - timedelta(seconds=10), parts: int = 1
) -> list[Sample]:
    """Give a run one sample for each state, whose requests are all in that state; what is leased was sent.

    The answers repeat ANSWERS: two right, two wrong. Those of a finished run are scored.
    """
    samples = []
    for number, state in enumerate(states):
        text = ANSWERS[number % len(ANSWERS)]
        sample = Sample.objects.create(
            run=run,
            doc_id=number,
            doc={"question": "2 + 2"},
            prompt=PROMPT,
            target="4",
            answer=text.rstrip(".")[-1:] or "[invalid]",
            metrics={"exact_match,extract": float("4" in text)} if run.state == "finished" else None,
        )
        samples.append(sample)
        for part in range(parts):
            lease = NOW + timedelta(minutes=1) if state == RequestState.LEASED else None
            request = Request.objects.create(
                key=f"{run.pk}.{number}.{part}",
                endpoint=run.endpoint,
                payload=json.dumps({"messages": json.loads(PROMPT)}),
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
                    text=text,
                    finish_reason="stop",
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
