"""A dispute is filed and read through the API: without an account, once a key, nothing private told."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
from pytest_django import Settings
from rest_framework.test import APIClient

from evals.models import Dispute
from evals.operations.disputes import lifecycle, puzzles
from evals.operations.disputes.lifecycle import answer_dispute, show_dispute
from leaderboard.client_address import read_trusted_proxies
from tests.support.record import NOW, make_model

pytestmark = pytest.mark.django_db
BODY = {
    "fact": "model:m-one:name",
    "statement": "Its developer writes the name otherwise.",
    "evidence": ["https://example.org/card"],
    "contact": "ada@example.org",
}


@pytest.fixture(autouse=True)
def _model() -> None:
    make_model("m-one")


def send(api: APIClient, key: str = "", **fields: Any) -> Any:
    headers = {"Idempotency-Key": key} if key else {}
    return api.post("/api/v1/disputes", BODY | fields, format="json", headers=headers)


def test_anybody_files_a_dispute_and_a_key_files_it_once(api: APIClient) -> None:
    first = send(api, key="k")
    assert first.status_code == 201
    assert first["Location"].endswith(f"/api/v1/disputes/{first.json()['data']['id']}")
    assert send(api, key="k").status_code == 200
    assert send(api, key="k", statement="Something else is wrong.").status_code == 409
    assert Dispute.objects.count() == 1
    assert "ada@example.org" not in first.content.decode()


def test_a_dispute_is_read_once_a_moderator_has_seen_it(api: APIClient) -> None:
    where = send(api)["Location"]
    assert api.get(where).status_code == 404
    assert api.get("/api/v1/disputes").json()["count"] == 0
    dispute = Dispute.objects.get()
    show_dispute(dispute_id=dispute.pk, now=NOW)
    answer_dispute(
        dispute_id=dispute.pk, state="rejected", answer="It stands.", by="mod", now=NOW + timedelta(days=1)
    )
    response = api.get(where)
    assert response.json()["data"]["answer"] == "It stands."
    assert api.get("/api/v1/disputes?state=rejected&subject=m-one").json()["data"] == [
        response.json()["data"]
    ]
    assert api.get("/api/v1/disputes?state=open").json()["count"] == 0
    for private in ("ada@example.org", dispute.filed_from, "contact", "filed_from"):
        assert private not in response.content.decode()
    then = f"{where}?as_of={NOW.date()}"
    assert (api.get(then).json()["data"]["state"], api.get(then).json()["data"]["answer"]) == ("open", "")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"fact": "model:m-one:released"}, "fact"),
        ({"fact": "nothing"}, "fact"),
        ({"statement": "short"}, "statement"),
        ({"evidence": []}, "evidence"),
        ({"evidence": ["javascript:alert(1)"]}, "evidence"),
        ({"evidence": "https://example.org"}, "evidence"),
        ({"contact": "x" * 201}, "contact"),
    ],
)
def test_what_cannot_be_filed_is_refused_by_name(api: APIClient, fields: Any, field: str) -> None:
    answer = send(api, **fields)
    assert answer.status_code == 400
    assert answer.json()["error"]["field"] == field
    assert not Dispute.objects.exists()


def test_one_place_files_a_few_an_hour_whatever_it_says_of_itself(
    api: APIClient, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lifecycle, "refuse_unsolved", lambda **_: None)
    settings.TRUSTED_PROXIES = read_trusted_proxies(["127.0.0.1"])
    answers = [
        api.post(
            "/api/v1/disputes",
            BODY | {"statement": f"{BODY['statement']} {i}"},
            format="json",
            headers={"X-Forwarded-For": f"10.0.0.{i}, 203.0.113.7"},
        )
        for i in range(6)
    ]
    assert [answer.status_code for answer in answers] == [201] * 5 + [429]
    assert 3500 < int(answers[5]["Retry-After"]) <= 3600
    error = answers[5].json()["error"]
    assert (error["code"], error["quota"]) == ("quota_exceeded", "subscriber")
    stored = Dispute.objects.values_list("filed_from", "filed_network")
    assert len(set(stored)) == 1
    assert {"203.0.113.7", "203.0.113.0", ""}.isdisjoint(stored[0])


def test_a_puzzle_is_solved_as_the_documents_say(api: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(puzzles, "LEAST_BITS", 8)
    for n in (1, 2):
        assert send(api, key=str(n)).status_code == 201
    refused = send(api, key="3")
    assert refused.status_code == 400
    error = refused.json()["error"]
    assert (error["code"], error["field"]) == ("puzzle_required", "solution")
    puzzle = error["puzzle"]
    number = 0
    while int(sha256(f"{puzzle['text']}:{number}".encode()).hexdigest(), 16) >> (256 - puzzle["bits"]):
        number += 1
    solved = {"puzzle": puzzle["text"], "solution": str(number)}
    assert send(api, key="3", **solved).status_code == 201
    assert send(api, key="3", **solved).status_code == 200, "the same request again"
    assert send(api, key="4", **solved).json()["error"]["code"] == "puzzle_required"


def test_a_model_tells_each_country_with_where_it_was_read(api: APIClient) -> None:
    model = api.get("/api/v1/models/m-one").json()["data"]
    names = {"country", "country_source", "base_country", "base_source", "host_country", "host_source"}
    assert names <= set(model)
