"""A submission is made whole, once, and moves only where the table of transitions allows."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings

from evals.models import Run, RunState, Submission, SubmissionState
from evals.models.submissions import TRANSITIONS
from evals.operations.endpoints.registration import UnknownModel
from evals.operations.refusals import Refused
from evals.operations.submissions import lifecycle
from evals.operations.submissions.access import UnknownSubmission
from evals.operations.submissions.lifecycle import (
    BadKey,
    KeyConflict,
    TransitionRefused,
    cancel,
    fail,
    finish,
    retry,
    start,
    submit,
)
from evals.operations.submissions.targets import (
    AmbiguousModel,
    DisabledEndpoint,
    UnknownEndpoint,
    UnknownSuite,
    UnsupportedTask,
)
from tests.support.record import (
    NOW,
    make_endpoint,
    make_model,
    make_submission,
    make_suite,
    make_task,
    make_user,
    operator,
)

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(minutes=5)
NEXT = {
    SubmissionState.PENDING: lambda pk: retry(submission_id=pk, by=operator(), now=LATER),
    SubmissionState.RUNNING: lambda pk: start(submission_id=pk, now=LATER),
    SubmissionState.FINISHED: lambda pk: finish(submission_id=pk, now=LATER),
    SubmissionState.FAILED: lambda pk: fail(submission_id=pk, code="refused", message="No.", now=LATER),
    SubmissionState.CANCELLED: lambda pk: cancel(submission_id=pk, by=operator(), now=LATER),
}


def ask(**changes: Any) -> Submission:
    given: dict[str, Any] = {
        "submitter": make_user(),
        "endpoint": "deepseek-api",
        "suite": "mini",
        "now": NOW,
    }
    return submit(**given | changes)


@pytest.fixture
def house() -> None:
    make_endpoint()
    make_suite("mini", make_task(), make_task("dates"))


@pytest.mark.usefixtures("house")
def test_a_submission_comes_with_one_queued_run_for_each_task_in_order() -> None:
    submission = ask()
    assert (submission.state, submission.created_at) == (SubmissionState.PENDING, NOW)
    runs = list(submission.runs.values_list("task__name", "state", "endpoint__slug"))
    assert runs == [("mini_sums", "queued", "deepseek-api"), ("dates", "queued", "deepseek-api")]


@pytest.mark.usefixtures("house")
def test_a_model_with_one_enabled_endpoint_can_be_submitted_by_its_own_slug() -> None:
    make_endpoint("old", enabled=False)
    assert ask(endpoint="", model="deepseek-v3").endpoint.slug == "deepseek-api"


@pytest.mark.usefixtures("house")
def test_a_suite_can_be_named_with_an_earlier_version() -> None:
    make_suite("mini2", version="2.0")
    make_suite("mini2", version="1.0", current=False)
    assert ask(suite="mini2").suite.version == "2.0"
    assert ask(suite="mini2@1.0").suite.version == "1.0"


@pytest.mark.usefixtures("house")
@pytest.mark.parametrize(
    ("changes", "refusal", "sentence", "allowed"),
    [
        (
            {"endpoint": "deepsek-api"},
            UnknownEndpoint,
            "no endpoint 'deepsek-api'. Nearest on record",
            ["deepseek-api"],
        ),
        ({"endpoint": "old"}, DisabledEndpoint, "'old' is disabled: it is not called", ["deepseek-api"]),
        (
            {"endpoint": "", "model": "gpt"},
            UnknownModel,
            "There is no model 'gpt'.",
            ["deepseek-v3", "idle", "two"],
        ),
        (
            {"endpoint": "", "model": "idle"},
            UnknownModel,
            "'idle' has no enabled endpoint",
            ["deepseek-v3", "two"],
        ),
        (
            {"endpoint": "", "model": "two"},
            AmbiguousModel,
            "has 2 endpoints: two-a, two-b",
            ["two-a", "two-b"],
        ),
        ({"suite": "minni"}, UnknownSuite, "no suite 'minni'. Nearest on record: mini.", ["mini"]),
        ({"suite": "mini@9"}, UnknownSuite, "Versions on record: mini@1.0.", ["mini@1.0"]),
        ({"model": "deepseek-v3"}, Refused, "names an endpoint or a model; it named both", []),
        ({"endpoint": ""}, Refused, "it named neither", []),
        ({"idempotency_key": "k" * 121}, BadKey, "at most 120 printable characters", []),
        ({"idempotency_key": "a\nb"}, BadKey, "at most 120 printable characters", []),
    ],
)
def test_what_cannot_be_evaluated_is_refused_with_what_can(
    changes: dict[str, Any], refusal: type[Refused], sentence: str, allowed: list[str]
) -> None:
    make_endpoint("old", enabled=False)
    make_model("idle")
    for slug in ("two-a", "two-b"):
        make_endpoint(slug, model=make_model("two"))
    make_suite("unlike-any-other")
    with pytest.raises(refusal) as refused:
        ask(**changes)
    assert sentence in refused.value.message
    assert refused.value.allowed == allowed
    assert not Submission.objects.exists()
    assert not Run.objects.exists()


@pytest.mark.usefixtures("house")
def test_a_suite_that_the_protocol_cannot_answer_is_refused_by_task_and_request_type() -> None:
    make_suite("choice", make_task(), make_task("picking", request_types=["loglikelihood"]))
    with pytest.raises(UnsupportedTask) as refused:
        ask(suite="choice")
    assert refused.value.message.startswith(
        "Task 'picking' needs loglikelihood requests, and endpoint 'deepseek-api' speaks openai-chat, "
        "which answers generate_until. It could be answered through "
    )
    assert not Submission.objects.exists()


@pytest.mark.usefixtures("house")
@pytest.mark.parametrize(
    ("needs", "known", "message"),
    [
        ("loglikelihood", {}, "Whether this endpoint can is found out by: manage.py probe base."),
        (
            "loglikelihood",
            {"logprobs": False},
            "was found to tell none, or wrong ones; once it is mended: manage.py probe base.",
        ),
        (
            "loglikelihood_rolling",
            {"logprobs": True},
            "needs the capability prefix, the token that a text begins",
        ),
    ],
)
def test_a_refusal_says_what_would_let_this_endpoint_answer(
    needs: str, known: dict[str, Any], message: str
) -> None:
    make_endpoint("base", protocol="openai-completions", capabilities=known)
    make_suite("choice", make_task("picking", request_types=[needs]))
    with pytest.raises(UnsupportedTask) as refused:
        ask(suite="choice", endpoint="base")
    assert message in refused.value.message
    assert "openai-completions" in refused.value.allowed


@pytest.mark.usefixtures("house")
def test_the_same_key_and_body_give_the_same_submission_even_when_the_endpoint_has_gone() -> None:
    first = ask(idempotency_key="k1")
    first.endpoint.enabled = False
    first.endpoint.save()
    assert ask(idempotency_key="k1", now=LATER).pk == first.pk
    assert ask(idempotency_key="k1", suite="mini@1.0").pk == first.pk
    assert ask(idempotency_key="k1", endpoint="", model="deepseek-v3").pk == first.pk
    assert (Submission.objects.count(), Run.objects.count()) == (1, 2)


@pytest.mark.usefixtures("house")
def test_the_same_key_with_another_body_is_a_conflict() -> None:
    make_suite("other")
    ask(idempotency_key="k1")
    with pytest.raises(
        KeyConflict, match=r"for endpoint 'deepseek-api' .* on suite 'mini@1.0'. Use a new key"
    ):
        ask(idempotency_key="k1", suite="other")
    assert Submission.objects.count() == 1


@pytest.mark.usefixtures("house")
def test_a_key_belongs_to_its_submitter_and_none_is_needed() -> None:
    first = ask(idempotency_key="k1")
    assert ask(idempotency_key="k1", submitter=make_user("bob")) != first
    assert ask() == first, "the same is open already"


@pytest.mark.usefixtures("house")
def test_of_two_at_the_same_time_with_one_key_the_quicker_one_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    earlier = lifecycle._earlier
    calls = []

    def blind_at_first(*args: Any) -> Submission | None:
        calls.append(args)
        return None if len(calls) == 1 else earlier(*args)

    first = ask(idempotency_key="k1")
    monkeypatch.setattr(lifecycle, "_earlier", blind_at_first)
    assert ask(idempotency_key="k1").pk == first.pk
    assert Run.objects.count() == 2


def in_state(state: SubmissionState) -> Submission:
    submission = make_submission()
    code = "refused" if state == SubmissionState.FAILED else ""
    Submission.objects.filter(pk=submission.pk).update(state=state, failure_code=code)
    return submission


@pytest.mark.parametrize("state", SubmissionState)
@pytest.mark.parametrize("target", NEXT)
def test_only_the_steps_of_the_table_are_taken(state: SubmissionState, target: SubmissionState) -> None:
    submission = in_state(state)
    stays = {
        (SubmissionState.CANCELLED, SubmissionState.CANCELLED),
        (SubmissionState.RUNNING, SubmissionState.RUNNING),
    }
    review = (state, target) == (SubmissionState.PENDING_REVIEW, SubmissionState.PENDING)
    if (target in TRANSITIONS[state] and not review) or (state, target) in stays:
        NEXT[target](submission.pk)
        expected = target
    else:
        sentence = rf"is {state.label}( and cannot become {target.label}(:|\. It may become:) .*)?\.$"
        with pytest.raises(TransitionRefused, match=sentence):
            NEXT[target](submission.pk)
        expected = state
    submission.refresh_from_db()
    assert submission.state == expected


def test_starting_is_noted_once() -> None:
    submission = make_submission()
    assert start(submission_id=submission.pk, now=NOW)
    assert not start(submission_id=submission.pk, now=LATER)
    submission.refresh_from_db()
    assert submission.started_at == NOW


@pytest.mark.usefixtures("house")
def test_cancelling_ends_the_open_runs_drops_their_leases_and_keeps_what_was_finished() -> None:
    submission = ask()
    done, open_run = submission.runs.all()
    Run.objects.filter(pk=done.pk).update(state=RunState.FINISHED, results={})
    Run.objects.filter(pk=open_run.pk).update(state=RunState.CALLING, lease_owner="w1", lease_until=LATER)
    assert cancel(submission_id=submission.pk, by=operator(), now=NOW).finished_at == NOW
    assert cancel(submission_id=submission.pk, by=operator(), now=LATER).finished_at == NOW, (
        "a second time changes nothing"
    )
    done.refresh_from_db()
    open_run.refresh_from_db()
    assert (done.state, open_run.state) == (RunState.FINISHED, RunState.CANCELLED)
    assert (open_run.lease_owner, open_run.lease_until, open_run.finished_at) == ("", None, NOW)


@pytest.mark.usefixtures("house")
def test_a_retry_queues_what_was_not_finished_as_a_new_attempt() -> None:
    submission = ask()
    done, failed = submission.runs.all()
    Run.objects.filter(pk=done.pk).update(state=RunState.FINISHED, results={})
    start(submission_id=submission.pk, now=NOW)
    Run.objects.filter(pk=failed.pk).update(state=RunState.FAILED, failure_code="refused", step_attempts=3)
    fail(submission_id=submission.pk, code="refused", message="No credit.", now=NOW)
    again = retry(submission_id=submission.pk, by=operator(), now=LATER)
    assert (again.state, again.attempt, again.failure_code) == (SubmissionState.PENDING, 2, "")
    assert list(again.runs.values_list("state", "failure_code", "step_attempts")) == [
        ("finished", "", 0),
        ("queued", "", 0),
    ]


def test_a_submission_that_does_not_exist_is_named() -> None:
    with pytest.raises(UnknownSubmission, match="There is no submission 404"):
        cancel(submission_id=404, by=operator(), now=NOW)


def test_the_table_of_transitions_in_the_documents_is_the_one_that_is_kept() -> None:
    text = (settings.BASE_DIR / "docs" / "submitting.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([A-Z_]+)` \|[^|]*\|([^|]*)\|$", text, re.MULTILINE)
    documented = {state: set(re.findall(r"`([A-Z_]+)`", following)) for state, following in rows}
    assert documented == {state.value: set(following) for state, following in TRANSITIONS.items()}
