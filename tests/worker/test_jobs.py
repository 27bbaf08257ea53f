"""The whole life of a submission: from the suite's file over the simulated provider to a finished run."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import OperationalError
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerError
from pytest_django.fixtures import Settings

from evals import queries
from evals.models import Attempt, Developer, Model, Response, Run, Sample, Score, Submission
from evals.operations.catalogue.suites import sync_suites
from evals.operations.endpoints.registration import register_endpoint
from evals.operations.submissions.control import request_rescore
from evals.operations.submissions.lifecycle import submit
from leaderboard.models import LagEstimate
from tests.leaderboard.pages.builders import make_models
from tests.support.provider import SimulatedProvider
from worker import jobs
from worker.celery import drain, stopping

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ITEMS = 300


@pytest.fixture
def wake_ups() -> None:
    """Send the wake-ups, other than in all other tests."""


@pytest.fixture(autouse=True)
def broker(shared_limits: str, settings: Settings) -> None:
    """Send the wake-ups to the tests' own Redis, which also holds the limits."""
    settings.CELERY_BROKER_URL = shared_limits.replace("unix://", "redis+socket://", 1)


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


@pytest.fixture
def woken(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Collect the names of the jobs that are sent."""
    names: list[str] = []
    monkeypatch.setattr(jobs, "wake", lambda job: names.append(job.name))
    return names


@pytest.mark.django_db(transaction=True)
def test_the_jobs_do_a_submission_and_wake_one_another(provider: SimulatedProvider, woken: list[str]):
    submission = submitted(provider, simulated=False)
    assert jobs.dispatch() == 5
    assert woken == ["worker.work"] * 5
    woken.clear()
    assert jobs.work() >= 10
    assert woken == ["worker.publish"] * 5 + ["worker.dispatch"]
    woken.clear()
    submission.refresh_from_db()
    assert submission.state == "FINISHED"
    assert (jobs.dispatch(), jobs.work()) == (0, 0)
    assert woken == []
    assert request_rescore(submission_id=submission.pk, by=submission.submitter, now=timezone.now()) == 5
    assert jobs.dispatch() == jobs.work() == 5
    assert woken == ["worker.work"] * 5 + ["worker.publish"] * 5 + ["worker.dispatch"]


@pytest.mark.django_db
def test_a_worker_that_is_told_to_end_takes_no_work(provider: SimulatedProvider, woken: list[str]):
    submitted(provider, simulated=False)
    drain()
    try:
        assert (jobs.work(), jobs.answer()) == (0, 0)
    finally:
        stopping.clear()
    assert woken == []


def test_a_broker_that_is_away_is_no_error(monkeypatch, caplog):
    def refuse(**_: object) -> None:
        raise BrokerError

    monkeypatch.setattr(jobs.publish, "apply_async", refuse)
    jobs.wake(jobs.publish)
    assert "worker.publish was not sent (OperationalError); beat sends it again." in caplog.text


@pytest.mark.django_db
def test_the_lag_is_published_once_for_each_change_of_the_record(woken: list[str]):
    make_models(4)
    published = jobs.publish()
    assert published == LagEstimate.objects.count() > 0
    assert woken == ["worker.draw"]
    assert jobs.publish() == 0
    assert woken == ["worker.draw"]


@pytest.mark.django_db
def test_the_night_publishes_again_and_puts_forecasts_on_record(woken: list[str], monkeypatch):
    calls: list[str] = []

    def record(name: str, *, now: datetime) -> list[str]:
        calls.append(name)
        return ["an estimate"]

    for name in ("publish_estimates", "score_forecasts", "make_forecasts"):
        monkeypatch.setattr(jobs, name, partial(record, name))
    assert jobs.nightly() == 1
    assert calls == ["publish_estimates", "score_forecasts", "make_forecasts"]
    assert woken == ["worker.draw"]


def test_drawing_goes_on_in_another_job_while_charts_are_left(woken: list[str], monkeypatch):
    left = iter([3, 0])
    monkeypatch.setattr(jobs, "draw_charts", lambda *, seconds: next(left))
    assert (jobs.draw(), jobs.draw()) == (3, 0)
    assert woken == ["worker.draw"]


@pytest.mark.django_db
def test_comparisons_are_computed_until_none_waits(monkeypatch):
    waiting = iter([True, True, False])
    monkeypatch.setattr(jobs, "compute_next", lambda *, clock: next(waiting))
    assert jobs.answer() == 2


@pytest.mark.django_db
def test_imports_are_fetched_only_where_the_operator_wants_it(caplog):
    with caplog.at_level("INFO", logger="worker.jobs"):
        sentences = jobs.sync_imports()
    assert sentences == ["Nothing is fetched: SYNC_IMPORTS is off. Set it to propose or apply."]
    assert sentences[0] in caplog.text


@pytest.mark.django_db
def test_the_export_is_written_at_the_time_of_the_job(monkeypatch):
    monkeypatch.setattr(jobs, "write_export", lambda *, now: f"export of {now:%Y}")
    assert jobs.nightly_export() == f"export of {timezone.now():%Y}"


@pytest.mark.django_db
def test_a_database_that_is_away_fails_no_run(caplog):
    def refuse() -> bool:
        raise OperationalError

    assert not jobs.guarded(7, refuse)
    assert "run 7: the database did not answer" in caplog.text


def test_a_host_that_cannot_work_holds_its_worker_back_and_says_why(monkeypatch, caplog):
    problems = iter(["The disk is full.", "The disk is full.", ""])
    monkeypatch.setattr(jobs, "host_problem", lambda: next(problems))
    monkeypatch.setattr(jobs, "HOST_POLL_S", 0.01)
    assert jobs.host_is_fit()
    assert caplog.text.count("This host takes no work: The disk is full.") == 1


@pytest.mark.django_db
def test_a_host_that_stays_broken_takes_no_work_and_fails_no_run(provider, woken, monkeypatch):
    submission = submitted(provider, simulated=False)
    monkeypatch.setattr(jobs, "host_problem", lambda: "The disk is full.")
    monkeypatch.setattr(jobs, "WORK_SECONDS", 0.0)
    monkeypatch.setattr(jobs, "HOST_POLL_S", 0.01)
    assert (jobs.dispatch(), jobs.work(), woken) == (0, 0, [])
    submission.refresh_from_db()
    assert submission.state == "PENDING"
    assert not jobs.guarded(7, lambda: (_ for _ in ()).throw(OSError(28, "No space left on device")))
