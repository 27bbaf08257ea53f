"""Calling: what is retried, what ends a run, what is shared, and what a kill leaves behind."""

from __future__ import annotations

import asyncio
import logging
import shutil
import ssl
import subprocess
import threading
import time
from collections import Counter
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from django.db import connection
from pytest_django.fixtures import Settings

from evals import queries
from evals.engine import backoff
from evals.engine.outcomes import POLICIES, Kind, Policy
from evals.engine.requests import CallSummary, Stopped
from evals.models import Attempt, Request, RequestState, Response, Run, RunState, SubmissionState
from evals.operations.runs import call_run, plan_run, recover, score_run
from evals.operations.store import DatabaseStore
from tests.evals.engine.house import NOW, clock, make_endpoint, make_run
from tests.evals.engine.provider import Behaviour, Provider, reply

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backoff, "FIRST_CEILING_S", 0.01)


def planned(provider: Provider, **fields: Any) -> Run:
    run = make_run(make_endpoint(provider.base_url, **fields))
    assert plan_run(run_id=run.pk, owner="w1", now=NOW)
    return run


def called(run: Run, owner: str = "w1", seconds: float = 30) -> CallSummary:
    summary = call_run(run_id=run.pk, owner=owner, seconds=seconds, clock=clock)
    run.refresh_from_db()
    return summary


def first_times(count: int, misbehave: Behaviour) -> Behaviour:
    """Misbehave the first `count` times that every fourth body is asked."""
    asked: Counter[str] = Counter()

    async def behaviour(request: web.Request, body: dict[str, Any]) -> web.StreamResponse | None:
        asked[str(body)] += 1
        fourth = len(asked) % 4 == 0 or asked[str(body)] > 1
        return await misbehave(request, body) if fourth and asked[str(body)] <= count else None

    return behaviour


def says(status: int, text: str, **headers: str) -> Behaviour:
    named = {name.replace("_", "-"): value for name, value in headers.items()}

    async def behaviour(request: web.Request, body: dict[str, Any]) -> web.StreamResponse | None:
        return web.Response(status=status, text=text, headers=named)

    return behaviour


async def cuts_the_line(request: web.Request, body: dict[str, Any]) -> web.StreamResponse | None:
    assert request.transport is not None
    request.transport.abort()
    return None


async def stops_halfway(request: web.Request, body: dict[str, Any]) -> web.StreamResponse | None:
    response = web.StreamResponse(headers={"Content-Length": "5000"})
    await response.prepare(request)
    await response.write(b'{"choices": [')
    assert request.transport is not None
    request.transport.close()
    return response


async def falls_asleep(request: web.Request, body: dict[str, Any]) -> web.StreamResponse | None:
    await asyncio.sleep(5)
    return None


async def drips_for_ever(request: web.Request, body: dict[str, Any]) -> web.StreamResponse | None:
    response = web.StreamResponse()
    await response.prepare(request)
    while True:
        await response.write(b" ")
        await asyncio.sleep(0.05)


async def floods(request: web.Request, body: dict[str, Any]) -> web.StreamResponse | None:
    response = web.StreamResponse()
    await response.prepare(request)
    for _ in range(50):
        await response.write(b" " * 2**20)
    return response


RETRIED: dict[str, tuple[Behaviour, Kind]] = {
    "408": (says(408, "slow"), Kind.TIMEOUT),
    "409": (says(409, "conflict"), Kind.CONFLICT),
    "425": (says(425, "early"), Kind.CONFLICT),
    "429": (says(429, "limit", Retry_After="0.05"), Kind.RATE_LIMITED),
    "500": (says(500, "oops"), Kind.SERVER_ERROR),
    "503": (says(503, "busy"), Kind.OVERLOADED),
    "html": (says(200, "<html>hello</html>"), Kind.MALFORMED),
    "truncated": (says(200, '{"choices": [{"mes'), Kind.MALFORMED),
    "no choices": (says(200, '{"choices": []}'), Kind.MALFORMED),
    "error body": (says(200, '{"error": {"message": "hm"}}'), Kind.ERROR_BODY),
    "cut line": (cuts_the_line, Kind.CONNECTION),
    "half a body": (stops_halfway, Kind.CONNECTION),
    "asleep": (falls_asleep, Kind.TIMEOUT),
    "endless stream": (drips_for_ever, Kind.TIMEOUT),
    "50 MB": (floods, Kind.TOO_LARGE),
}


