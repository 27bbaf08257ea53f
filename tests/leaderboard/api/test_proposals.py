"""Models are proposed, listed and read through the API."""

from __future__ import annotations

import pytest
from django.test import Client

from evals.operations.proposals.lifecycle import send_back
from leaderboard.accounts.tokens import issue_token
from tests.support.proposals import SOURCE, make_proposal
from tests.support.record import NOW, make_model, make_user

pytestmark = pytest.mark.django_db
BODY = {"name": "Alpha 9", "developer": "deepseek", "openness": "open", "sources": [SOURCE]}


def test_a_model_is_proposed_and_read() -> None:
    make_model()
    token = issue_token(user=make_user("ann", role="submitter"), name="laptop", now=NOW)
    client = Client(headers={"Authorization": f"Bearer {token.secret}"})
    response = client.post("/api/v1/proposals", BODY, content_type="application/json")
    assert response.status_code == 201, response.json()
    row = response.json()["data"]
    assert (row["model"], row["state"], row["proposed_by"]) == ("alpha-9", "open", "ann")
    read = Client().get(f"/api/v1/proposals/{row['id']}").json()["data"]
    assert read == row
    assert Client().get("/api/v1/models/alpha-9").json()["data"]["is_confirmed"] is False
    again = client.post("/api/v1/proposals", BODY, content_type="application/json")
    assert (again.status_code, again.json()["error"]["code"]) == (409, "similar_model")
    assert again.json()["error"]["allowed"] == ["alpha-9"]


def test_without_an_account_nothing_is_proposed() -> None:
    make_model()
    response = Client().post("/api/v1/proposals", BODY, content_type="application/json")
    assert response.status_code in (401, 403)


def test_the_list_has_public_fields_only_and_can_be_filtered() -> None:
    proposal = make_proposal()
    mod = make_user("mod", role="moderator")
    send_back(public_id=proposal.public_id, by=mod, reason="Which licence?", now=NOW)
    (row,) = Client().get("/api/v1/proposals?state=changes_requested").json()["data"]
    assert (row["message"], row["sources"]) == ("Which licence?", [SOURCE])
    assert not {"reviewer", "proposer", "reviewer_id"} & row.keys()
    assert Client().get("/api/v1/proposals?state=rejected").json()["data"] == []
