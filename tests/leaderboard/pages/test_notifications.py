"""The pages of notifications: the account's types and events, and a reader's subscription."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from evals import queries
from evals.models import MailSubscription
from tests.evals.operations.webhooks.builders import write_notice
from tests.support.accounts import confirm_address
from tests.support.record import make_model, make_submission, make_user

pytestmark = pytest.mark.django_db


def text(response: Any) -> str:
    return str(response.content.decode())


def test_an_account_sees_its_own_events_and_chooses_its_mails() -> None:
    ann = make_user(email="ann@mail.example")
    submission = make_submission(submitter=ann, state="FINISHED")
    write_notice(user=make_user("ben"), subject="of somebody else")
    browser = Client()
    browser.force_login(ann)
    page = text(browser.get("/account/notifications/"))
    assert "Submission finished: DEEPSEEK-V3 · Mini 1.0" in page
    assert f"/submissions/{submission.public_id}/" in page
    assert "of somebody else" not in page
    assert "no confirmed e-mail address" in page
    confirm_address(ann)
    assert "Mails go to ann@mail.example" in text(browser.get("/account/notifications/"))
    response = browser.post("/vi/account/notifications/", {"types": ["key.deleted", "headline.changed"]})
    assert response.status_code == 302
    assert sorted(queries.mail_types(ann)) == ["headline.changed", "key.deleted"]
    assert set(MailSubscription.objects.values_list("language", flat=True)) == {"vi"}
    assert 'value="key.deleted" id="id_types_15" checked' in text(browser.get("/account/notifications/"))


def test_a_reader_subscribes_to_the_headline_or_to_a_model() -> None:
    make_model()
    browser = Client()
    assert "headline lag changes" in text(browser.get("/notifications/"))
    assert "DEEPSEEK-V3" in text(browser.get("/notifications/?model=deepseek-v3"))
    assert browser.get("/notifications/?model=unknown").status_code == 404
    form = {"address": "Reader@Mail.example", "topic": "model:deepseek-v3"}
    answers = [text(browser.post("/notifications/", form)) for _ in range(2)]
    assert "is on its way" in answers[0]
    assert answers[0] == answers[1], "an address that is known looks the same"
    row = MailSubscription.objects.get()
    assert (row.address, row.topic, row.confirmed_at) == ("reader@mail.example", "model:deepseek-v3", None)
    assert row.made_from
    assert "192" not in row.made_from


def test_a_bad_address_and_too_many_subscriptions_are_refused() -> None:
    browser = Client()
    assert browser.post("/notifications/", {"address": "x", "topic": "headline"}).status_code == 400
    for number in range(5):
        form = {"address": f"r{number}@mail.example", "topic": "headline"}
        assert browser.post("/notifications/", form).status_code == 200
    assert browser.post("/notifications/", form | {"address": "r9@mail.example"}).status_code == 429


def test_a_forged_link_confirms_nothing() -> None:
    assert Client().get("/notifications/confirm/forged").status_code == 404


def test_the_stream_of_an_account_has_its_newest_events_and_nobody_elses() -> None:
    ann = make_user()
    write_notice(user=ann, subject="of ann")
    write_notice(user=make_user("ben"), subject="of ben")
    browser = Client()
    browser.force_login(ann)
    for address, event in (("/account/events", "part"), ("/api/v1/account/events", "state")):
        response: Any = browser.get(address)
        assert response["Content-Type"].startswith("text/event-stream")
        parts = iter(response.streaming_content)
        next(parts)
        sent = next(parts).decode()
        assert sent.startswith(f"event: {event}")
        assert "of ann" in sent
        assert "of ben" not in sent
        for close in response._resource_closers:
            close()
    (row,) = browser.get("/api/v1/account/notices").json()["data"]
    assert (row["type"], row["subject"], row["owner"], row["data"]) == (
        "key.deleted",
        "of ann",
        "ann",
        {"key": 3},
    )
    assert Client().get("/account/events").status_code == 302
    assert Client().get("/api/v1/account/events").status_code == 401
