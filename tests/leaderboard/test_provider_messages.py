"""A provider's words are for a submission's submitter and operators; others see the code and its meaning."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.test import Client

from evals.models import Attempt, Request, Response, Run, Submission
from leaderboard import server_sent_events
from leaderboard.api.views import submissions as views
from leaderboard.pages import event_streams
from tests.leaderboard.pages.reading import words
from tests.support.accounts import log_in
from tests.support.record import NOW, make_submission, make_user

pytestmark = pytest.mark.django_db
WORDS = "Your organization ACME-Corp (jane) has used up key 8f3a"  # of an old row: stored before redaction
READERS = ("nobody", "bob", "ann", "op")
INSIDERS = ("ann", "op")


@pytest.fixture(autouse=True)
def _streams_end_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_sent_events, "POLL_S", 0.01)


def client_of(name: str) -> Client:
    client = Client()
    if name != "nobody":
        log_in(client, make_user(name, role="operator" if name == "op" else ""))
    return client


def failed() -> Submission:
    """A failed submission whose rows quote the provider everywhere."""
    submission = make_submission(state="FAILED")
    words_of = {"failure_code": "out_of_credit", "failure_message": WORDS}
    Submission.objects.update(held_reason=WORDS, **words_of)
    Run.objects.update(**words_of)
    request = Request.objects.all()[0]
    ended = {"sent_at": NOW, "ended_at": NOW + timedelta(seconds=1), "outcome": "out_of_credit"}
    Attempt.objects.create(request=request, number=9, detail=WORDS, **ended)
    Response.objects.update(body=f'{{"error": {{"message": "{WORDS}"}}}}')
    return submission


def held() -> Submission:
    """A running submission that the service stopped for a reason that quotes the provider."""
    submission = make_submission(state="RUNNING")
    Submission.objects.update(paused_at=NOW, held_reason=WORDS)
    return submission


def addresses(submission: Submission) -> Iterator[str]:
    run, public_id = submission.runs.get().pk, submission.public_id
    yield from (f"/submissions/{public_id}/", f"/runs/{run}/")
    yield from (f"/api/v1/submissions/{public_id}", f"/api/v1/runs/{run}", "/api/v1/submissions")


def elsewhere(submission: Submission) -> Iterator[str]:
    run = submission.runs.get().pk
    yield from ("/queue/", "/", "/status/", f"/api/v1/runs/{run}/samples", "/changes/")
    yield from ("/api/v1/submissions?format=csv",)


@pytest.mark.parametrize("make", [failed, held])
@pytest.mark.parametrize("reader", READERS)
def test_only_insiders_read_what_the_provider_said(make: Callable[[], Submission], reader: str) -> None:
    submission = make()
    client = client_of(reader)
    for address in addresses(submission):
        text = words(client.get(address).content.decode())
        assert (WORDS in text) is (reader in INSIDERS), address
    for address in elsewhere(submission):
        assert WORDS not in client.get(address).content.decode() or reader in INSIDERS, address


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("reader", ["bob", "ann"])
def test_a_stream_shows_the_words_to_insiders_only_and_is_not_shared_with_others(
    reader: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    submission = failed()
    run = submission.runs.get().pk
    names: list[str] = []
    for module in (event_streams, views):
        monkeypatch.setattr(module, "stream_events", noting(names))
    for address in (
        f"/submissions/{submission.public_id}/events",
        f"/runs/{run}/events",
        f"/api/v1/submissions/{submission.public_id}/events",
        f"/api/v1/runs/{run}/events",
    ):
        for follower in (reader, "nobody"):
            answer = client_of(follower).get(address, headers={"accept": "text/event-stream"})
            sent = b"".join(answer).decode()
            answer.close()
            assert (WORDS in sent) is (follower in INSIDERS), address
        own, others = names[-2:]
        assert (own == others) is (reader not in INSIDERS), "clients of one name share what is sent"


def noting(names: list[str]) -> Callable[..., HttpResponseBase]:
    """Return `stream_events` that notes the name of each stream."""

    def stream(
        request: HttpRequest, name: str, see: Callable[[], server_sent_events.StreamState | None]
    ) -> HttpResponseBase:
        names.append(name)
        return server_sent_events.stream_events(request, name, see)

    return stream


def test_others_see_the_category_our_own_text_and_who_can_read_more() -> None:
    submission = failed()
    for address in (f"/submissions/{submission.public_id}/", f"/runs/{submission.runs.get().pk}/"):
        text = words(client_of("nobody").get(address).content.decode())
        assert "The account at the provider has no credit left. out_of_credit" in text
        assert "The provider's message is shown to the submitter and to operators." in text
        assert "What to do next: Have it topped up, then retry." in text
    row = client_of("nobody").get(f"/api/v1/submissions/{submission.public_id}").json()["data"]
    assert row["failure"] == {
        "code": "out_of_credit",
        "title": "The account at the provider has no credit left.",
        "message": "",
        "next_step": "Have it topped up, then retry.",
    }
    assert (row["failure_code"], row["failure_message"]) == ("out_of_credit", "")
    assert row["progress"]["runs"][0]["failure_message"] == ""


def test_a_stopped_submission_says_to_others_that_there_is_a_reason() -> None:
    submission = held()
    text = words(client_of("nobody").get(f"/submissions/{submission.public_id}/").content.decode())
    assert "Stopped by the service itself since " in text
    assert "The reason is shown to the submitter and to operators." in text


def test_a_message_of_our_own_is_for_everybody() -> None:
    submission = failed()
    own = {"failure_code": "budget_used_up", "failure_message": "The next call would exceed the budget."}
    Submission.objects.update(**own)
    text = words(client_of("nobody").get(f"/submissions/{submission.public_id}/").content.decode())
    assert own["failure_message"] in text


@pytest.mark.parametrize("operator", [True, False])
def test_the_admin_shows_the_words_to_operators_only(operator: bool) -> None:
    submission = failed()
    viewer = make_user("viewer", is_staff=True)
    viewer.user_permissions.set(
        Permission.objects.filter(codename__in=("view_run", "view_attempt", "view_response"))
    )
    client = Client()
    log_in(client, make_user("op", role="operator") if operator else viewer)
    rows = (submission.runs.get(), Attempt.objects.get(number=9), Response.objects.all()[0])
    for row in rows:
        name = row._meta.model_name
        answer = client.get(f"/admin/evals/{name}/{row.pk}/change/")
        assert answer.status_code == 200
        assert (WORDS in words(answer.content.decode())) is operator, name
    for name in ("run", "attempt"):
        listed = client.get(f"/admin/evals/{name}/?q=ACME-Corp").content.decode()
        assert ("1 run" in words(listed) or "1 attempt" in words(listed)) is operator, name
