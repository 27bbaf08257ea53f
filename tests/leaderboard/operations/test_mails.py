"""Mails go to those who asked for them, at most one an hour, and none twice."""

from __future__ import annotations

import re
import smtplib
from datetime import datetime, timedelta

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.models import User
from django.core import mail
from django.core.mail import EmailMessage
from django.db import transaction
from django.test import Client
from pytest_django.fixtures import Settings

from evals.models import MailItem, MailItemState, MailSubscription, NoticeType
from evals.operations.notices.fan_out import fan_out_notices
from evals.operations.notices.mail_subscriptions import (
    BadMailAddress,
    UnknownTopic,
    confirm_subscription,
    confirmation_token,
    delete_unconfirmed,
    set_mail_types,
    subscribe_reader,
)
from evals.operations.notices.notify import notify_changed_models, notify_headline
from evals.operations.owners.access import owner_of
from evals.operations.quotas import QuotaExceeded, Source
from evals.operations.submissions.lifecycle import fail
from leaderboard.operations.mails import claim_digest, send_due_mails
from tests.evals.operations.webhooks.builders import write_notice
from tests.support.accounts import confirm_address
from tests.support.record import NOW, make_model, make_organisation, make_submission, make_user

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
READER = "reader@mail.example"


def send(now: datetime = NOW) -> int:
    fan_out_notices(now=now)
    return send_due_mails(clock=lambda: now)


def opted_in(name: str = "ann", *, language: str = "en", email: str | None = None):
    user = make_user(name, email=f"{name}@mail.example" if email is None else email)
    if user.email:
        confirm_address(user)
    owner_of(user)
    set_mail_types(account=user, types=[NoticeType.KEY_DELETED.value], language=language, now=NOW)
    return user


def subscribed(address: str = READER, topic: str = "headline", **source: str) -> None:
    subscribe_reader(address=address, topic=topic, language="en", source=Source(**source), now=NOW)


def headline_changes(now: datetime = NOW) -> None:
    with transaction.atomic():
        notify_headline("CN – US", now, estimate=1)


def texts() -> list[str]:
    return [str(message.body) for message in mail.outbox]


def test_an_account_receives_mails_of_the_types_that_it_chose_and_no_others() -> None:
    ann = opted_in()
    set_mail_types(account=ann, types=[NoticeType.KEY_DELETED.value], language="en", now=NOW)
    make_user("ben", email="ben@mail.example")
    write_notice(user=ann, subject="deepseek-api")
    headline_changes()
    assert send() == 1
    (message,) = mail.outbox
    assert message.to == ["ann@mail.example"]
    assert message.subject == "[Lagline] Key deleted: deepseek-api"
    set_mail_types(account=ann, types=[], language="en", now=NOW)
    write_notice(user=ann)
    assert send(NOW + HOUR) == 0


@pytest.mark.parametrize("state", ["unconfirmed", "another", "inactive"])
def test_no_mail_goes_to_an_address_that_its_owner_has_not_confirmed(state: str) -> None:
    ann = opted_in()
    if state == "unconfirmed":
        EmailAddress.objects.update(verified=False)
    elif state == "another":
        User.objects.filter(pk=ann.pk).update(email="victim@mail.example")
    else:
        User.objects.filter(pk=ann.pk).update(is_active=False)
    write_notice(user=ann)
    assert send() == 0
    assert not mail.outbox
    assert not MailItem.objects.exists(), "nor later, when it is confirmed"


def test_a_failure_is_mailed_with_the_address_of_the_page_that_says_why() -> None:
    ann = opted_in()
    set_mail_types(account=ann, types=[NoticeType.SUBMISSION_FAILED.value], language="en", now=NOW)
    submission = make_submission(submitter=ann, state="RUNNING", now=NOW)
    fail(submission_id=submission.pk, code="credential_refused", message="No such key.", now=NOW)
    assert send() == 1
    (message,) = mail.outbox
    assert message.subject.startswith("[Lagline] Submission failed: ")
    assert "No such key." not in str(message.body), "the provider's words stay on the page"
    (address,) = (line for line in str(message.body).splitlines() if str(submission.public_id) in line)
    browser = Client()
    browser.force_login(ann)
    page = browser.get(address.removeprefix(settings.PUBLIC_URL)).content.decode()
    assert "No such key." in page
    assert "credential_refused" in page


@pytest.mark.parametrize(("language", "words"), [("zh-hans", "退订"), ("vi", "Hủy đăng ký")])
def test_a_mail_is_in_the_language_of_its_subscription(language: str, words: str) -> None:
    write_notice(user=opted_in(language=language))
    send()
    (text,) = texts()
    assert words in text
    assert f"/{language}/" in text


def test_members_of_an_organisation_receive_its_mails() -> None:
    ann = opted_in()
    acme = make_organisation(reader=ann)
    with transaction.atomic():
        from evals.operations.notices.notify import notify

        notify(type=NoticeType.KEY_DELETED, subject="acme's", now=NOW, owner=acme)
    send()
    assert "acme's" in texts()[0]


def test_at_most_one_mail_an_hour_collects_what_has_happened() -> None:
    ann = opted_in()
    write_notice(user=ann, subject="first")
    send()
    for subject in ("second", "third"):
        write_notice(user=ann, subject=subject)
    assert send(NOW + timedelta(minutes=59)) == 0
    assert send(NOW + HOUR) == 1
    assert mail.outbox[1].subject == "[Lagline] Key deleted: third and 1 more"
    assert "second" in texts()[1]
    assert "first" not in texts()[1]


