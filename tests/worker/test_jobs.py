"""The whole life of a submission: from the suite's file over the simulated provider to a finished run."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model

from evals import queries
from evals.models import Attempt, Developer, Model, Response, Run, Sample, Score, Submission
from evals.operations.catalogue.suites import sync_suites
from evals.operations.endpoints.registration import register_endpoint
from evals.operations.submissions.lifecycle import submit
from tests.support.provider import SimulatedProvider
from worker import jobs
from worker.celery import app

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ITEMS = 300


@pytest.fixture
def wake_ups() -> None:
    """Send the wake-ups, other than in all other tests."""


@pytest.fixture(autouse=True)
def broker(shared_limits: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Send the wake-ups to the tests' own Redis, which also holds the limits."""
    monkeypatch.setattr(app.conf, "broker_url", shared_limits.replace("unix://", "redis+socket://", 1))


def submitted(provider: SimulatedProvider, *, simulated: bool) -> Submission:
    """Submit a model of the simulated provider to the suite that the project ships."""
    sync_suites(folder=settings.BASE_DIR / "evals" / "suites")
    developer = Developer.objects.create(slug="dev", name="Dev", country="US")
    Model.objects.create(slug="m", name="M", developer=developer, openness="open", source="a test")
    register_endpoint(
        slug="e", model="m", provider="simulated", protocol="openai-chat", base_url=provider.base_url,
        api_model="sim-large", internal_allowed=True, simulated=simulated, max_concurrency=32,
    )  # fmt: skip
    user = get_user_model().objects.create(username="lab")
    return submit(submitter=user, suite="lagline-mini", endpoint="e", now=NOW)


def work_until_idle() -> int:
    steps = 0
    while jobs.take_step("a worker"):
        steps += 1
        assert steps < 100, "the work does not end"
    return steps


@pytest.mark.usefixtures("shared_limits")
@pytest.mark.django_db(transaction=True)
def test_a_submission_is_planned_called_and_scored_until_nothing_is_left(provider: SimulatedProvider):
    submission = submitted(provider, simulated=False)
    assert jobs.take_step("a worker")
    progress = queries.progress(submission_ids=[submission.pk], now=NOW)[submission.pk]
    assert (progress.counted.samples_total, progress.counted.samples_done) == (ITEMS, 0)
    assert work_until_idle() >= 10
    submission.refresh_from_db()
    assert submission.state == "FINISHED"
    assert provider.stats()["calls"] == Response.objects.count() == Sample.objects.count() == ITEMS
    assert provider.stats()["repeated_calls"] == 0
    assert not Attempt.objects.filter(ended_at=None).exists()
    scores = {score.benchmark.slug: score for score in Score.objects.all()}
    assert len(scores) == 6
    tasks = [score for slug, score in scores.items() if slug != "lagline-mini"]
    assert scores["lagline-mini"].value == pytest.approx(sum(score.value for score in tasks) / 5)
    assert scores["lagline-mini"].n == ITEMS
    assert all(score.run is not None and score.stderr for score in tasks)
    right = Sample.objects.filter(**{"metrics__exact_match,extract": 1.0}).count()
    assert scores["lagline-mini"].value == pytest.approx(right / ITEMS)


@pytest.mark.usefixtures("shared_limits")
@pytest.mark.django_db(transaction=True)
def test_a_simulated_endpoint_finishes_and_leaves_no_score(provider: SimulatedProvider):
    submission = submitted(provider, simulated=True)
    work_until_idle()
    submission.refresh_from_db()
    assert submission.state == "FINISHED"
    assert Run.objects.filter(results__isnull=False).count() == 5
    assert not Score.objects.exists()


@pytest.mark.usefixtures("shared_limits")
@pytest.mark.django_db(transaction=True)
def test_a_second_submission_of_the_same_questions_asks_nobody(provider: SimulatedProvider):
    submitted(provider, simulated=False)
    work_until_idle()
    user = get_user_model().objects.get(username="lab")
    again = submit(submitter=user, suite="lagline-mini", endpoint="e", now=NOW)
    work_until_idle()
    again.refresh_from_db()
    assert again.state == "FINISHED"
    assert provider.stats()["calls"] == ITEMS


@pytest.mark.usefixtures("shared_limits")
@pytest.mark.django_db(transaction=True)
def test_an_error_that_nobody_foresaw_fails_its_run_and_no_other(provider, monkeypatch, caplog):
    submission = submitted(provider, simulated=False)
    broken = queries.runnable(now=NOW)[0].run_id
    plan = jobs.execution.plan_run

    def surprising(*, run_id, owner, now):
        if run_id == broken:
            raise RuntimeError("a secret detail")
        return plan(run_id=run_id, owner=owner, now=now)

    monkeypatch.setattr(jobs.execution, "plan_run", surprising)
    work_until_idle()
    run, submission = Run.objects.get(pk=broken), Submission.objects.get(pk=submission.pk)
    assert (run.state, run.failure_code) == ("failed", "internal_error")
    assert "secret detail" not in run.failure_message
    assert "a secret detail" in caplog.text
    assert submission.state == "FAILED"
