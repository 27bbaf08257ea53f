"""The pages of webhooks: create one, see its secret once, read its log, and act on it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from evals.models import Webhook, WebhookDelivery
from evals.operations.webhooks.delivery import record_reply
from evals.operations.webhooks.sending import Reply
from evals.operations.webhooks.signatures import decrypt_webhook_secret
from tests.support.record import NOW, make_organisation, make_user

pytestmark = pytest.mark.django_db
HOOK: dict[str, Any] = {"url": "https://lab.example/hook", "types": ["submission.failed"]}


@pytest.fixture
def browser() -> Client:
    client = Client()
    client.force_login(make_user())
    return client


def text(response: Any) -> str:
    return str(response.content.decode())


def created(browser: Client, **changes: str) -> Webhook:
    assert browser.post("/account/webhooks/new", HOOK | changes).status_code == 200
    return Webhook.objects.get()


def test_the_secret_is_on_the_page_that_creates_a_webhook_and_on_no_other(browser: Client) -> None:
    response = browser.post("/account/webhooks/new", HOOK)
    (secret,) = re.findall(r"whsec_[\w+/=]+", text(response))
    webhook = Webhook.objects.get()
    assert decrypt_webhook_secret(webhook.secret) == secret
    assert "no-store" in response["Cache-Control"]
    for address in ("/account/webhooks/", f"/account/webhooks/{webhook.public_id}/"):
        page = text(browser.get(address))
        assert HOOK["url"] in page
        assert secret not in page


def test_a_bad_address_is_refused_on_the_form(browser: Client) -> None:
    response = browser.post("/account/webhooks/new", HOOK | {"url": "https://localhost/"})
    assert response.status_code == 400
    assert "not on the public internet" in text(response)
    assert 'value="https://localhost/"' in text(response)


def test_the_owner_of_an_organisation_chooses_for_whom(browser: Client) -> None:
    assert 'name="owner"' not in text(browser.get("/account/webhooks/new"))
    make_organisation(owner=make_user())
    assert 'name="owner"' in text(browser.get("/account/webhooks/new"))
    assert created(browser, owner="acme").owner.handle == "acme"


def test_the_log_shows_how_a_delivery_ended(browser: Client) -> None:
    webhook = created(browser)
    address = f"/account/webhooks/{webhook.public_id}/"
    assert browser.post(address, {"action": "test"}).status_code == 302
    delivery = WebhookDelivery.objects.get()
    WebhookDelivery.objects.update(attempts=1, sent_at=NOW)
    delivery.refresh_from_db()
    record_reply(delivery, Reply(7, status=200, text="<b>fine</b>"), now=NOW)
    page = text(browser.get(address))
    assert "webhook.test" in page
    assert "&lt;b&gt;fine&lt;/b&gt;" in page
    assert browser.post(address, {"action": "replay", "delivery": delivery.public_id}).status_code == 302
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts) == ("pending", 0)


def test_buttons_disable_enable_change_rotate_and_delete(browser: Client) -> None:
    webhook = created(browser)
    address = f"/account/webhooks/{webhook.public_id}/"
    browser.post(address, {"action": "disable"})
    assert "disabled by its owner" in text(browser.get(address))
    browser.post(address, {"action": "enable"})
    browser.post(address, {"action": "change", "url": HOOK["url"], "types": ["key.deleted"]})
    webhook.refresh_from_db()
    assert (webhook.enabled, webhook.types) == (True, ["key.deleted"])
    rotated = browser.post(address, {"action": "rotate"})
    assert "signed by the former secret as well" in text(rotated)
    assert browser.post(address, {"action": "explode"}).status_code == 404
    assert browser.post(address, {"action": "delete"})["Location"] == "/account/webhooks/"
    assert not Webhook.objects.exists()


def test_too_many_tests_are_refused_with_the_time_to_wait(browser: Client) -> None:
    address = f"/account/webhooks/{created(browser).public_id}/"
    answers = [browser.post(address, {"action": "test"}) for _ in range(7)]
    assert answers[-1].status_code == 429
    assert int(answers[-1]["Retry-After"]) > 0


def test_a_reader_of_an_organisation_sees_the_log_without_buttons(browser: Client) -> None:
    make_organisation(owner=make_user(), reader=make_user("ben"))
    webhook = created(browser, owner="acme")
    ben = Client()
    ben.force_login(make_user("ben"))
    page = text(ben.get(f"/account/webhooks/{webhook.public_id}/"))
    assert HOOK["url"] in page
    assert 'name="action"' not in page
    eve = Client()
    eve.force_login(make_user("eve"))
    assert eve.get(f"/account/webhooks/{webhook.public_id}/").status_code == 404
