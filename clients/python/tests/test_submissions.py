"""Submitting and controlling: what is sent, and that a lost response makes no second submission."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from lagline import Conflict

from tests.support import Both, Script, refusal, row


def test_a_submission_has_the_fields_given_and_a_key_of_its_own(both: Both) -> None:
    script = Script([row({"id": "1"}, 201), row({"id": "2"}, 201)])
    embargo = datetime(2026, 12, 1, tzinfo=UTC)
    both.call(script, "submit", suite="mini", endpoint="e", budget_usd=Decimal("0.10"), embargo_until=embargo)
    both.call(script, "submit", suite="mini", model="m")
    first, second = script.requests
    assert json.loads(first.content) == {
        "suite": "mini",
        "endpoint": "e",
        "budget_usd": "0.10",
        "embargo_until": "2026-12-01T00:00:00+00:00",
    }
    assert json.loads(second.content) == {"suite": "mini", "model": "m"}
    assert first.headers["idempotency-key"] != second.headers["idempotency-key"]


def test_a_key_can_be_given(both: Both) -> None:
    script = Script([row({"id": "1"}), refusal(409, "idempotency_key_conflict")])
    both.call(script, "submit", suite="mini", model="m", idempotency_key="mine")
    assert script.requests[0].headers["idempotency-key"] == "mine"
    with pytest.raises(Conflict):
        both.call(script, "submit", suite="mini", model="n", idempotency_key="mine")


@pytest.mark.parametrize("action", ["cancel", "pause", "resume", "retry", "rescore", "rerun"])
def test_each_action_is_a_post_below_the_submission(both: Both, action: str) -> None:
    script = Script([row({"id": "1"}, 200)])
    assert both.call(script, action, "1") == {"id": "1"}
    (request,) = script.requests
    assert (request.method, request.url.path) == ("POST", f"/api/v1/submissions/1/{action}")
    assert request.content == b""
    assert ("idempotency-key" in request.headers) == (action == "rerun")


def test_an_estimate_submits_nothing(both: Both) -> None:
    script = Script([row({"calls": 348})])
    assert both.call(script, "estimate", suite="mini", model="m")["calls"] == 348
    (request,) = script.requests
    assert (request.method, dict(request.url.params)) == ("GET", {"suite": "mini", "model": "m"})