@pytest.mark.parametrize("name", RETRIED)
def test_a_passing_fault_is_tried_again_and_never_becomes_an_answer(name: str) -> None:
    misbehave, kind = RETRIED[name]
    with Provider(behaviour=first_times(1, misbehave)) as provider:
        run = planned(provider, timeout_s=1 if kind is Kind.TIMEOUT else 20, max_concurrency=20)
        summary = called(run)
    assert (run.state, summary.stopped) == (RunState.SCORING, Stopped.DONE), run.failure_message
    assert set(Response.objects.values_list("outcome", flat=True)) == {"answered"}
    assert Counter(Attempt.objects.values_list("outcome", flat=True)) == {"answered": 40, kind.value: 10}
    assert not Attempt.objects.filter(ended_at=None).exists()


FATAL: dict[str, tuple[Behaviour, Kind]] = {
    "400": (says(400, '{"error": {"message": "too many tokens asked"}}'), Kind.BAD_REQUEST),
    "401": (says(401, '{"error": {"message": "who are you"}}'), Kind.CREDENTIAL_REFUSED),
    "403": (says(403, '{"error": "not for you"}'), Kind.CREDENTIAL_REFUSED),
    "404": (says(404, '{"detail": "no such model"}'), Kind.NOT_FOUND),
    "422": (says(422, '{"detail": [{"loc": ["stop"]}]}'), Kind.BAD_REQUEST),
    "redirect": (says(302, "", Location="http://169.254.169.254/"), Kind.REDIRECTED),
}


@pytest.mark.parametrize("name", FATAL)
def test_a_refusal_ends_the_run_with_the_words_of_the_provider(name: str) -> None:
    misbehave, kind = FATAL[name]
    with Provider(behaviour=misbehave) as provider:
        run = planned(provider, max_concurrency=4)
        summary = called(run)
        assert provider.calls <= 8, "a run that was refused does not go on asking"
    assert (run.state, run.failure_code) == (RunState.FAILED, kind.value)
    words = {"400": "too many tokens", "401": "who are you", "403": "not for you", "404": "no such model"}
    assert words.get(name, "") in run.failure_message
    assert summary.failure is not None
    assert not Response.objects.exists()
    run.submission.refresh_from_db()
    assert (run.submission.state, run.submission.failure_code) == (SubmissionState.FAILED, kind.value)
    assert not Request.objects.filter(state=RequestState.LEASED).exists()


def test_what_never_comes_through_is_given_up_and_not_scored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(POLICIES, Kind.SERVER_ERROR, Policy(2, outage=True))

    async def fails_one(request: web.Request, body: dict[str, Any]) -> web.StreamResponse | None:
        if "sum 3," in body["messages"][-1]["content"]:
            return web.Response(status=500, text="for ever")
        return None

    with Provider(behaviour=fails_one) as provider:
        run = planned(provider, max_concurrency=2)
        called(run)
    assert (run.state, run.failure_code, run.results) == (RunState.FAILED, "server_error", None)
    assert run.failure_message == "for ever"
    assert max(Attempt.objects.values_list("number", flat=True)) == 3
    assert not score_run(run_id=run.pk, owner="w1", now=NOW)


