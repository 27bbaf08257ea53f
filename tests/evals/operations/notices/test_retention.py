"""Old notices, deliveries and items of mails are deleted; what still waits stays."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction
from pytest_django.fixtures import Settings

from evals.models import DeliveryState, MailItem, MailItemState, Notice, NoticeType, WebhookDelivery
from evals.operations.notices import retention
from evals.operations.notices.mail_subscriptions import set_mail_types
from evals.operations.notices.notify import notify_headline
from evals.operations.notices.retention import delete_old_notices
from tests.evals.operations.webhooks.builders import subscribe, write_notice
from tests.support.record import NOW, make_user
from worker.jobs import nightly

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _periods(settings: Settings) -> None:
    settings.NOTICE_DAYS, settings.DELIVERY_DAYS = 100, 30


@pytest.fixture
def sent() -> Notice:
    """A notice that was delivered to a webhook and mailed."""
    ann = make_user("ann", email="ann@mail.example")
    subscribe("https://hooks.example/x", user=ann)
    set_mail_types(account=ann, types=[NoticeType.KEY_DELETED.value], language="en", now=NOW)
    notice = write_notice(user=ann)
    WebhookDelivery.objects.update(state=DeliveryState.DELIVERED)
    MailItem.objects.update(state=MailItemState.SENT)
    return notice


def rows() -> tuple[int, int, int]:
    return Notice.objects.count(), WebhookDelivery.objects.count(), MailItem.objects.count()


def test_the_log_of_what_was_sent_goes_first_and_the_notice_later(sent: Notice) -> None:
    delete_old_notices(now=NOW + 29 * DAY)
    assert rows() == (1, 1, 1)
    delete_old_notices(now=NOW + 31 * DAY)
    assert rows() == (1, 0, 0)
    delete_old_notices(now=NOW + 101 * DAY)
    assert rows() == (0, 0, 0)


def test_what_still_waits_to_be_sent_stays_with_its_notice(sent: Notice) -> None:
    WebhookDelivery.objects.update(state=DeliveryState.PENDING, next_at=NOW)
    delete_old_notices(now=NOW + 101 * DAY)
    assert rows() == (1, 1, 0)
    WebhookDelivery.objects.update(state=DeliveryState.FAILED)
    MailItem.objects.create(notice=sent, subscription=make_subscription(), state=MailItemState.WAITING)
    delete_old_notices(now=NOW + 101 * DAY)
    assert rows() == (1, 0, 1)


def make_subscription():
    ben = make_user("ben", email="ben@mail.example")
    set_mail_types(account=ben, types=[NoticeType.KEY_DELETED.value], language="en", now=NOW)
    return ben.mail_subscriptions.get()


def test_a_notice_that_was_not_fanned_out_stays_whatever_its_age() -> None:
    with transaction.atomic():
        notify_headline("CN – US", NOW, estimate=1)
    delete_old_notices(now=NOW + 1_000 * DAY)
    assert Notice.objects.count() == 1


def test_many_rows_go_in_batches_and_a_worker_that_stops_leaves_the_rest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(retention, "ROWS_AT_ONCE", 3)
    Notice.objects.bulk_create(
        Notice(topic="headline", type="headline.changed", created_at=NOW, fanned_out_at=NOW) for _ in range(8)
    )
    answers = iter([False, False, False, True])
    delete_old_notices(now=NOW + 101 * DAY, stopping=lambda: next(answers, True))
    assert Notice.objects.count() == 5
    assert delete_old_notices(now=NOW + 101 * DAY) == 5


def test_the_nightly_job_deletes_them(sent: Notice) -> None:
    Notice.objects.update(created_at=NOW - 2_000 * DAY)
    WebhookDelivery.objects.update(created_at=NOW - 2_000 * DAY)
    nightly()
    assert rows() == (0, 0, 0)
