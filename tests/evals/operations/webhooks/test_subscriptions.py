"""Owners create, change and delete webhooks; who has no part in them learns nothing of them."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import transaction
from pytest_django.fixtures import Settings

from evals.models import AuditEvent, NoticeType, Webhook, WebhookDelivery
from evals.operations.notices.fan_out import fan_out_notices
from evals.operations.notices.notify import notify_changed_models, notify_headline
from evals.operations.owners.access import NotPermitted, UnknownOwner
from evals.operations.webhooks.addresses import BadWebhookAddress
from evals.operations.webhooks.signatures import decrypt_webhook_secret
from evals.operations.webhooks.subscriptions import (
    MOST_WEBHOOKS,
    TESTS,
    NotReplayable,
    TestedTooOften,
    TooManyWebhooks,
    UnknownType,
    UnknownWebhook,
    change_webhook,
    create_webhook,
    delete_webhook,
    encrypt_webhook_secrets_anew,
    replay_delivery,
    rotate_secret,
    send_test,
)
from tests.evals.operations.webhooks.builders import ALL, subscribe, write_notice
from tests.support.record import NOW, make_organisation, make_submission, make_user

pytestmark = pytest.mark.django_db
URL = "https://lab.example/hook"


def test_a_secret_is_shown_once_and_stored_encrypted() -> None:
    new = subscribe(URL)
    assert new.secret.startswith("whsec_")
    stored = Webhook.objects.get().secret
    assert new.secret[6:] not in stored
    assert decrypt_webhook_secret(stored) == new.secret
    assert new.secret not in str(list(AuditEvent.objects.values()))


@pytest.mark.parametrize(
    "url",
    [
        "http://lab.example/hook",
        "https://localhost/hook",
        "https://10.0.0.1/",
        "https://2130706433/",
        "https://[::ffff:127.0.0.1]/",
        "https://user:pass@lab.example/",
        "ftp://lab.example/",
        "https://lab.example/" + "x" * 500,
        "",
    ],
)
def test_an_address_inside_or_without_https_is_refused(url: str) -> None:
    with pytest.raises(BadWebhookAddress):
        subscribe(url)
    assert not Webhook.objects.exists()


def test_the_operator_allows_a_host_with_its_port_only(settings: Settings) -> None:
    settings.WEBHOOK_ALLOWED_HOSTS = ["127.0.0.1:9000"]
    assert subscribe("http://127.0.0.1:9000/x").webhook.url == "http://127.0.0.1:9000/x"
    with pytest.raises(BadWebhookAddress):
        subscribe("http://127.0.0.1:9001/x")


def test_types_must_exist() -> None:
    for types in (["submission.exploded"], [NoticeType.WEBHOOK_TEST.value]):
        with pytest.raises(UnknownType):
            subscribe(URL, types=types)
    with pytest.raises(UnknownType):
        create_webhook(actor=make_user(), url=URL, types=[], now=NOW)


def test_an_owner_has_a_bounded_number_of_webhooks() -> None:
    for _ in range(MOST_WEBHOOKS):
        subscribe(URL)
    with pytest.raises(TooManyWebhooks):
        subscribe(URL)


def test_members_act_by_their_role() -> None:
    owner, submitter, reader = make_user("owner"), make_user("submitter"), make_user("reader")
    make_organisation(owner=owner, submitter=submitter, reader=reader)
    for account in (submitter, reader):
        with pytest.raises(NotPermitted):
            create_webhook(actor=account, url=URL, types=ALL, now=NOW, owner="acme")
    public_id = create_webhook(actor=owner, url=URL, types=ALL, now=NOW, owner="acme").webhook.public_id
    send_test(actor=submitter, public_id=public_id, now=NOW)
    with pytest.raises(NotPermitted):
        send_test(actor=reader, public_id=public_id, now=NOW)
    for change in (change_webhook, delete_webhook):
        with pytest.raises(NotPermitted):
            change(actor=submitter, public_id=public_id)
    with pytest.raises(NotPermitted):
        rotate_secret(actor=submitter, public_id=public_id, now=NOW)
    delete_webhook(actor=owner, public_id=public_id)
    assert not Webhook.objects.exists()


def test_a_stranger_cannot_tell_a_webhook_from_none() -> None:
    webhook = subscribe(URL).webhook
    write_notice()
    delivery, stranger = WebhookDelivery.objects.get(), make_user("stranger")
    make_organisation()
    with pytest.raises(UnknownOwner):
        create_webhook(actor=stranger, url=URL, types=ALL, now=NOW, owner="acme")
    for public_id in (webhook.public_id, uuid4()):
        with pytest.raises(UnknownWebhook):
            send_test(actor=stranger, public_id=public_id, now=NOW)
        with pytest.raises(UnknownWebhook):
            change_webhook(actor=stranger, public_id=public_id, url=URL)
    with pytest.raises(UnknownWebhook):
        replay_delivery(actor=stranger, delivery_id=delivery.public_id, now=NOW)


def test_a_notice_goes_to_the_enabled_webhooks_of_its_owner_that_name_its_type() -> None:
    fits = subscribe(URL).webhook
    subscribe(URL, types=[NoticeType.SUBMISSION_FAILED.value])
    subscribe(URL, user=make_user("ben"))
    off = subscribe(URL).webhook
    change_webhook(actor=make_user(), public_id=off.public_id, enabled=False)
    write_notice()
    assert fan_out_notices(now=NOW) == 0
    assert [row.webhook_id for row in WebhookDelivery.objects.all()] == [fits.pk]


def test_a_change_of_the_headline_goes_to_all_and_that_of_a_model_to_its_submitters() -> None:
    ann, ben = make_user("ann"), make_user("ben")
    make_submission(submitter=ann)
    fan_out_notices(now=NOW)
    for user in (ann, ben):
        subscribe(URL, user=user)
    with transaction.atomic():
        notify_headline("CN – US", NOW, estimate=1)
        notify_changed_models([("deepseek-v3", "DeepSeek V3", "gpqa")], NOW)
    fan_out_notices(now=NOW)
    sent = WebhookDelivery.objects.values_list("webhook__owner__handle", "notice__type")
    assert sorted(sent) == [
        ("ann", "headline.changed"),
        ("ann", "model.scores_changed"),
        ("ben", "headline.changed"),
    ]


def test_tests_are_limited() -> None:
    webhook = subscribe(URL).webhook
    for second in range(TESTS):
        send_test(actor=make_user(), public_id=webhook.public_id, now=NOW + timedelta(seconds=second))
    with pytest.raises(TestedTooOften) as refusal:
        send_test(actor=make_user(), public_id=webhook.public_id, now=NOW + timedelta(minutes=1))
    assert refusal.value.retry_after_s == 541
    send_test(actor=make_user(), public_id=webhook.public_id, now=NOW + timedelta(minutes=11))


def test_a_test_goes_to_the_tested_webhook_alone() -> None:
    webhook = subscribe(URL).webhook
    subscribe(URL)
    send_test(actor=make_user(), public_id=webhook.public_id, now=NOW)
    fan_out_notices(now=NOW)
    assert WebhookDelivery.objects.get().webhook_id == webhook.pk


def test_a_delivery_that_waits_is_not_replayed() -> None:
    subscribe(URL)
    write_notice()
    with pytest.raises(NotReplayable):
        replay_delivery(actor=make_user(), delivery_id=WebhookDelivery.objects.get().public_id, now=NOW)


def test_secrets_survive_a_new_secret_key(settings: Settings) -> None:
    new = subscribe(URL)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "n" * 20 + "0123456789" * 5
    assert encrypt_webhook_secrets_anew() == 1
    settings.SECRET_KEY_FALLBACKS = []
    assert decrypt_webhook_secret(Webhook.objects.get().secret) == new.secret
