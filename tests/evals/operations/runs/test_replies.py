"""Whatever a provider sends: what is tried again, what is an answer, what ends the run, by the client."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from pytest_django.fixtures import Settings as DjangoSettings

from evals.engine.outcomes import POLICIES, Kind, Outcome, Policy
from evals.engine.requests import Stopped
from evals.models import Attempt, Request, RequestState, Response, Run, RunState, Score, SubmissionState
from evals.operations.runs.execution import call_run, plan_run
from evals.operations.runs.scoring import score_run
from tests.evals.engine.builders import NOW, clock, make_endpoint, make_run
from tests.support.fault_plan import Fault
from tests.support.fault_plan import Kind as Sends
from tests.support.fixtures import StartProvider
from tests.support.limits import Limits
from tests.support.provider import SimulatedProvider
from tests.support.service import Settings

pytestmark = pytest.mark.django_db(transaction=True)
ITEMS = 4
KEY = "key-of-the-simulated-provider"
ONE: dict[str, Any] = {"contains": "(sum 2,"}  # one of the items
ONCE: dict[str, Any] = ONE | {"attempts": (1,)}


def planned(provider: SimulatedProvider, items: int = ITEMS, fresh: str = "", **fields: Any) -> Run:
    values: dict[str, Any] = {"api_model": "sim-large", "timeout_s": 20} | fields
    endpoint = make_endpoint(provider.base_url, **values)
    run = make_run(endpoint, limit=items, fresh=fresh)
    assert plan_run(run_id=run.pk, owner="w", now=NOW)
    return run


def called(run: Run) -> Stopped:
    summary = call_run(run_id=run.pk, owner="w", seconds=30, clock=clock)
    run.refresh_from_db()
    return summary.stopped


def status(number: int, **options: Any) -> Fault:
    return Fault(Sends.STATUS, status=number, **ONCE | options)


TRIED_AGAIN: dict[str, tuple[Fault, Kind]] = {
    "408": (status(408), Kind.TIMEOUT),
    "409": (status(409), Kind.CONFLICT),
    "425": (status(425), Kind.CONFLICT),
    "429": (status(429, retry_after_seconds=0.05), Kind.RATE_LIMITED),
    "429 until a date": (status(429, retry_after_seconds=1, retry_after_as_date=True), Kind.RATE_LIMITED),
    "500": (status(500), Kind.SERVER_ERROR),
    "502": (status(502), Kind.SERVER_ERROR),
    "503": (status(503), Kind.OVERLOADED),
    "504": (status(504), Kind.TIMEOUT),
    "529": (status(529), Kind.OVERLOADED),
    "closed without a word": (Fault(Sends.DROP, **ONCE), Kind.CONNECTION),
    "closed in the middle": (Fault(Sends.CUT, **ONCE), Kind.CONNECTION),
    "asleep": (Fault(Sends.LATENCY, seconds=4, **ONCE), Kind.TIMEOUT),
    "an endless stream": (Fault(Sends.ENDLESS, seconds=0.05, **ONCE), Kind.TIMEOUT),
    "50 MB": (Fault(Sends.HUGE, **ONCE), Kind.TOO_LARGE),
    "HTML": (Fault(Sends.HTML, **ONCE), Kind.MALFORMED),
    "truncated JSON": (Fault(Sends.TRUNCATED_JSON, **ONCE), Kind.MALFORMED),
    "invalid UTF-8": (Fault(Sends.INVALID_UTF8, **ONCE), Kind.MALFORMED),
    "no choices": (Fault(Sends.NO_CHOICES, **ONCE), Kind.NO_ANSWER),
    "200 with an error": (Fault(Sends.ERROR_BODY, **ONCE), Kind.SERVER_ERROR),
}


@pytest.mark.parametrize("name", TRIED_AGAIN)
def test_a_passing_fault_is_tried_again_and_never_becomes_an_answer(
    name: str, provider: SimulatedProvider
) -> None:
    fault, kind = TRIED_AGAIN[name]
    provider.follow(fault)
    run = planned(provider, timeout_s=2 if name in ("asleep", "an endless stream") else 20)
    assert (called(run), run.state) == (Stopped.DONE, RunState.SCORING), run.failure_message
    assert Counter(Attempt.objects.values_list("outcome", flat=True)) == {"answered": ITEMS, kind.value: 1}
    assert set(Response.objects.values_list("outcome", flat=True)) == {"answered"}
    assert Response.objects.count() == provider.stats()["distinct_payloads"] == ITEMS
    assert not Attempt.objects.filter(ended_at=None).exists()


ENDS_THE_RUN: dict[str, tuple[Fault, Kind]] = {
    "400": (status(400), Kind.BAD_REQUEST),
    "401": (status(401), Kind.CREDENTIAL_REFUSED),
    "402": (status(402), Kind.OUT_OF_CREDIT),
    "403": (status(403), Kind.FORBIDDEN),
    "404": (status(404), Kind.NOT_FOUND),
    "422": (status(422), Kind.BAD_REQUEST),
    "a redirect to an internal address": (Fault(Sends.REDIRECT, **ONCE), Kind.REDIRECTED),
}


@pytest.mark.parametrize("name", ENDS_THE_RUN)
def test_a_refusal_ends_the_run_with_the_provider_s_words_and_without_the_key(
    name: str, start_provider: StartProvider, settings: DjangoSettings
) -> None:
    fault, kind = ENDS_THE_RUN[name]
    settings.CREDENTIALS = {"SIMULATED": KEY}
    provider = start_provider(Settings(api_key=KEY))
    words = {} if fault.kind is Sends.REDIRECT else {"message": "Not like this.", "echo_key": True}
    provider.follow(Fault(**{**vars_of(fault), "contains": None, "attempts": None, **words}))
    run = planned(provider, items=40, max_concurrency=4, credential="SIMULATED")
    assert called(run) is Stopped.GIVEN_UP
    allowed = 8 if POLICIES[kind].item is None else POLICIES[kind].evidence + 2 * run.endpoint.max_concurrency
    assert provider.stats()["calls"] <= allowed, "a run that was refused does not go on asking"
    assert (run.state, run.failure_code) == (RunState.FAILED, kind.value)
    message = "redirects to http://169.254.169.254" if fault.kind is Sends.REDIRECT else "Not like this."
    assert message in run.failure_message
    assert KEY not in run.failure_message + "".join(Attempt.objects.values_list("detail", flat=True))
    run.submission.refresh_from_db()
    assert (run.submission.state, run.submission.failure_code) == (SubmissionState.FAILED, kind.value)
    assert not Response.objects.exclude(request__state=RequestState.REFUSED).exists()
    assert not Request.objects.filter(state=RequestState.LEASED).exists()


def vars_of(fault: Fault) -> dict[str, Any]:
    return {name: getattr(fault, name) for name in fault.__dataclass_fields__}


IS_AN_ANSWER: dict[str, tuple[Fault, str, dict[str, Any]]] = {
    "empty content": (Fault(Sends.EMPTY_CONTENT, **ONE), "empty", {"text": ""}),
    "null content": (Fault(Sends.NULL_CONTENT, **ONE), "null", {"text": ""}),
    "a refusal": (Fault(Sends.REFUSAL, **ONE), "refusal", {}),
    "cut for its length": (Fault(Sends.LENGTH, **ONE), "length", {"finish_reason": "length"}),
    "reasoning apart": (Fault(Sends.THINK, form="field", **ONE), "answered", {}),
    "wrong usage": (
        Fault(Sends.WRONG_USAGE, **ONE),
        "answered",
        {"input_tokens": None, "output_tokens": None},
    ),
    "another model": (Fault(Sends.OTHER_MODEL, **ONE), "answered", {"served_model": "another-model"}),
}


@pytest.mark.parametrize("name", IS_AN_ANSWER)
def test_what_a_model_says_is_an_answer_however_odd_and_is_counted(
    name: str, provider: SimulatedProvider
) -> None:
    fault, outcome, fields = IS_AN_ANSWER[name]
    provider.follow(fault)
    run = planned(provider)
    assert called(run) is Stopped.DONE
    assert score_run(run_id=run.pk, owner="w", now=NOW)
    run.refresh_from_db()
    assert provider.stats()["calls"] == ITEMS
    assert run.outcomes == dict(Counter(["answered"] * (ITEMS - 1) + [outcome]))
    odd = Response.objects.get(request__payload__contains=ONE["contains"])
    assert {field: getattr(odd, field) for field in fields} == fields
    if name == "reasoning apart":
        assert odd.reasoning
    if name == "wrong usage":
        assert run.usage["uncounted"] == 1


@pytest.mark.parametrize(("kind", "cut"), [(Sends.IGNORED_STOP, "stop_cut"), (Sends.THINK, "think_removed")])
def test_what_a_provider_left_in_a_text_is_cut_when_it_is_scored_and_the_run_says_so(
    kind: Sends, cut: str, provider: SimulatedProvider
) -> None:
    scores = []
    for faults in ((), (Fault(kind, **ONE),)):
        provider.follow(*faults)
        run = planned(provider, fresh=str(faults))
        called(run)
        assert score_run(run_id=run.pk, owner="w", now=NOW)
        run.refresh_from_db()
        assert run.results is not None
        scores.append((run.results["results"], run.results["readings"][cut]))
    assert scores[0][0] == scores[1][0]
    assert [count for _, count in scores] == [0, 1]


def test_an_item_that_never_comes_through_counts_as_wrong_where_others_are_answered(
    provider: SimulatedProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(POLICIES, Kind.SERVER_ERROR, Policy(2, outage=True, item=Outcome.FAILED))
    provider.follow(Fault(Sends.STATUS, status=500, message="for ever", **ONE))
    run = planned(provider, max_concurrency=1)
    assert called(run) is Stopped.DONE
    assert max(Attempt.objects.values_list("number", flat=True)) == 3
    assert score_run(run_id=run.pk, owner="w", now=NOW)
    run.refresh_from_db()
    assert run.outcomes == {"answered": ITEMS - 1, "failed": 1}
    assert run.results is not None
    assert run.results["unanswered"] == 1


def test_a_run_of_which_nothing_comes_through_is_not_scored(
    provider: SimulatedProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(POLICIES, Kind.SERVER_ERROR, Policy(2, item=Outcome.FAILED))
    provider.follow(Fault(Sends.STATUS, status=500, message="for ever"))
    run = planned(provider, max_concurrency=1)
    called(run)
    assert (run.state, run.failure_code, run.results) == (RunState.FAILED, "server_error", None)
    assert run.failure_message.endswith("for ever")
    assert not score_run(run_id=run.pk, owner="w", now=NOW)
    assert not Score.objects.exists()


def test_a_provider_that_often_refuses_and_fails_is_got_through_at_no_paid_call_too_many(
    provider: SimulatedProvider,
) -> None:
    provider.follow(
        Fault(Sends.STATUS, status=429, retry_after_seconds=0.05, probability=0.2),
        Fault(Sends.STATUS, status=500, probability=0.1),
    )
    run = planned(provider, items=40)
    assert called(run) is Stopped.DONE
    stats = provider.stats()
    assert (stats["answers"], stats["repeated_answers"]) == (40, 0)
    assert stats["repeated_calls"] > 0
    assert Counter(Attempt.objects.values_list("outcome", flat=True))["answered"] == 40


def test_a_rate_that_nobody_told_is_found_and_all_is_answered(start_provider: StartProvider) -> None:
    provider = start_provider(Settings(limits=Limits(requests=10, window_seconds=1.0)))
    run = planned(provider, items=40)
    assert called(run) is Stopped.DONE
    assert provider.stats()["answers"] == 40


def test_another_model_is_never_given_the_answers_of_the_first(provider: SimulatedProvider) -> None:
    for api_model in ("sim-large", "sim-small"):
        assert called(planned(provider, api_model=api_model)) is Stopped.DONE
    assert provider.stats()["by_model"] == {"sim-large": ITEMS, "sim-small": ITEMS}