def test_a_provider_that_is_down_rests_is_tried_with_one_call_and_comes_back() -> None:
    down = True

    async def behaviour(request: web.Request, body: dict[str, Any]) -> web.StreamResponse | None:
        return web.Response(status=502, text="nobody home") if down else None

    def later(seconds: float) -> CallSummary:
        ahead = timedelta(seconds=seconds)
        summary = call_run(run_id=run.pk, owner="w", seconds=9, clock=lambda: clock() + ahead)
        run.refresh_from_db()
        run.endpoint.refresh_from_db()
        return summary

    with Provider(behaviour=behaviour) as provider:
        run = planned(provider, max_concurrency=4)
        assert later(0).stopped is Stopped.DOWN
        calls = provider.calls
        assert 10 <= calls <= 14, "not many more than it takes to be sure"
        assert (run.state, run.endpoint.rests) == (RunState.CALLING, 1)
        assert queries.runnable(now=clock()) == []
        assert (later(1).stopped, provider.calls) == (Stopped.DOWN, calls), "nobody calls while it rests"
        assert (later(6).stopped, provider.calls) == (Stopped.PROBED, calls + 1)
        assert run.endpoint.rests == 2
        down = False
        assert len(queries.runnable(now=clock() + timedelta(seconds=20))) == 1
        assert later(20).stopped is Stopped.DONE
    assert (run.state, run.endpoint.rests, run.endpoint.resting_until) == (RunState.SCORING, 0, None)


def hours_ahead(hours: int) -> datetime:
    return clock() + timedelta(hours=hours)


def test_a_probe_never_uses_a_request_up() -> None:
    with Provider(behaviour=says(500, "down")) as provider:
        run = planned(provider, max_concurrency=1)
        for hour in range(30):
            call_run(run_id=run.pk, owner="w", seconds=9, clock=partial(hours_ahead, hour))
        run.refresh_from_db()
    assert run.state == RunState.CALLING
    assert max(Request.objects.values_list("failures", flat=True)) <= 10


def test_a_provider_that_asks_for_a_long_wait_gets_it_and_the_worker_goes_on() -> None:
    with Provider(behaviour=says(429, "tomorrow", Retry_After="1800")) as provider:
        run = planned(provider, max_concurrency=2)
        started = time.monotonic()
        assert called(run).stopped is Stopped.ASKED_TO_WAIT
        assert time.monotonic() - started < 5
        assert provider.calls <= 3
    run.endpoint.refresh_from_db()
    assert run.endpoint.resting_until is not None
    assert timedelta(minutes=29) < run.endpoint.resting_until - clock() < timedelta(minutes=31)
    assert run.endpoint.rests == 0


def test_without_shared_limits_nothing_is_called(settings: Settings) -> None:
    settings.REDIS_URL = "unix:///nowhere/at/all"
    with Provider() as provider:
        run = planned(provider)
        summary = called(run)
        assert (summary.stopped, provider.calls) == (Stopped.NO_LIMITS, 0)
    assert run.state == RunState.CALLING
    assert not Attempt.objects.exists()


def test_empty_null_refused_and_cut_answers_are_answers_and_are_counted() -> None:
    texts = iter(["", None, "blocked", "cut"])

    async def behaviour(request: web.Request, body: dict[str, Any]) -> web.StreamResponse | None:
        said = next(texts, "plain")
        found = reply(request.path, body, text="7")
        choice = found["choices"][0]
        choice["message"]["content"] = said if said in ("", None) else "7"
        choice["finish_reason"] = {"blocked": "content_filter", "cut": "length"}.get(str(said), "stop")
        return web.json_response(found)

    with Provider(behaviour=behaviour) as provider:
        run = planned(provider)
        called(run)
        assert score_run(run_id=run.pk, owner="w1", now=NOW)
        assert provider.calls == 40
    run.refresh_from_db()
    assert run.outcomes == {"answered": 36, "empty": 1, "null": 1, "refusal": 1, "length": 1}


