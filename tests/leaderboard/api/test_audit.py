"""The audit log through the API: for tokens of operators and auditors, page by page."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from rest_framework.test import APIClient

from evals.models import AuditAction, AuditEvent
from evals.operations.audit import record_event
from tests.support.record import make_submission

ADDRESS = "/api/v1/audit"


def test_only_tokens_of_operators_and_auditors_read_it(
    api: APIClient, ann: APIClient, bearer: Callable[..., APIClient]
) -> None:
    assert api.get(ADDRESS).status_code == 401
    assert ann.get(ADDRESS).status_code == 403
    assert bearer("op", role="operator").get(ADDRESS).status_code == 200
    answer = bearer("eve", role="auditor").get(ADDRESS)
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]


def test_next_leads_to_the_older_events_of_the_same_filter(bearer: Callable[..., APIClient]) -> None:
    eve = bearer("eve", role="auditor")
    for number in range(5):
        record_event(action=AuditAction.SUITE_LOAD, object_type="suite", object_id=number)
    address, seen = f"{ADDRESS}?action=suite.load&page_size=2", []
    while address:
        body = eve.get(address).json()
        seen += [row["object_id"] for row in body["data"]]
        address = body["next"] and "?".join(urlsplit(body["next"])[2:4])
    assert seen == ["4", "3", "2", "1", "0"]


def test_an_action_by_token_names_account_and_token(ann: APIClient, bearer: Callable[..., APIClient]) -> None:
    submission = make_submission()
    ann.post(f"/api/v1/submissions/{submission.public_id}/cancel")
    query = f"?object_id={submission.public_id}&action=submission.cancel"
    (row,) = bearer("eve", role="auditor").get(ADDRESS + query).json()["data"]
    assert (row["actor_name"], row["actor_kind"]) == ("ann", "account")
    assert row["token"] == submission.submitter.api_tokens.get().pk
    assert (row["before"], row["after"]) == ({"state": "PENDING"}, {"state": "CANCELLED"})
    assert len(row["network"]) == 32


@pytest.mark.parametrize("query", ["?action=nope", "?nope=1", "?since=soon", "?before=0"])
def test_a_wrong_parameter_is_refused_by_name(query: str, bearer: Callable[..., APIClient]) -> None:
    assert bearer("eve", role="auditor").get(ADDRESS + query).status_code == 400
    assert AuditEvent.objects.exists()
