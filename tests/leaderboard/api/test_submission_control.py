"""What may be done with a submission through the API: by whom, in which state, and twice."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from pytest_django import DjangoCaptureOnCommitCallbacks
from rest_framework.test import APIClient

from evals.models import Endpoint, Limit, Request, Run, Submission, SubmissionState
from leaderboard import server_sent_events
from leaderboard.api.views import submissions as views
from tests.support.record import NOW, add_samples, make_endpoint, make_submission

PRICE: dict[str, Any] = {"input_usd_per_mtok": 1, "output_usd_per_mtok": 2}
STEPS = ("cancel", "pause", "resume", "retry", "rerun", "rescore")


@pytest.fixture(autouse=True)
def submission(db: None) -> Submission:
    return make_submission()


def address(submission: Submission, step: str = "") -> str:
    return f"/api/v1/submissions/{submission.public_id}" + (f"/{step}" if step else "")


def post(client: APIClient, submission: Submission, step: str, **headers: str) -> Any:
    return client.post(address(submission, step), format="json", headers=headers)


def ended(submission: Submission, state: str = "FAILED", *, run: str = "failed") -> Submission:
    fields = {"failure_code": "credential_refused", "failure_message": "HTTP 401: bad key"}
    Submission.objects.filter(pk=submission.pk).update(state=state, finished_at=NOW, **fields)
    Run.objects.filter(submission=submission).update(state=run, results={}, **fields)
    return submission


@pytest.mark.parametrize("step", STEPS)
def test_only_its_submitter_and_operators_may_touch_a_submission(
    api: APIClient, ann: APIClient, bearer: Callable[..., APIClient], submission: Submission, step: str
) -> None:
    assert post(api, submission, step).status_code == 401
    refused = post(bearer("bob"), submission, step)
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "permission_denied")
    assert post(bearer("op", role="operator"), submission, step).status_code in (200, 201, 202, 409)
    nobody = "00000000-0000-4000-8000-000000000000"
    assert ann.post(f"/api/v1/submissions/{nobody}/{step}").status_code == 404


def test_pause_and_resume_may_be_asked_for_twice_and_say_where_it_stands(
    ann: APIClient, submission: Submission
) -> None:
    for _ in range(2):
        paused = post(ann, submission, "pause")
        assert paused.status_code == 200
        assert paused.json()["data"]["situation"]["what"] == "paused"
    assert paused.json()["data"]["situation"]["sentence"].startswith("Paused since ")
    for _ in range(2):
        resumed = post(ann, submission, "resume")
        assert (resumed.status_code, resumed.json()["data"]["situation"]["what"]) == (200, "queued")


@pytest.mark.parametrize(
    ("step", "state", "code"),
    [
        ("pause", "FAILED", "submission_has_ended"),
        ("resume", "FAILED", "submission_has_ended"),
        ("cancel", "FINISHED", "transition_refused"),
        ("retry", "FINISHED", "transition_refused"),
        ("rescore", "FAILED", "nothing_to_score"),
        ("rerun", "RUNNING", "submission_is_open"),
    ],
)
def test_a_step_that_the_state_does_not_allow_is_a_conflict_that_names_the_state(
    ann: APIClient, submission: Submission, step: str, state: str, code: str
) -> None:
    ended(submission, state)
    refused = post(ann, submission, step)
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, code)
    assert str(SubmissionState(state).label) in refused.json()["error"]["message"]


def test_a_failure_says_its_code_the_provider_s_words_and_what_to_do_next(
    ann: APIClient, submission: Submission
) -> None:
    row = ann.get(address(ended(submission))).json()["data"]
    assert row["failure"] == {
        "code": "credential_refused",
        "title": "The provider refused the credential.",
        "message": "HTTP 401: bad key",
        "next_step": "The endpoint's owner must renew its key; then retry.",
    }
    run = ann.get(f"/api/v1/runs/{submission.runs.get().pk}").json()["data"]
    assert run["failure"] == row["failure"]
    (listed,) = ann.get("/api/v1/submissions").json()["data"]
    assert listed["failure"] == row["failure"]


def test_a_rerun_is_a_new_submission_and_the_same_key_gives_it_again(
    ann: APIClient, submission: Submission
) -> None:
    ended(submission, "CANCELLED", run="cancelled")
    first, again = (post(ann, submission, "rerun", idempotency_key="r1") for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["data"]["id"] == again.json()["data"]["id"] != str(submission.public_id)
    assert first["Location"].endswith(first.json()["data"]["id"])


def test_a_rescore_is_taken_for_later_and_seen_on_the_runs(
    ann: APIClient, api: APIClient, submission: Submission, sent: list[str]
) -> None:
    ended(submission, "FINISHED", run="finished")
    assert post(ann, submission, "rescore").status_code == 202
    assert api.get(f"/api/v1/runs/{submission.runs.get().pk}").json()["data"]["rescore_asked_at"]


def test_a_budget_is_changed_by_its_submitter_and_a_priority_by_operators_alone(
    ann: APIClient, bearer: Callable[..., APIClient], submission: Submission
) -> None:
    def patch(client: APIClient, **body: Any) -> Any:
        return client.patch(address(submission), body, format="json")

    Endpoint.objects.update(**PRICE)
    changed = patch(ann, budget_usd="2.50")
    assert changed.status_code == 200
    assert changed.json()["data"]["budgets"][0]["limit_usd"] == "2.50000000"
    assert patch(ann, budget_usd=None).json()["data"]["budgets"][0]["limit_usd"] is None
    assert patch(ann, budget_usd="-1").json()["error"]["code"] == "bad_budget"
    assert patch(ann, priority=5).status_code == 403
    assert patch(ann, speed=5).json()["error"]["message"] == (
        "There is no such field. Allowed: budget_usd, budget_calls, embargo_until, priority."
    )
    assert patch(ann).status_code == 400
    raised = patch(bearer("op", role="operator"), priority=5)
    assert (raised.status_code, raised.json()["data"]["priority"]) == (200, 5)


def test_a_new_budget_wakes_the_worker(
    ann: APIClient,
    submission: Submission,
    sent: list[str],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    Endpoint.objects.update(**PRICE)
    with django_capture_on_commit_callbacks(execute=True):
        ann.patch(address(submission), {"budget_usd": "2.50"}, format="json")
    assert sent == ["worker.dispatch"]


def test_money_is_told_to_those_who_pay_and_names_what_is_reserved(
    ann: APIClient, bearer: Callable[..., APIClient], submission: Submission
) -> None:
    run = submission.runs.get()
    add_samples(run, ["leased", "answered"])
    Request.objects.filter(state="leased").update(reserved_usd="0.25")
    run.endpoint.credential = "DEEPSEEK"
    run.endpoint.save()
    Limit.objects.create(kind="credential", name="DEEPSEEK", budget_usd=10, spent_usd=9)
    Submission.objects.update(budget_usd=1, spent_usd="0.5")
    lost = Request.objects.get(state="answered")
    lost.sendings.create(number=1, sent_at=NOW, outcome="lost", paid_by=run, possibly_billed_usd="0.125")
    own, shared = ann.get(address(submission)).json()["data"]["budgets"]
    assert (own["kind"], own["left_usd"], own["reserved_usd"]) == ("submission", "0.12500000", "0.25000000")
    assert own["possibly_billed_usd"] == "0.12500000"
    assert (shared["kind"], shared["left_usd"]) == ("credential", "0.62500000")
    assert "DEEPSEEK" not in str(own | shared)
    assert bearer("bob").get(address(submission)).json()["data"]["budgets"] is None


def test_a_budget_can_be_given_with_the_submission(ann: APIClient) -> None:
    body = {"endpoint": make_endpoint("priced", **PRICE).slug, "suite": "mini", "budget_usd": "3"}
    response = ann.post("/api/v1/submissions", body, format="json")
    assert response.json()["data"]["budgets"][0]["limit_usd"] == "3.00000000"


def test_an_estimate_is_given_before_anything_is_submitted(api: APIClient, submission: Submission) -> None:
    run = submission.runs.get()
    add_samples(run, ["answered", "pending", "pending"])
    Run.objects.update(n_requests=3, planned_at=NOW)
    parameters = {"endpoint": "deepseek-api", "suite": "mini"}
    row = api.get("/api/v1/estimate", parameters).json()["data"]
    assert (row["calls"], row["usd"], row["unknown"]) == (2, None, ["price"])
    assert row["output_tokens"] == pytest.approx({"low": 3.6, "likely": 4.0, "high": 4.4})
    make_endpoint("priced", input_usd_per_mtok=1, output_usd_per_mtok=2)
    priced = api.get("/api/v1/estimate", parameters | {"endpoint": "priced"}).json()["data"]
    assert priced["usd"]["likely"] == pytest.approx(3 * (10 * 1 + 2 * 2) / 1e6)
    assert priced["learned_from"] == ["other_models"]
    unclear = api.get("/api/v1/estimate", {"suite": "mini"})
    assert (unclear.status_code, unclear.json()["error"]["field"]) == (400, "endpoint")


def test_a_submission_is_followed_until_it_has_ended(
    api: APIClient, submission: Submission, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_sent_events, "POLL_S", 0.01)
    ended(submission)
    stream = api.get(address(submission, "events"), headers={"accept": "text/event-stream"})
    assert stream["Content-Type"] == "text/event-stream; charset=utf-8"
    sent = b"".join(stream).decode()
    stream.close()
    state = json.loads(sent.split("event: state\ndata: ")[1].split("\n")[0])
    assert state["id"] == str(submission.public_id)
    assert state["progress"]["samples_total"] is None
    assert state["budgets"] is None
    assert sent.endswith("event: end\ndata: \n\n")


def test_a_run_is_followed_until_it_has_ended_and_says_why_it_is_held(
    api: APIClient, ann: APIClient, submission: Submission, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_sent_events, "POLL_S", 0.01)
    at_run = f"/api/v1/runs/{submission.runs.get().pk}"
    Submission.objects.update(paused_at=NOW, held_reason="The canaries fail.")
    for row in (ann.get(at_run).json()["data"], ann.get(address(submission)).json()["data"]):
        assert (row["situation"]["what"], row["situation"]["reason"]) == ("held", "The canaries fail.")
    ended(submission)
    assert api.get("/api/v1/runs/999999/events").status_code == 404
    stream = api.get(f"{at_run}/events", headers={"accept": "text/event-stream"})
    sent = b"".join(stream).decode()
    stream.close()
    state = json.loads(sent.split("event: state\ndata: ")[1].split("\n")[0])
    assert (state["state"], state["progress"]["samples_done"]) == ("failed", 0)
    assert sent.endswith("event: end\ndata: \n\n")


def test_where_too_many_follow_the_refusal_says_to_ask_instead(
    api: APIClient, submission: Submission, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise server_sent_events.ConnectionLimitReached

    monkeypatch.setattr(views, "stream_events", full)
    refused = api.get(address(submission, "events"), headers={"accept": "text/event-stream"})
    assert (refused.status_code, refused["Retry-After"]) == (503, "5")
    assert refused.json()["error"]["code"] == "too_many_followers"