def test_a_provider_that_ignores_stop_is_cut_by_us_and_the_run_says_so() -> None:
    async def rambles(request: web.Request, body: dict[str, Any]) -> web.StreamResponse | None:
        found = reply(request.path, body)
        message = found["choices"][0]["message"]
        message["content"] += "\n\nQuestion: What is 1 + 1? 2"
        return web.json_response(found)

    scores = []
    for behaviour in (None, rambles):
        with Provider(behaviour=behaviour) as provider:
            run = planned(provider)
            called(run)
            assert score_run(run_id=run.pk, owner="w1", now=NOW)
        run.refresh_from_db()
        assert run.results is not None
        scores.append((run.results["results"], run.results["readings"]))
    assert scores[0][0] == scores[1][0]
    assert scores[0][1]["stop_cut"] == 0
    assert scores[1][1]["stop_cut"] == 40


def test_two_workers_share_a_run_and_nothing_is_asked_twice() -> None:
    with Provider(latency_s=0.02) as provider:
        run = planned(provider, max_concurrency=3)
        sent = []

        def work(owner: str) -> None:
            sent.append(call_run(run_id=run.pk, owner=owner, seconds=30, clock=clock).sent)
            connection.close()

        workers = [threading.Thread(target=work, args=(name,)) for name in ("a", "b")]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        assert provider.calls == sum(sent) == 40
        assert min(sent) > 0
    run.refresh_from_db()
    assert run.state == RunState.SCORING


def test_two_runs_that_ask_the_same_at_the_same_time_ask_once() -> None:
    with Provider(latency_s=0.02) as provider:
        endpoint = make_endpoint(provider.base_url, max_concurrency=3)
        runs = [make_run(endpoint), make_run(endpoint)]
        for run in runs:
            assert plan_run(run_id=run.pk, owner="w", now=NOW)

        def work(run: Run) -> None:
            while True:
                call_run(run_id=run.pk, owner=f"w{run.pk}", seconds=30, clock=clock)
                run.refresh_from_db()
                if run.state != RunState.CALLING:
                    break
                time.sleep(0.05)
            connection.close()

        workers = [threading.Thread(target=work, args=(run,)) for run in runs]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        assert provider.calls == 40
    assert {run.state for run in runs} == {RunState.SCORING}


def test_calls_at_once_stay_within_the_endpoint_s_limit() -> None:
    with Provider(latency_s=0.02) as provider:
        called(planned(provider, max_concurrency=5))
        assert 2 <= provider.most <= 5


def cancel_run(run: Run) -> None:
    Run.objects.filter(pk=run.pk).update(state=RunState.CANCELLED)
    connection.close()


def test_a_cancelled_run_sends_nothing_more_and_keeps_what_was_paid() -> None:
    with Provider(latency_s=0.2) as provider:
        run = planned(provider, max_concurrency=2)
        cancel = threading.Timer(0.7, cancel_run, [run])
        started = time.monotonic()
        cancel.start()
        summary = called(run)
        took_s = time.monotonic() - started
        assert took_s < 0.7 + 2
        assert summary.stopped is Stopped.NOT_WANTED
        assert 0 < provider.calls < 40
        assert Response.objects.count() == provider.calls == summary.answered
    assert set(Request.objects.values_list("state", flat=True)) == {"answered", "pending"}
    assert Attempt.objects.count() == provider.calls, "an attempt that was never sent is not on record"


def test_a_worker_stops_when_its_time_is_up_and_another_goes_on() -> None:
    with Provider(latency_s=0.1) as provider:
        run = planned(provider, max_concurrency=2)
        first = called(run, seconds=0.5)
        assert (first.stopped, run.state) == (Stopped.TIME_UP, RunState.CALLING)
        assert first.unanswered == 40 - first.answered > 0
        second = called(run, owner="w2")
        assert (second.stopped, run.state) == (Stopped.DONE, RunState.SCORING)
        assert provider.calls == 40


def test_a_dead_worker_s_leases_are_taken_back_and_what_it_sent_is_shown() -> None:
    with Provider() as provider:
        run = planned(provider)
        turn = DatabaseStore(run_id=run.pk, owner="dead").exchange(sent=[], ended=[], want=6, now=NOW)
        assert len(turn.claims) == 6
        assert recover(now=NOW) == 0, "a living lease is left alone"
        assert recover(now=NOW + timedelta(minutes=1)) == 6
        assert Attempt.objects.filter(outcome="lost").count() == 6
        called(run)
        assert provider.calls == 40
    assert run.state == RunState.SCORING
    assert Attempt.objects.count() == 46


