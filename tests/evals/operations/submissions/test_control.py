"""A submission can be paused, resumed, put first, asked afresh; a run can be scored anew at no call."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from evals import queries
from evals.engine.requests import Stopped
from evals.models import Request, Response, Run, RunState, Sample, Score, Submission, SubmissionState, Task
from evals.operations.runs.execution import call_run, plan_run
from evals.operations.runs.scoring import rescore_on_request, rescore_run, score_run
from evals.operations.submissions import control, lifecycle
from evals.operations.submissions.access import UnknownSubmission
from evals.operations.submissions.lifecycle import KeyConflict
from tests.evals.engine.builders import NOW, clock, make_endpoint, make_run
from tests.evals.engine.provider import Provider
from tests.support.record import operator

pytestmark = pytest.mark.django_db(transaction=True)


def of(run: Run) -> dict[str, Any]:
    return {"submission_id": run.submission_id, "by": run.submission.submitter}


def planned(provider: Provider, at_once: int = 8) -> Run:
    run = make_run(make_endpoint(provider.base_url, max_concurrency=at_once))
    assert plan_run(run_id=run.pk, owner="w", now=NOW)
    return run


def finished(run: Run) -> Run:
    call_run(run_id=run.pk, owner="w", seconds=30, clock=clock)
    score_run(run_id=run.pk, owner="w", now=NOW)
    run.refresh_from_db()
    run.submission.refresh_from_db()
    return run


def pause_later(run: Run) -> None:
    time.sleep(0.6)
    control.pause(submission_id=run.submission_id, by=operator(), now=NOW)
    connection.close()


def test_a_paused_submission_stops_within_two_seconds_and_goes_on_where_it_was() -> None:
    with Provider(latency_s=0.2) as provider:
        run = planned(provider, at_once=2)
        pausing = threading.Thread(target=pause_later, args=[run])
        pausing.start()
        started = time.monotonic()
        summary = call_run(run_id=run.pk, owner="w", seconds=30, clock=clock)
        pausing.join()
        assert (summary.stopped, time.monotonic() - started < 2.6) == (Stopped.NOT_WANTED, True)
        assert 0 < provider.calls < 40
        assert queries.runnable(now=clock()) == []
        control.resume(submission_id=run.submission_id, by=operator())
        assert [row.run_id for row in queries.runnable(now=clock())] == [run.pk]
        assert finished(run).state == RunState.FINISHED
        assert provider.calls == 40


def cancel_later(run: Run, provider: Provider, seen: list[int]) -> None:
    time.sleep(0.6)
    lifecycle.cancel(submission_id=run.submission_id, by=operator(), now=NOW)
    time.sleep(2)
    seen.append(provider.calls)
    connection.close()


def test_a_cancelled_submission_sends_nothing_after_two_seconds_and_keeps_what_it_has_paid_for() -> None:
    with Provider(latency_s=3.0) as provider:
        run = planned(provider, at_once=4)
        seen: list[int] = []
        cancelling = threading.Thread(target=cancel_later, args=[run, provider, seen])
        cancelling.start()
        summary = call_run(run_id=run.pk, owner="w", seconds=30, clock=clock)
        cancelling.join()
        run.refresh_from_db()
        assert (summary.stopped, run.state) == (Stopped.NOT_WANTED, RunState.CANCELLED)
        assert provider.calls == seen[0] == 4, "what was in flight was waited for, and nothing more was sent"
        assert Response.objects.count() == 4, "what was paid for is on record"
        assert not Request.objects.filter(state="leased").exists()
        provider.latency_s = 0
        lifecycle.retry(submission_id=run.submission_id, by=operator(), now=NOW)
        assert plan_run(run_id=run.pk, owner="w", now=NOW)
        assert finished(run).state == RunState.FINISHED
        assert provider.calls == 40, "only what was missing was asked"


def test_pausing_twice_keeps_the_first_time_and_resuming_twice_changes_nothing() -> None:
    run = make_run(make_endpoint("http://127.0.0.1:9/v1"))
    for later in (0, 5):
        control.pause(submission_id=run.submission_id, by=operator(), now=NOW + timedelta(minutes=later))
    run.submission.refresh_from_db()
    assert run.submission.paused_at == NOW
    for _ in range(2):
        control.resume(submission_id=run.submission_id, by=operator())
    run.submission.refresh_from_db()
    assert run.submission.paused_at is None


def test_a_key_makes_one_new_submission_of_an_ended_one_and_no_other_thing() -> None:
    run = make_run(make_endpoint("http://127.0.0.1:9/v1"))
    lifecycle.cancel(submission_id=run.submission_id, by=operator(), now=NOW)
    first, again = (control.rerun_afresh(**of(run), now=NOW, idempotency_key="k") for _ in range(2))
    assert first.pk == again.pk
    assert Submission.objects.count() == 2
    Submission.objects.filter(pk=run.submission_id).update(idempotency_key="taken")
    with pytest.raises(KeyConflict, match="was used before"):
        control.rerun_afresh(**of(run), now=NOW, idempotency_key="taken")


def test_a_score_that_was_asked_for_anew_is_made_by_a_worker_at_no_call() -> None:
    with Provider() as provider:
        run = finished(planned(provider))
        with pytest.raises(control.NothingToScore, match="is waiting in the queue"):
            control.request_rescore(
                submission_id=make_run(run.endpoint).submission_id, by=operator(), now=NOW
            )
        Sample.objects.update(metrics=None)
        assert control.request_rescore(submission_id=run.submission_id, by=operator(), now=NOW) == 1
        assert queries.rescorable(now=NOW) == [run.pk]
        assert rescore_on_request(run_id=run.pk, owner="w", now=NOW)
        assert provider.calls == 40
    assert queries.rescorable(now=NOW) == []
    assert not Sample.objects.filter(run=run, metrics=None).exists()


def test_a_score_that_cannot_be_made_anew_stands_as_it_was_and_says_why() -> None:
    with Provider() as provider:
        run = finished(planned(provider))
    Task.objects.update(filter="no-such-filter")
    control.request_rescore(submission_id=run.submission_id, by=operator(), now=NOW)
    assert not rescore_on_request(run_id=run.pk, owner="w", now=NOW)
    results, run.results = run.results, None
    run.refresh_from_db()
    assert (run.state, run.results, run.failure_code) == (RunState.FINISHED, results, "not_rescorable")
    assert "no-such-filter" in run.failure_message
    assert queries.rescorable(now=NOW) == []


def test_an_operator_s_priority_goes_before_everybody_s_turn() -> None:
    endpoint = make_endpoint("http://127.0.0.1:9/v1")
    first, second = make_run(endpoint), make_run(endpoint)
    assert [row.run_id for row in queries.runnable(now=NOW)] == [first.pk, second.pk]
    control.prioritise(submission_id=second.submission_id, by=operator(), priority=5)
    assert [row.run_id for row in queries.runnable(now=NOW)] == [second.pk, first.pk]


def test_asking_afresh_asks_everything_and_leaves_the_earlier_answers() -> None:
    with Provider() as provider:
        run = finished(planned(provider))
        again = control.rerun_afresh(**of(run), now=NOW).runs.get()
        assert plan_run(run_id=again.pk, owner="w", now=NOW)
        finished(again)
        assert provider.calls == Response.objects.count() == 80
    assert again.results is not None
    assert run.results is not None
    assert again.results["results"] == run.results["results"]


def test_an_open_submission_is_not_asked_afresh_and_an_ended_one_is_not_paused() -> None:
    with Provider() as provider:
        run = planned(provider)
        with pytest.raises(control.NotEnded, match="is running"):
            control.rerun_afresh(**of(run), now=NOW)
        finished(run)
        with pytest.raises(control.NotOpen, match="is finished"):
            control.pause(submission_id=run.submission_id, by=operator(), now=NOW)
    with pytest.raises(UnknownSubmission):
        control.resume(submission_id=10**6, by=operator())


def test_a_run_is_scored_anew_at_no_call() -> None:
    with Provider() as provider:
        run = finished(planned(provider))
        Sample.objects.update(metrics=None, answer="")
        Score.objects.all().delete()
        before = run.results
        out = StringIO()
        call_command("rescore", str(run.pk), stdout=out)
        run.refresh_from_db()
        assert provider.calls == 40
    assert (run.state, run.results, run.submission.state) == (
        RunState.FINISHED,
        before,
        SubmissionState.FINISHED,
    )
    assert not Sample.objects.filter(metrics=None).exists()
    assert Score.objects.count() == 2


def test_a_run_that_is_not_finished_is_neither_scored_anew_nor_exported_nor_lost() -> None:
    run = make_run(make_endpoint("http://127.0.0.1:9/v1"))
    assert not rescore_run(run_id=run.pk, owner="w", now=NOW)
    for command in ("rescore", "export_run"):
        with pytest.raises(CommandError, match="finished"):
            call_command(command, str(run.pk))
    with pytest.raises(CommandError, match="no run 999999"):
        call_command("reproduce", "999999")
