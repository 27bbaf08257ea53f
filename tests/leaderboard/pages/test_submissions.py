"""A submission's page: its content, its buttons by role, and the reasons of refusals."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from celery import current_app
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from evals.models import Endpoint, Member, Response, Run, Submission
from evals.queries import SubmissionActivity, SubmissionStatus
from leaderboard.presenters.messages import status_message
from tests.leaderboard.pages.reading import page, read, words
from tests.support.accounts import log_in
from tests.support.own_endpoints import make_own_endpoint, pass_preflight
from tests.support.record import make_endpoint, make_organisation, make_submission, make_suite, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(current_app, "send_task", lambda *args, **options: None)


def signed_in(name: str = "ann", **fields: Any) -> Client:
    client = Client()
    user = make_user(name, **fields)
    log_in(client, user)
    return client


def at(submission: Submission, step: str = "") -> str:
    return f"/submissions/{submission.public_id}/" + (f"{step}/" if step else "")


def test_the_page_tells_samples_tokens_money_and_the_time_left() -> None:
    submission = make_submission(state="RUNNING", samples=60, now=timezone.now())
    Response.objects.update(cost_usd=Decimal("0.002"))
    text = read(at(submission))
    assert "30 of 60 samples 0.5 answers a second about 60 seconds left" in text
    assert "30 of 60 answered 0 in flight, 0 failed, 0 asked again" in text
    assert "Cost 0.0600 USD 0.002000 USD a sample" in text
    assert f'data-events="{at(submission)}events"' in page(at(submission))


def test_what_a_right_answer_cost_is_told_once_it_is_scored() -> None:
    submission = make_submission(samples=8, state="FINISHED")
    Response.objects.update(cost_usd=Decimal("0.5"))
    Run.objects.update(usage={"right": 4, "usd_per_right_answer": "1.00000000"})
    assert "4.00 USD 0.5000 USD a sample 1.00 USD a right answer" in read(at(submission))
    assert 'data-events=""' in page(at(submission)), "nothing more happens, so nothing is followed"


def test_a_failure_says_what_happened_in_whose_words_and_what_to_do() -> None:
    text = words(signed_in().get(at(make_submission(state="FAILED"))).content.decode())
    assert "The provider did not answer in time. timeout" in text
    assert "In its own words: The provider did not answer within 300 seconds." in text
    assert "What to do next: Retry; if it happens again," in text


def test_buttons_and_budgets_are_for_its_submitter_and_operators() -> None:
    submission = make_submission(state="RUNNING")
    for text in (read(at(submission)), words(signed_in("bob").get(at(submission)).content.decode())):
        assert "Cancel ends it" not in text
        assert "no limit 0.00 USD spent" not in text
    assert "after signing in" in read(at(submission))
    own = words(signed_in().get(at(submission)).content.decode())
    assert (
        "Pause sends nothing new; what is in flight is waited for Cancel ends it; what is paid is kept" in own
    )
    assert "no limit 0.00 USD spent, 0.00 USD reserved for what is in flight" in own
    assert "Priority" not in own
    assert "Priority" in signed_in("op", role="operator").get(at(submission)).content.decode()


@pytest.mark.parametrize(
    ("state", "steps"),
    [("PENDING", ["pause", "cancel"]), ("FAILED", ["retry", "rerun"]), ("FINISHED", ["rescore", "rerun"])],
)
def test_each_state_offers_what_it_allows_and_each_button_does_it(state: str, steps: list[str]) -> None:
    submission = make_submission(state=state)
    markup = signed_in().get(at(submission)).content.decode()
    offered = [step for step in ("pause", "resume", "cancel", "retry", "rescore", "rerun")
               if f'action="{at(submission, step)}"' in markup]  # fmt: skip
    assert offered == steps
    answer = signed_in().post(at(submission, steps[0]), {"key": str(uuid4())})
    assert (answer.status_code, answer["Location"]) == (302, at(submission))


def test_whoever_may_not_is_refused_and_a_get_changes_nothing() -> None:
    submission = make_submission(state="PENDING")
    assert Client().post(at(submission, "cancel"))["Location"].startswith("/login/?next=")
    assert signed_in("bob").post(at(submission, "cancel")).status_code == 403
    assert signed_in().post(at(submission, "priority"), {"priority": 5}).status_code == 403
    assert signed_in().get(at(submission, "cancel")).status_code == 405
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(get_user_model().objects.get(username="ann"))
    assert strict.post(at(submission, "cancel")).status_code == 403
    submission.refresh_from_db()
    assert submission.state == "PENDING"


def test_a_step_that_the_state_does_not_allow_is_said_on_the_page() -> None:
    submission = make_submission(state="FINISHED")
    answer = signed_in().post(at(submission, "pause"))
    assert answer.status_code == 409
    assert "The submission is finished; it can be paused" in words(answer.content.decode())
    assert signed_in().post(at(submission, "budget"), {"budget_usd": "-4"}).status_code == 409


def test_a_budget_and_a_priority_are_set_by_form() -> None:
    submission = make_submission(endpoint=make_endpoint(input_usd_per_mtok=1, output_usd_per_mtok=1))
    signed_in().post(at(submission, "budget"), {"budget_usd": "2.5"})
    signed_in("op", role="operator").post(at(submission, "priority"), {"priority": "7"})
    submission.refresh_from_db()
    assert (submission.budget_usd, submission.priority) == (Decimal("2.5"), 7)
    signed_in().post(at(submission, "budget"), {"budget_usd": ""})
    submission.refresh_from_db()
    assert submission.budget_usd is None


def test_asking_everything_anew_leads_to_the_new_submission_once() -> None:
    submission, key = make_submission(state="FINISHED"), str(uuid4())
    first, again = (signed_in().post(at(submission, "rerun"), {"key": key}) for _ in range(2))
    assert first["Location"] == again["Location"] != at(submission)
    assert Submission.objects.count() == 2


def test_the_stream_of_the_page_ends_with_the_submission() -> None:
    submission = make_submission(state="FINISHED")
    answer = Client().get(at(submission) + "events")
    sent = b"".join(answer).decode()
    answer.close()
    assert "event: part\ndata: " in sent
    assert "8 of 8 samples" in words(sent.replace("data: ", ""))
    assert sent.endswith("event: end\ndata: \n\n")


def test_before_submitting_the_page_says_what_it_would_cost_and_what_it_does_not_know() -> None:
    endpoint = make_submission(samples=8, state="FINISHED").endpoint
    other = Endpoint.objects.create(
        slug="other", model=endpoint.model, provider="p", protocol="openai-chat", base_url="https://x.example/v1",
        api_model="m", input_usd_per_mtok=1, output_usd_per_mtok=10,
    )  # fmt: skip
    Run.objects.update(planned_at=timezone.now())
    assert "What it would cost" not in read("/submit/")
    text = read(f"/submit/?endpoint={other.slug}&suite=mini&budget_usd=1")
    assert "About 0.000240 USD, between 0.000124 USD and 0.000465 USD." in text
    assert "runs of other models" in text
    unpriced = read(f"/submit/?endpoint={endpoint.slug}&suite=mini")
    assert "No price is set for this endpoint" in unpriced
    read("/submit/?endpoint=nobody&suite=mini", status=400)


def test_a_submission_is_made_by_form_once_and_only_by_somebody_who_signed_in() -> None:
    endpoint = make_submission(state="FINISHED").endpoint
    form = {"endpoint": endpoint.slug, "suite": "mini", "budget_calls": "15", "key": str(uuid4())}
    form["shown"] = "calls 0"
    assert Client().post("/submit/", form)["Location"].startswith("/login/?next=/submit/")
    first, again = (signed_in().post("/submit/", form) for _ in range(2))
    assert first["Location"] == again["Location"]
    submission = Submission.objects.latest("pk")
    assert (first["Location"], submission.budget_calls) == (at(submission), 15)


def test_signing_in_leads_back_and_a_wrong_password_does_not() -> None:
    get_user_model().objects.create_user("eve", password="a long enough password")
    client = Client()
    assert client.post("/login/", {"login": "eve", "password": "wrong"}).status_code == 200
    given = {"login": "eve", "password": "a long enough password", "next": "/queue/"}
    assert client.post("/login/", given)["Location"] == "/queue/"


def test_a_member_chooses_for_whom_to_submit_and_by_default_it_is_themselves() -> None:
    endpoint, acme, read_only = make_endpoint(), make_organisation(), make_organisation("readers")
    make_suite()
    browser = signed_in("ann", role="submitter")
    ann = make_user("ann")
    assert 'name="owner"' not in browser.get("/submit/").content.decode(), "there is nothing to choose"
    for organisation, role in ((acme, "submitter"), (read_only, "reader")):
        Member.objects.create(organisation=organisation, account=ann, role=role, created_at=timezone.now())
    text = browser.get("/submit/").content.decode()
    assert text.index('<option value="ann">') < text.index('<option value="acme">')
    assert "readers" not in text
    target = {"endpoint": endpoint.slug, "suite": "mini", "shown": "calls 99"}
    browser.post("/submit/", target | {"owner": "acme", "key": "1"})
    browser.post("/submit/", target | {"key": "2"})
    owners = Submission.objects.order_by("pk").values_list("owner__handle", "submitter__username")
    assert list(owners) == [("acme", "ann"), ("ann", "ann")]


@pytest.mark.parametrize("owner", ["acme", "readers", "x" * 5000])
def test_who_may_not_submit_for_an_organisation_submits_nothing(owner: str) -> None:
    endpoint = make_endpoint()
    make_organisation("acme")
    make_organisation("readers", reader=make_user("ann"))
    make_suite()
    form = {"endpoint": endpoint.slug, "suite": "mini", "owner": owner, "shown": "calls 99"}
    assert signed_in("ann", role="submitter").post("/submit/", form).status_code == 400
    assert not Submission.objects.exists()


def test_a_member_submits_for_the_organisation_that_owns_the_endpoint() -> None:
    client = signed_in()
    ann = get_user_model().objects.get(username="ann")
    make_organisation("acme", owner=ann)
    make_submission()  # brings the suite
    endpoint = make_own_endpoint(ann, owner="acme")
    pass_preflight(endpoint)
    form = {"endpoint": endpoint.slug, "suite": "mini"}
    assert "acme" in client.get("/submit/").content.decode()
    refused = client.post("/submit/", form | {"owner": "ann"})
    assert refused.status_code == 400
    assert "This endpoint belongs to acme: choose that name." in refused.content.decode()
    form |= {"owner": "acme"}
    confirmed = client.get("/submit/", form).context["shown"]
    submitted = client.post("/submit/", form | {"shown": confirmed})
    assert submitted.status_code == 302
    assert Submission.objects.get(endpoint=endpoint).owner.handle == "acme"
    assert client.post("/submit/", form | {"owner": "other"}).status_code == 400


def test_whoever_has_no_organisation_is_not_asked_for_whom() -> None:
    assert 'name="owner"' not in signed_in().get("/submit/").content.decode()
    assert 'name="owner"' not in page("/submit/")


def test_a_submission_that_has_just_left_the_queue_is_shown_without_a_place() -> None:
    text = status_message(SubmissionStatus(SubmissionActivity.QUEUED))
    assert text.startswith("Waits in the queue; submitters take turns.")
    assert "at place 3;" in status_message(SubmissionStatus(SubmissionActivity.QUEUED, place=3))


@pytest.mark.parametrize("is_world", [False, True])
def test_only_a_real_record_says_that_simulated_runs_never_become_scores(
    settings: Settings, *, is_world: bool
) -> None:
    settings.SIMULATED_WORLD = is_world
    submission = make_submission(endpoint=make_endpoint(simulated=True), state="FINISHED")
    for address in (at(submission), f"/runs/{submission.runs.get().pk}/"):
        assert ("its runs never become scores" in read(address)) is not is_world


@pytest.mark.parametrize(("state", "can_act"), [("RUNNING", True), ("FAILED", True), ("REJECTED", False)])
def test_a_reader_is_told_what_its_submitter_can_do_unless_that_is_nothing(
    state: str, *, can_act: bool
) -> None:
    submission = make_submission(state="RUNNING" if state == "RUNNING" else "FAILED")
    Submission.objects.update(state=state)
    assert ("Its submitter can pause, cancel or fund it" in read(at(submission))) is can_act
