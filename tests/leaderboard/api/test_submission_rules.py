"""Review, quotas, embargo and cancelling through the API and the pages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from evals.models import Submission
from tests.support.record import make_endpoint, make_submission, make_suite, make_user

pytestmark = pytest.mark.django_db
SUBMISSIONS = "/api/v1/submissions"


@pytest.fixture
def operator(bearer: Callable[..., APIClient]) -> APIClient:
    return bearer("boss", role="operator")


def post(client: APIClient, address: str, **body: Any) -> Any:
    return client.post(address, body, format="json")


def test_an_operator_rejects_with_a_public_reason(
    ann: APIClient, api: APIClient, operator: APIClient, settings: Settings
) -> None:
    settings.SPENDING_CAPS = dict.fromkeys(settings.SPENDING_CAPS, Decimal(0))
    make_suite()
    make_endpoint()
    created = post(ann, SUBMISSIONS, endpoint="deepseek-api", suite="mini").json()["data"]
    assert (created["state"], created["review"]) == ("PENDING_REVIEW", None)
    address = f"{SUBMISSIONS}/{created['id']}"
    assert post(ann, f"{address}/approve").status_code == 403
    assert post(operator, f"{address}/reject").json()["error"]["field"] == "reason"
    changes = post(operator, f"{address}/request-changes", reason="Name a budget.").json()["data"]
    assert (changes["state"], changes["review"]["outcome"]) == ("PENDING_REVIEW", "changes_requested")
    assert post(operator, f"{address}/reject", reason="Known already.").status_code == 200
    review = api.get(address).json()["data"]["review"]
    assert (review["outcome"], review["reason"]) == ("rejected", "Known already.")
    assert "Known already." in Client().get(f"/submissions/{created['id']}/").content.decode()


def test_an_approved_budget_in_calls_is_shown_to_insiders(ann: APIClient, operator: APIClient) -> None:
    submission = make_submission(state="PENDING_REVIEW")
    address = f"{SUBMISSIONS}/{submission.public_id}"
    approved = post(operator, f"{address}/approve", budget_calls=30)
    assert approved.json()["data"]["state"] == "PENDING"
    refused = ann.patch(address, {"budget_calls": 31}, format="json")
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "above_limit")
    changed = ann.patch(address, {"budget_calls": 20}, format="json")
    assert changed.status_code == 200
    (budget,) = changed.json()["data"]["budgets"]
    assert [budget[f"{part}_calls"] for part in ("limit", "spent", "left")] == [20, 0, 20]
    assert changed.json()["data"]["caps"] == [], "no cap binds what an operator approved"


def test_the_caps_that_bind_a_submission_are_shown_to_insiders(
    ann: APIClient, api: APIClient, settings: Settings
) -> None:
    settings.SPENDING_CAPS = dict.fromkeys(settings.SPENDING_CAPS, None)
    settings.SPENDING_CAPS["calls_per_day"] = Decimal(7)
    address = f"{SUBMISSIONS}/{make_submission().public_id}"
    (cap,) = ann.get(address).json()["data"]["caps"]
    assert (cap["kind"], cap["unit"], cap["period"], cap["left"]) == (
        "operator",
        "calls",
        "day",
        "7.00000000",
    )
    assert api.get(address).json()["data"]["caps"] is None


def test_a_cancel_is_never_throttled(ann: APIClient, settings: Settings) -> None:
    settings.API_POST_RATE = "1/min"
    settings.READ_RATE = None
    settings.OPEN_SUBMISSIONS = settings.SUBMISSIONS_PER_DAY = 1
    settings.SPENDING_CAPS = dict.fromkeys(settings.SPENDING_CAPS, Decimal(0))
    submission = make_submission()
    address = f"{SUBMISSIONS}/{submission.public_id}"
    assert post(ann, f"{address}/pause").status_code == 200
    assert post(ann, f"{address}/pause").status_code == 429
    assert post(ann, SUBMISSIONS, endpoint="other", suite="mini").status_code == 429
    for _ in range(3):
        assert post(ann, f"{address}/cancel").status_code == 200


def test_a_cancel_on_the_page_is_never_throttled(settings: Settings) -> None:
    settings.API_POST_RATE = "1/min"
    settings.OPEN_SUBMISSIONS = settings.SUBMISSIONS_PER_DAY = 1
    submission = make_submission()
    browser = Client()
    browser.force_login(submission.submitter)
    for _ in range(3):
        assert browser.post(f"/submissions/{submission.public_id}/cancel/").status_code == 302
    assert Submission.objects.get().state == "CANCELLED"


def test_quotas_and_caps_say_what_is_left_and_when_they_renew(
    ann: APIClient, api: APIClient, settings: Settings
) -> None:
    settings.OPEN_SUBMISSIONS, settings.SUBMISSIONS_PER_DAY = 1, 1
    settings.SPENDING_CAPS = settings.SPENDING_CAPS | {"usd_per_day": Decimal(5)}
    assert api.get("/api/v1/account/quotas").status_code == 401
    make_submission(now=timezone.now())
    (mine,) = ann.get("/api/v1/account/quotas").json()["data"]
    quotas = {row["quota"]: row for row in mine["submissions"]}
    assert (quotas["open"]["left"], quotas["per_day"]["left"]) == (0, 0)
    assert quotas["per_day"]["renews_at"] is not None
    caps = {(row["kind"], row["unit"], row["period"]): row for row in mine["caps"]}
    assert len(caps) == 8
    assert caps["operator", "usd", "day"]["left"] == "5.00000000"
    assert caps["own", "calls", "month"]["limit"] is None
    refused = post(ann, SUBMISSIONS, endpoint=make_endpoint("other").slug, suite="mini")
    assert (refused.status_code, refused.json()["error"]["code"]) == (429, "quota_exceeded")


def test_an_owner_caps_their_own_endpoints_on_the_page() -> None:
    browser, ann = Client(), make_user("ann")
    browser.force_login(ann)
    assert browser.post("/account/quotas/", {"owner": "ann", "calls_per_day": "7"}).status_code == 302
    assert ann.owner.caps.get().calls_per_day == 7
    assert ' value="7"' in browser.get("/account/quotas/").content.decode()
    assert browser.post("/account/quotas/", {"calls_per_day": "-1"}).status_code == 400
    assert browser.post("/account/quotas/", {"owner": "bob"}).status_code == 404


def test_an_embargoed_run_shows_insiders_its_results_and_others_the_date(
    ann: APIClient, api: APIClient
) -> None:
    submission = make_submission(state="FINISHED")
    until = timezone.now() + timedelta(days=5)
    Submission.objects.update(embargo_until=until)
    run = submission.runs.get()
    address = f"/api/v1/runs/{run.pk}"
    assert api.get(address).json()["data"]["results"] is None
    assert ann.get(address).json()["data"]["results"]
    assert (api.get(f"{address}/samples").status_code, ann.get(f"{address}/samples").status_code) == (
        403,
        200,
    )
    assert api.get(f"{address}/diff/{run.pk}").status_code == 403
    page = Client().get(f"/runs/{run.pk}/").content.decode()
    assert "are published at" in page
    assert "0.5000" not in page
    assert "The answer is 4." not in page
    assert Client().get(f"/runs/{run.pk}/diff/{run.pk}/").status_code == 403
    listed = api.get(f"{SUBMISSIONS}/{submission.public_id}").json()["data"]
    assert (listed["model"], listed["suite"]) == ("deepseek-v3", "mini")
    assert listed["embargo_until"]
    shortened = ann.patch(
        f"{SUBMISSIONS}/{submission.public_id}", {"embargo_until": timezone.now()}, format="json"
    )
    assert shortened.status_code == 200
    assert api.get(address).json()["data"]["results"]


def test_a_form_confirms_the_estimate_that_it_showed(settings: Settings) -> None:
    make_suite()
    make_endpoint(input_usd_per_mtok=Decimal(1), output_usd_per_mtok=Decimal(1))
    make_submission(endpoint=make_endpoint("earlier"), state="FINISHED")
    browser = Client()
    browser.force_login(make_user("bob", role="submitter"))
    target = {"endpoint": "deepseek-api", "suite": "mini"}
    shown = browser.get("/submit/", target).context["shown"]
    assert shown.startswith("usd ")
    for other in ("", "usd 0", "calls 8", "usd x"):
        again = browser.post("/submit/", target | {"shown": other})
        assert again.status_code == 409
        assert "Confirm this estimate" in again.content.decode()
    assert browser.post("/submit/", target | {"shown": shown}).status_code == 302
    assert Submission.objects.filter(submitter__username="bob").exists()


def test_reliability_is_public(api: APIClient) -> None:
    make_submission(state="FINISHED", now=timezone.now())
    rows = api.get("/api/v1/reliability").json()["data"]
    assert [(row["days"], row["share_finished"]) for row in rows] == [(7, 1.0), (30, 1.0), (365, 1.0)]
    assert "Reliability" in Client().get("/status/").content.decode()
