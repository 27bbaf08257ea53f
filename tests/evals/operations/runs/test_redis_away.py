"""When Redis goes away in the middle, nothing is lost, no limit is passed, and the run says why it waits."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from evals import queries
from evals.engine import shared_limits
from evals.engine.requests import Stopped
from evals.models import Attempt, Response, Run, RunState, Submission
from evals.queries import SubmissionActivity
from tests.evals.engine.builders import clock
from tests.evals.engine.provider import Provider
from tests.evals.operations.running import called, planned
from tests.support.valkey import Valkey

pytestmark = pytest.mark.django_db(transaction=True)
LEASE_S = 0.8


@pytest.fixture
def valkey(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Valkey]:
    monkeypatch.setattr(shared_limits, "LEASE_S", LEASE_S)
    server = Valkey(tmp_path)
    server.start()
    settings.REDIS_URL = server.url
    yield server
    server.stop()


def what_goes_on(run: Run) -> SubmissionActivity:
    """Ask as the page does."""
    submission_id = run.submission_id
    progress = queries.progress(submission_ids=[submission_id], now=clock())
    submission = Submission.objects.select_related("endpoint").get(pk=submission_id)
    statuses = queries.submission_statuses(
        submissions=[submission], progress=progress, places={}, now=clock()
    )
    return statuses[submission_id].activity


def test_a_run_waits_for_redis_with_a_stated_reason_and_then_goes_on(valkey: Valkey) -> None:
    with Provider(latency_s=0.15) as provider:
        run = planned(provider, max_concurrency=2)
        kill = threading.Timer(0.8, valkey.lose)
        kill.start()
        assert called(run).stopped is Stopped.NO_LIMITS
        kill.join()
        before = provider.calls
        assert 0 < before < 40
        assert Response.objects.count() == before, "what was in flight is waited for, and kept"
        assert not Attempt.objects.exclude(outcome="answered").exists()
        for _ in range(2):
            assert called(run).stopped is Stopped.NO_LIMITS
            assert (run.state, provider.calls) == (RunState.CALLING, before)
            assert what_goes_on(run) is SubmissionActivity.NO_REDIS
        valkey.start()
        assert called(run).stopped is Stopped.DONE
        assert (provider.calls, run.state, what_goes_on(run)) == (
            40,
            RunState.SCORING,
            SubmissionActivity.SCORING,
        )
        assert provider.most <= 2


def test_a_minute_that_redis_forgot_is_waited_out(valkey: Valkey) -> None:
    with Provider() as provider:
        run = planned(provider, max_concurrency=4, requests_per_minute=12)
        assert called(run, seconds=1.5).stopped is Stopped.TIME_UP
        assert provider.calls == 12
        valkey.lose()
        valkey.start()
        assert called(run, seconds=1.5).stopped is Stopped.TIME_UP
        assert provider.calls == 12, "nobody knows any more what the last minute held, so nothing is called"
