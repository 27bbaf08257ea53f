"""Notices reach webhooks signed, at least once, with the specification's delays between attempts."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from evals.models import DeliveryState, DisabledReason, Notice, NoticeType, Webhook, WebhookDelivery
from evals.operations.webhooks import delivery as delivering
from evals.operations.webhooks.delivery import DELAYS, claim_due, deliver_due, record_reply
from evals.operations.webhooks.sending import Reply
from evals.operations.webhooks.signatures import sign
from evals.operations.webhooks.subscriptions import change_webhook, replay_delivery, rotate_secret
from tests.evals.operations.webhooks import worker
from tests.evals.operations.webhooks.builders import subscribe, write_notice
from tests.support.record import NOW, make_user
from tests.support.webhook_receiver import Receiver

pytestmark = pytest.mark.django_db


@pytest.fixture
def receiver(settings: Settings) -> Iterator[Receiver]:
    """A receiver whose address the operator allows."""
    with Receiver() as running:
        settings.WEBHOOK_ALLOWED_HOSTS = [running.host]
        yield running


def deliver(now: datetime) -> int:
    return deliver_due(clock=lambda: now)


def only() -> WebhookDelivery:
    return WebhookDelivery.objects.select_related("webhook").get()


def test_the_published_test_vector_of_the_specification_is_reproduced() -> None:
    signature = sign(
        ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
        message_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        timestamp=1614265330,
        body=b'{"test": 2432232314}',
    )
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_notice_arrives_signed_with_its_facts(receiver: Receiver) -> None:
    new = subscribe(receiver.url)
    notice = write_notice()
    receiver.status, receiver.reply = 200, b"thanks \x00 ann@mail.example " + b"x" * 5_000
    assert deliver(NOW) == 1
    (request,) = receiver.received
    assert request.is_signed_by(new.secret)
    assert not request.is_signed_by("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    assert request.headers["webhook-id"] == f"msg_{notice.public_id.hex}"
    assert request.headers["webhook-timestamp"] == str(int(NOW.timestamp()))
    assert request.headers["content-type"] == "application/json"
    assert request.content == {
        "type": "key.deleted",
        "timestamp": "2026-11-22T12:00:00Z",
        "data": {"subject": "Modèle · 模型", "key": 3},
    }
    row = only()
    assert (row.state, row.status, row.attempts, row.error) == ("delivered", 200, 1, "")
    assert row.reply.startswith("thanks   [e-mail] x")
    assert len(row.reply) <= 200
    assert deliver(NOW + timedelta(days=9)) == 0


def test_attempts_follow_the_schedule_of_the_specification_with_the_same_id(receiver: Receiver) -> None:
    receiver.status = 500
    subscribe(receiver.url)
    write_notice()
    now, gaps = NOW, []
    for _ in DELAYS:
        assert deliver(now) == 1
        row = only()
        if row.next_at:
            gaps.append(row.next_at - now)
            assert deliver(row.next_at - timedelta(seconds=1)) == 0
            now = row.next_at
    expected = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400]
    assert all(
        seconds <= gap.total_seconds() <= 1.1 * seconds for gap, seconds in zip(gaps, expected, strict=True)
    )
    assert (only().state, only().attempts, only().status) == ("failed", 10, 500)
    assert len({request.headers["webhook-id"] for request in receiver.received}) == 1
    stamps = [request.headers["webhook-timestamp"] for request in receiver.received]
    assert len(set(stamps)) == 10, "the time of the attempt is signed"


def test_a_webhook_that_fails_for_days_is_disabled_and_its_owner_is_told(receiver: Receiver) -> None:
    receiver.status = 503
    new = subscribe(receiver.url)
    write_notice()
    deliver(NOW)
    write_notice(now=NOW + timedelta(days=3))
    deliver(NOW + timedelta(days=3))
    webhook = Webhook.objects.get()
    assert (webhook.enabled, webhook.disabled_reason) == (False, DisabledReason.FAILING)
    notice = Notice.objects.get(type=NoticeType.WEBHOOK_DISABLED)
    assert notice.data == {"webhook": str(webhook.public_id), "reason": "failing"}
    assert deliver(NOW + timedelta(days=4)) == 0
    receiver.status = 200
    change_webhook(actor=make_user(), public_id=new.webhook.public_id, enabled=True)
    assert deliver(NOW + timedelta(days=4)) == 2, "what waited is sent when it is enabled again"


def test_a_success_between_failures_keeps_a_webhook_enabled(receiver: Receiver) -> None:
    subscribe(receiver.url)
    for day, status in ((0, 500), (2, 200), (4, 500)):
        receiver.status = status
        write_notice(now=NOW + timedelta(days=day))
        deliver(NOW + timedelta(days=day))
    assert Webhook.objects.get().enabled


def test_a_receiver_that_is_gone_is_disabled_at_once(receiver: Receiver) -> None:
    receiver.status = 410
    subscribe(receiver.url)
    write_notice()
    deliver(NOW)
    assert Webhook.objects.get().disabled_reason == DisabledReason.GONE


def test_a_receiver_may_ask_to_wait_longer_but_not_for_ever(receiver: Receiver) -> None:
    receiver.status, receiver.headers = 429, {"Retry-After": "600"}
    subscribe(receiver.url)
    write_notice()
    deliver(NOW)
    assert only().next_at == NOW + timedelta(seconds=600)
    receiver.headers = {"Retry-After": "999999999999"}
    deliver(NOW + timedelta(seconds=600))
    assert only().next_at == NOW + timedelta(seconds=600, days=1)


def test_a_redirect_is_not_followed(receiver: Receiver) -> None:
    receiver.status, receiver.headers = 307, {"Location": receiver.url}
    subscribe(receiver.url)
    write_notice()
    deliver(NOW)
    assert len(receiver.received) == 1
    assert (only().state, only().error, only().status) == ("pending", "redirect", 307)


def test_a_slow_receiver_counts_as_failed_within_a_bounded_time(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evals.operations.webhooks.sending.TOTAL_S", 0.3)
    receiver.answering.clear()
    subscribe(receiver.url)
    write_notice()
    began = time.monotonic()
    deliver(NOW)
    assert time.monotonic() - began < 5
    assert (only().error, only().status) == ("timeout", None)


def test_an_endless_compressed_reply_is_not_read(receiver: Receiver) -> None:
    receiver.status, receiver.headers = 200, {"Content-Encoding": "gzip"}
    receiver.reply = b"\x1f\x8b" + b"\0" * 10_000_000
    subscribe(receiver.url)
    write_notice()
    deliver(NOW)
    assert only().state == DeliveryState.DELIVERED


@pytest.mark.parametrize("url", ["https://127.0.0.1:1/x", "https://169.254.169.254/latest", "https://[::1]/"])
def test_an_address_inside_is_refused_again_when_it_is_sent(url: str) -> None:
    new = subscribe("https://example.org/hook")
    Webhook.objects.filter(pk=new.webhook.pk).update(url=url)
    write_notice()
    deliver(NOW)
    assert (only().error, only().status) == ("refused", None)


def test_a_name_that_leads_inside_is_refused_when_it_is_resolved() -> None:
    new = subscribe("https://example.org/hook")
    Webhook.objects.filter(pk=new.webhook.pk).update(url="https://localhost.localdomain./x")
    write_notice()
    deliver(NOW)
    assert only().error in ("refused", "connection")


def test_for_a_day_after_a_rotation_both_secrets_sign(receiver: Receiver) -> None:
    old = subscribe(receiver.url)
    new = rotate_secret(actor=make_user(), public_id=old.webhook.public_id, now=NOW)
    for hours in (1, 25):
        write_notice(now=NOW + timedelta(hours=hours))
        deliver(NOW + timedelta(hours=hours))
    soon, later = receiver.received
    assert soon.is_signed_by(old.secret)
    assert soon.is_signed_by(new.secret)
    assert later.is_signed_by(new.secret)
    assert not later.is_signed_by(old.secret)


def test_a_secret_that_cannot_be_read_disables_the_webhook_without_a_request(
    receiver: Receiver, settings: Settings
) -> None:
    subscribe(receiver.url)
    write_notice()
    settings.SECRET_KEY = "n" * 20 + "0123456789" * 5
    deliver(NOW)
    assert not receiver.received
    assert Webhook.objects.get().disabled_reason == DisabledReason.UNREADABLE


def test_a_replay_has_the_same_id_and_a_new_time(receiver: Receiver) -> None:
    subscribe(receiver.url)
    write_notice()
    deliver(NOW)
    later = NOW + timedelta(hours=3)
    replay_delivery(actor=make_user(), delivery_id=only().public_id, now=later)
    deliver(later)
    first, second = receiver.received
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body
    assert first.headers["webhook-timestamp"] != second.headers["webhook-timestamp"]


def test_a_delivery_is_claimed_by_one_worker_only(receiver: Receiver) -> None:
    subscribe(receiver.url)
    write_notice()
    assert len(claim_due(now=NOW, failing=False)) == 1
    assert claim_due(now=NOW, failing=False) == []
    after = NOW + delivering.LEASE
    assert [row.attempts for row in claim_due(now=after, failing=False)] == [2]


def test_a_worker_whose_lease_has_ended_records_nothing(receiver: Receiver) -> None:
    subscribe(receiver.url)
    write_notice()
    (late,) = claim_due(now=NOW, failing=False)
    claim_due(now=NOW + delivering.LEASE, failing=False)
    assert not record_reply(late, Reply(1, status=200), now=NOW + delivering.LEASE)
    assert only().state == DeliveryState.PENDING


def test_a_failing_webhook_comes_after_the_others(receiver: Receiver) -> None:
    failing, fine = subscribe(f"{receiver.url}/failing").webhook, subscribe(f"{receiver.url}/fine").webhook
    Webhook.objects.filter(pk=failing.pk).update(failing_since=NOW)
    write_notice()
    deliver(NOW)
    assert [request.path for request in receiver.received] == ["/hook/fine", "/hook/failing"]
    assert fine.enabled


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_between_sending_and_recording_loses_no_delivery(receiver: Receiver) -> None:
    """It is sent again, with the same webhook-id, by which the receiver knows it."""
    now = timezone.now()
    new = subscribe(receiver.url, now=now)
    notice = write_notice(now=now)
    receiver.answering.clear()
    process = worker.start()
    until = time.monotonic() + 60
    while not receiver.received and time.monotonic() < until:
        time.sleep(0.02)
        assert process.poll() is None, "the worker ended before it was killed"
    process.kill()
    process.wait()
    receiver.answering.set()
    assert (only().state, only().attempts) == ("pending", 1)
    assert deliver(timezone.now()) == 0, "the dead worker's lease still holds"
    assert deliver(timezone.now() + delivering.LEASE) == 1
    assert (only().state, only().attempts) == ("delivered", 2)
    ids = [request.headers["webhook-id"] for request in receiver.received]
    assert ids == [f"msg_{notice.public_id.hex}"] * 2
    assert all(request.is_signed_by(new.secret) for request in receiver.received)
