"""Webhooks through the API: the secret once, the log, and nothing for strangers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from evals.models import Webhook, WebhookDelivery
from tests.support.record import make_organisation, make_user

BASE = "/api/v1/account/webhooks"
HOOK = {"url": "https://lab.example/hook", "types": ["submission.failed"]}


def create(client: APIClient, **changes: object) -> dict[str, Any]:
    response = client.post(BASE, HOOK | changes, format="json")
    assert response.status_code == 201, response.content
    data: dict[str, Any] = response.json()["data"]
    return data


def test_a_webhook_is_created_and_read_and_its_secret_is_shown_once(ann: APIClient) -> None:
    response = ann.post(BASE, HOOK, format="json")
    data = response.json()["data"]
    assert data["secret"].startswith("whsec_")
    assert response["Location"] == f"http://testserver{BASE}/{data['webhook']['id']}"
    (row,) = ann.get(BASE).json()["data"]
    assert row == data["webhook"] == ann.get(f"{BASE}/{row['id']}").json()["data"]
    assert (row["owner"], row["types"], row["enabled"]) == ("ann", ["submission.failed"], True)
    assert data["secret"] not in ann.get(BASE).content.decode()


def test_without_types_a_webhook_has_all(ann: APIClient) -> None:
    response = ann.post(BASE, {"url": HOOK["url"]}, format="json")
    types = response.json()["data"]["webhook"]["types"]
    assert {"submission.finished", "scores.published", "headline.changed"} <= set(types)
    assert "webhook.test" not in types


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"url": "https://10.0.0.1/"}, "bad_address"), ({"types": ["nothing"]}, "unknown_type")],
)
def test_a_bad_webhook_is_refused_by_name(ann: APIClient, changes: dict[str, object], code: str) -> None:
    response = ann.post(BASE, HOOK | changes, format="json")
    assert (response.status_code, response.json()["error"]["code"]) == (400, code)
    assert not Webhook.objects.exists()


def test_a_webhook_is_changed_disabled_and_deleted(ann: APIClient) -> None:
    address = f"{BASE}/{create(ann)['webhook']['id']}"
    changed = ann.patch(address, {"enabled": False, "types": ["key.deleted"]}, format="json").json()["data"]
    assert (changed["enabled"], changed["disabled_reason"]) == (False, "owner")
    assert (changed["types"], changed["url"]) == (["key.deleted"], HOOK["url"])
    assert ann.patch(address, {"enabled": True}, format="json").json()["data"]["disabled_reason"] == ""
    assert ann.delete(address).status_code == 204
    assert ann.get(address).status_code == 404


def test_a_test_is_queued_logged_replayed_and_limited(ann: APIClient, sent: list[str]) -> None:
    address = f"{BASE}/{create(ann)['webhook']['id']}"
    delivery = ann.post(f"{address}/test").json()["data"]
    assert (delivery["type"], delivery["state"]) == ("webhook.test", "pending")
    assert delivery["webhook_id"].startswith("msg_")
    log = ann.get(f"{address}/deliveries").json()
    assert log["data"] == [delivery]
    replay = f"{address}/deliveries/{delivery['id']}/replay"
    assert ann.post(replay).status_code == 409
    WebhookDelivery.objects.update(state="failed", next_at=None, sent_at=timezone.now().replace(year=2025))
    assert ann.post(replay).json()["data"]["state"] == "pending"
    answers = [ann.post(f"{address}/test") for _ in range(6)]
    assert [answer.status_code for answer in answers] == [202] * 5 + [429]
    assert 0 < int(answers[-1]["Retry-After"]) <= 600


def test_a_new_secret_replaces_the_former_one_within_a_day(ann: APIClient) -> None:
    new = create(ann)
    rotated = ann.post(f"{BASE}/{new['webhook']['id']}/rotate").json()["data"]
    assert rotated["secret"] != new["secret"]
    assert rotated["webhook"]["former_until"] is not None


def test_strangers_learn_nothing_and_members_act_by_role(
    bearer: Callable[[str], APIClient], ann: APIClient, api: APIClient
) -> None:
    make_organisation(owner=make_user("ann"), reader=make_user("ben"))
    webhook_id = create(ann, owner="acme")["webhook"]["id"]
    address, ben, eve = f"{BASE}/{webhook_id}", bearer("ben"), bearer("eve")
    assert ben.get(address).status_code == 200
    assert ben.delete(address).status_code == ben.post(f"{address}/test").status_code == 403
    assert eve.get(BASE).json()["data"] == []
    for answer in (eve.get(address), eve.delete(address), eve.post(f"{address}/test")):
        assert answer.status_code == 404
    assert eve.get(f"{address}/deliveries").status_code == 404
    assert api.get(BASE).status_code == 401