def test_a_reader_confirms_by_a_link_receives_the_headline_and_ends_it_by_a_link() -> None:
    subscribed()
    headline_changes()
    assert send() == 1
    (message,) = mail.outbox
    assert message.to == [READER]
    (token,) = re.findall(r"/notifications/confirm/(\S+)", texts()[0])
    browser = Client(enforce_csrf_checks=True)
    page = browser.get(f"/notifications/confirm/{token}")
    assert MailSubscription.objects.get().confirmed_at is None, "to open the link is not enough"
    csrf = {"csrfmiddlewaretoken": page.context["csrf_token"]}
    assert browser.post(f"/notifications/confirm/{token}", csrf).status_code == 200
    headline_changes()
    assert send(NOW + HOUR) == 1
    assert "CN – US" in texts()[1]
    sent = mail.outbox[1].extra_headers
    assert sent["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = sent["List-Unsubscribe"].strip("<>")
    assert link in texts()[1]
    path = link.removeprefix("http://127.0.0.1:8000")
    assert browser.get(path).status_code == 200
    assert MailSubscription.objects.exists(), "to open the link is not enough"
    assert browser.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert not MailSubscription.objects.exists()
    assert browser.post(path).status_code == 200


def test_a_reader_of_one_model_receives_its_changes_only() -> None:
    make_model()
    subscribed(topic="model:deepseek-v3")
    MailSubscription.objects.update(confirmed_at=NOW)
    with transaction.atomic():
        for slug in ("deepseek-v3", "qwen-3"):
            notify_changed_models([(slug, slug, "gpqa")], NOW)
    headline_changes()
    send()
    (text,) = texts()
    assert "deepseek-v3" in text
    assert "qwen-3" not in text


def test_a_mail_whose_worker_dies_is_not_sent_again_and_marked() -> None:
    """At most once: its items stay in `sending`."""
    ann = opted_in()
    write_notice(user=ann)
    subscription, items = claim_digest(MailSubscription.objects.get().pk, NOW)
    assert subscription is not None
    assert len(items) == 1
    assert send(NOW + 2 * HOUR) == 0
    assert MailItem.objects.get().state == MailItemState.SENDING
    write_notice(user=ann, subject="next", now=NOW + 2 * HOUR)
    assert send(NOW + 2 * HOUR) == 1
    assert "next" in texts()[0]


def test_two_workers_send_one_mail() -> None:
    write_notice(user=opted_in())
    pk = MailSubscription.objects.get().pk
    assert claim_digest(pk, NOW)[1]
    assert claim_digest(pk, NOW) == (None, [])


@pytest.mark.parametrize(
    ("error", "sent_later"),
    [(ConnectionRefusedError(), True), (smtplib.SMTPServerDisconnected("lost"), False)],
)
def test_a_mail_is_tried_again_only_if_the_server_has_certainly_not_accepted_it(
    error: Exception, sent_later: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_notice(user=opted_in())
    with monkeypatch.context() as broken:

        def fail(message: EmailMessage) -> int:
            raise error

        broken.setattr(EmailMessage, "send", fail)
        try:
            send()
        except smtplib.SMTPServerDisconnected:
            assert not sent_later
    assert send(NOW + timedelta(minutes=1)) == 0
    assert send(NOW + HOUR) == sent_later


def test_an_account_without_address_or_inactive_receives_nothing() -> None:
    write_notice(user=opted_in("ann", email=""))
    ben = opted_in("ben")
    ben.is_active = False
    ben.save()
    write_notice(user=ben)
    assert send() == 0
    assert not MailItem.objects.exists()


def test_a_subject_with_a_line_break_stays_one_line() -> None:
    write_notice(user=opted_in(), subject="a\r\nBcc: eve@mail.example")
    send()
    assert mail.outbox[0].subject == "[Lagline] Key deleted: a Bcc: eve@mail.example"


def test_quotas_bound_what_a_network_can_ask_for() -> None:
    for number in range(5):
        subscribed(f"reader{number}@mail.example", subscriber="a", network="n")
    with pytest.raises(QuotaExceeded):
        subscribed("reader6@mail.example", subscriber="a", network="n")


def test_nobody_floods_an_address_from_many_networks() -> None:
    for number in range(9):
        make_model(f"m-{number}")
        subscribed(topic=f"model:m-{number}", subscriber=str(number), network=str(number))
    assert send() == 3


def test_asking_again_sends_no_second_link_within_a_day() -> None:
    for _ in range(3):
        subscribed()
        send()
    assert len(mail.outbox) == 1
    assert MailSubscription.objects.count() == 1


def test_bad_addresses_and_topics_are_refused() -> None:
    with pytest.raises(BadMailAddress):
        subscribed("nobody")
    with pytest.raises(BadMailAddress):
        subscribed("a@mail.example\nBcc: b@mail.example")
    for topic in ("model:unknown", "submission.failed", ""):
        with pytest.raises(UnknownTopic):
            subscribed(topic=topic)


def test_what_is_not_confirmed_in_time_is_deleted() -> None:
    subscribed()
    token = confirmation_token(MailSubscription.objects.get())
    assert delete_unconfirmed(now=NOW + timedelta(days=2)) == 0
    assert delete_unconfirmed(now=NOW + timedelta(days=4)) == 1
    assert not confirm_subscription(token=token, now=NOW)


def test_without_a_mail_server_mails_are_printed_for_the_operator(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    subscribed()
    send()
    assert "/notifications/confirm/" in capsys.readouterr().out
