"""A submitter asks for an evaluation, follows it and calls it off; whoever may not is told why."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings
from rest_framework.test import APIClient

from evals.models import Run, Submission, SubmissionState
from evals.operations import wakeup
from leaderboard.accounts.tokens import issue_token, revoke_token
from tests.support.record import (
    NOW,
    add_samples,
    make_endpoint,
    make_model,
    make_submission,
    make_suite,
    make_task,
    make_user,
)

ADDRESS = "/api/v1/submissions"
BODY = {"model": "deepseek-v3", "suite": "mini"}
SOON_S = 5.0  # without timeouts of its own, a client waits for minutes


@pytest.fixture(autouse=True)
def house(db: None) -> None:
    make_endpoint()
    make_suite("mini", make_task(), make_task("dates"))


def post(client: APIClient, body: Any = None, address: str = ADDRESS, **headers: str) -> Any:
    return client.post(address, BODY if body is None else body, format="json", headers=headers)


def test_a_submission_is_created_told_where_it_is_and_the_worker_is_woken(
    ann: APIClient, sent: list[str], django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        response = post(ann)
        assert sent == [], "before the commit a worker would find nothing"
    assert sent == ["worker.dispatch"]
    assert response.status_code == 201
    row = response.json()["data"]
    assert (row["state"], row["model"], row["endpoint"]) == ("PENDING", "deepseek-v3", "deepseek-api")
    assert (row["suite"], row["suite_version"], row["submitter"]) == ("mini", "1.0", "ann")
    assert (row["queue_position"], row["progress"]["samples_total"]) == (1, None)
    assert [run["task"] for run in row["progress"]["runs"]] == ["mini_sums", "dates"]
    assert ann.get(response["Location"]).json()["data"] == row
    assert set(response.json()["meta"]) >= {"as_of", "data_version"}


def test_the_same_key_gives_the_same_submission_and_with_another_body_a_conflict(ann: APIClient) -> None:
    first = post(ann, idempotency_key="k1")
    again = post(ann, idempotency_key="k1")
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["data"]["id"] == first.json()["data"]["id"]
    make_suite("other")
    other = post(ann, BODY | {"suite": "other"}, idempotency_key="k1")
    assert other.status_code == 409
    assert other.json()["error"]["code"] == "idempotency_key_conflict"
    assert Submission.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "code", "field", "sentence"),
    [
        ({"model": "gpt-9", "suite": "mini"}, "unknown_model", "model", "There is no model 'gpt-9'."),
        (
            {"endpoint": "deepsek-api", "suite": "mini"},
            "unknown_endpoint",
            "endpoint",
            "record: deepseek-api.",
        ),
        ({"model": "deepseek-v3", "suite": "minni"}, "unknown_suite", "suite", "There is no suite 'minni'."),
        (
            {"model": "deepseek-v3", "suite": "choice"},
            "unsupported_task",
            "suite",
            "needs loglikelihood requests",
        ),
        ({"suite": "mini"}, "refused", "endpoint", "names an endpoint or a model; it named neither"),
        ({"model": "deepseek-v3"}, "invalid", "suite", "This field is required."),
        (
            {**BODY, "modell": "x"},
            "invalid",
            "modell",
            (
                "There is no such field. Allowed: model, endpoint, suite, owner, budget_usd, budget_calls, "
                "embargo_until."
            ),
        ),
        (["model"], "invalid", None, "Invalid data. Expected a dictionary"),
        ({"model": None, "suite": 7.5}, "invalid", "model", "This field may not be null."),
        ({"model": "a\x00b", "suite": "mini"}, "invalid", "model", "Null characters are not allowed."),
    ],
)
def test_what_cannot_be_evaluated_is_refused_with_a_sentence_and_nothing_is_written(
    ann: APIClient, sent: list[str], body: Any, code: str, field: str | None, sentence: str
) -> None:
    make_suite("choice", make_task("picking", request_types=["loglikelihood"]))
    response = post(ann, body)
    assert response.status_code == 400
    error = response.json()["error"]
    assert (error["code"], error.get("field")) == (code, field)
    assert sentence in error["message"]
    assert not Submission.objects.exists()
    assert not Run.objects.exists()
    assert sent == []


def test_broken_json_and_another_media_type_are_refused(ann: APIClient) -> None:
    broken = ann.post(ADDRESS, "{", content_type="application/json")
    assert (broken.status_code, broken.json()["error"]["code"]) == (400, "parse_error")
    form = ann.post(ADDRESS, "model=x", content_type="application/x-www-form-urlencoded")
    assert (form.status_code, form.json()["error"]["allowed"]) == (415, ["application/json"])


def test_without_a_token_nothing_is_written(api: APIClient) -> None:
    response = post(api)
    assert (response.status_code, response.json()["error"]["code"]) == (401, "not_authenticated")
    assert response["WWW-Authenticate"] == 'Bearer realm="lagline"'
    assert not Submission.objects.exists()


@pytest.mark.parametrize("header", ["Bearer lagline_nothing", "Bearer", "Bearer a b", "bearer \xe9"])
def test_a_token_that_is_not_known_is_refused_even_for_reading(api: APIClient, header: str) -> None:
    for response in (post(api, authorization=header), api.get(ADDRESS, headers={"authorization": header})):
        assert response.status_code == 401
        assert response.json()["error"]["code"] == "authentication_failed"
        assert "lagline_…" in response.json()["error"]["message"]


def test_a_revoked_token_and_that_of_a_closed_account_are_refused() -> None:
    user = make_user("eve")
    client = APIClient(
        headers={"authorization": f"Bearer {issue_token(user=user, name='a', now=NOW).secret}"}
    )
    assert post(client).status_code == 201
    revoke_token(user=user, name="a", now=NOW)
    assert post(client).status_code == 401
    secret = issue_token(user=user, name="b", now=NOW).secret
    get_user_model().objects.filter(pk=user.pk).update(is_active=False)
    assert post(APIClient(headers={"authorization": f"Bearer {secret}"})).status_code == 401


def test_a_session_without_its_csrf_token_may_read_but_not_write() -> None:
    browser = APIClient(enforce_csrf_checks=True)
    browser.force_login(make_user("ann"))
    assert browser.get(ADDRESS).status_code == 200
    response = post(browser)
    assert (response.status_code, response.json()["error"]["code"]) == (403, "permission_denied")
    assert "CSRF" in response.json()["error"]["message"]


def test_progress_is_told_while_it_runs(ann: APIClient) -> None:
    submission = make_submission(submitter=make_user("ann"))
    for run in submission.runs.all():
        add_samples(run, ["answered", "leased", "pending"])
    Run.objects.update(state="calling", n_samples=3)
    row = ann.get(f"{ADDRESS}/{submission.public_id}").json()["data"]
    progress = row["progress"]
    assert (progress["samples_total"], progress["samples_done"], progress["samples_in_flight"]) == (6, 2, 2)
    assert (progress["input_tokens"], progress["output_tokens"]) == (20, 4)
    assert ann.get(ADDRESS, {"fields": "id,state"}).json()["data"] == [{"id": row["id"], "state": "PENDING"}]


def test_its_submitter_or_an_operator_may_cancel_and_nobody_else(
    ann: APIClient, api: APIClient, bearer: Callable[..., APIClient]
) -> None:
    submission = make_submission(submitter=make_user("ann"))
    address = f"{ADDRESS}/{submission.public_id}/cancel"
    assert post(api, {}, address).status_code == 401
    refused = post(bearer("bob"), {}, address)
    assert refused.status_code == 403
    assert "Only its owner or an operator may" in refused.json()["error"]["message"]
    assert post(ann, {}, address).json()["data"]["state"] == "CANCELLED"
    assert post(bearer("root", role="operator"), {}, address).status_code == 200, (
        "a second time changes nothing"
    )
    assert set(submission.runs.values_list("state", flat=True)) == {"cancelled"}


def test_a_cancelled_submission_is_tried_again_as_a_new_attempt(ann: APIClient) -> None:
    submission = make_submission(submitter=make_user("ann"))
    address = f"{ADDRESS}/{submission.public_id}"
    refused = post(ann, {}, f"{address}/retry")
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "transition_refused")
    post(ann, {}, f"{address}/cancel")
    row = post(ann, {}, f"{address}/retry").json()["data"]
    assert (row["state"], row["attempt"]) == ("PENDING", 2)
    assert {run["state"] for run in row["progress"]["runs"]} == {"queued"}


def test_what_has_ended_cannot_be_cancelled(ann: APIClient) -> None:
    submission = make_submission(submitter=make_user("ann"))
    Submission.objects.update(state=SubmissionState.FINISHED)
    response = post(ann, {}, f"{ADDRESS}/{submission.public_id}/cancel")
    assert response.status_code == 409
    assert response.json()["error"]["message"].startswith(
        "The submission is finished and cannot become cancelled"
    )
    assert ann.get(f"{ADDRESS}/{submission.public_id}/cancel").status_code == 405, "a GET cancels nothing"


def test_writes_are_limited_per_user_and_reading_is_free(
    bearer: Callable[..., APIClient], settings: Settings
) -> None:
    settings.API_POST_RATE = "2/min"
    ann, bob = bearer("limited"), bearer("unhurried")
    assert [post(ann).status_code for _ in range(3)] == [201, 200, 429]
    refused = post(ann)
    assert refused.json()["error"]["code"] == "throttled"
    assert 0 < int(refused["Retry-After"]) <= 60
    assert ann.get(ADDRESS).status_code == 200
    assert post(bob).status_code == 201


def test_without_its_cache_a_write_is_let_through(ann: APIClient, settings: Settings) -> None:
    redis = "django.core.cache.backends.redis.RedisCache"
    settings.CACHES = {"default": {"BACKEND": redis, "LOCATION": "unix:///nowhere/valkey.sock"}}
    assert post(ann).status_code == 201


def test_a_model_with_two_endpoints_must_be_told_which(ann: APIClient) -> None:
    make_endpoint("second", model=make_model())
    response = post(ann)
    assert (response.status_code, response.json()["error"]["code"]) == (400, "ambiguous_model")
    assert response.json()["error"]["allowed"] == ["deepseek-api", "second"]
    assert post(ann, {"endpoint": "second", "suite": "mini"}).status_code == 201


@pytest.fixture
def silent_server() -> Any:
    """A listener that accepts a connection and never says a word."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield f"redis://127.0.0.1:{listener.getsockname()[1]}/0"


@pytest.mark.parametrize("broker", ["redis+socket:///nowhere/valkey.sock", "redis://127.0.0.1:1/0"])
def test_a_broker_that_is_down_is_logged_and_breaks_nothing(
    broker: str, settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.undo()
    settings.CELERY_BROKER_URL = broker
    begun = time.monotonic()
    assert not wakeup.wake_worker()
    assert time.monotonic() - begun < SOON_S
    assert "worker.dispatch was not sent" in caplog.text


def test_a_broker_that_says_nothing_is_given_up_soon(
    silent_server: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    settings.CELERY_BROKER_URL = silent_server
    begun = time.monotonic()
    assert not wakeup.wake_worker()
    assert time.monotonic() - begun < SOON_S