def test_a_429_pauses_everybody_and_uses_nothing_up() -> None:
    moments: list[float] = []

    async def limits_once(request: web.Request, body: dict[str, Any]) -> web.StreamResponse | None:
        moments.append(time.monotonic())
        if len(moments) == 1:
            return web.Response(status=429, text="slow down", headers={"Retry-After": "0.6"})
        return None

    with Provider(latency_s=0.01, behaviour=limits_once) as provider:
        run = planned(provider, max_concurrency=2)
        called(run)
    gaps = [later - moments[0] for later in moments]
    assert not [gap for gap in gaps if 0.15 < gap < 0.55], "nobody calls while the provider wants none"
    assert run.state == RunState.SCORING
    assert not Request.objects.exclude(failures=0).exists()


def test_a_secret_is_sent_and_is_nowhere_else(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    secret = "a-very-secret-value-0815"
    settings.CREDENTIALS = {"LOCAL": secret}
    caplog.set_level(logging.DEBUG)

    async def parrots(request: web.Request, body: dict[str, Any]) -> web.StreamResponse | None:
        said = request.headers["Authorization"]
        if body["messages"][-1]["content"].count("sum 3,"):
            return web.json_response({"error": {"message": f"bad key {said}"}}, status=401)
        return web.json_response(reply(request.path, body, text=f"{said} 7"))

    with Provider(behaviour=parrots) as provider:
        run = planned(provider, credential="LOCAL", max_concurrency=1)
        called(run)
        assert provider.headers[0]["Authorization"] == f"Bearer {secret}"
    assert (run.state, run.failure_code) == (RunState.FAILED, "credential_refused")
    assert secret not in run.failure_message
    assert secret not in caplog.text
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            assert secret not in str(cursor.fetchall()), table


def test_an_endpoint_whose_credential_has_no_secret_is_not_called(settings: Settings) -> None:
    settings.CREDENTIALS = {}
    with Provider() as provider:
        run = planned(provider, credential="LOCAL")
        called(run)
        assert provider.calls == 0
    assert (run.state, run.failure_code) == (RunState.FAILED, "credential_missing")
    assert "CREDENTIAL_LOCAL" in run.failure_message


def test_an_address_inside_that_nobody_vouched_for_is_not_called() -> None:
    with Provider() as provider:
        run = planned(provider, internal_allowed=False)
        called(run)
        assert provider.calls == 0
    assert (run.state, run.failure_code) == (RunState.FAILED, "address_refused")


def test_a_certificate_that_nobody_vouches_for_is_not_called_again(tmp_path: Path) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("openssl, which makes the certificate, is not installed")
    made = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "1",
        "-subj",
        "/CN=localhost",
    ]
    files = ["-keyout", str(tmp_path / "key"), "-out", str(tmp_path / "certificate")]
    subprocess.run([*made, *files], check=True, capture_output=True)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(tmp_path / "certificate", tmp_path / "key")
    with Provider(tls=tls) as provider:
        run = planned(provider, max_concurrency=1)
        called(run)
        assert provider.calls == 0
    assert (run.state, run.failure_code) == (RunState.FAILED, "certificate_refused")


def test_text_that_a_database_cannot_keep_is_scored_as_it_came() -> None:
    async def strange(request: web.Request, body: dict[str, Any]) -> web.StreamResponse | None:
        return web.json_response(reply(request.path, body, text="7\x00\ud800 seven"))

    with Provider(behaviour=strange) as provider:
        run = planned(provider)
        called(run)
        assert score_run(run_id=run.pk, owner="w1", now=NOW)
    assert Response.objects.values_list("text", flat=True)[0] == "7\ufffd? seven"
