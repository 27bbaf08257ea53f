"""What is sent again, after how long, and what never is."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from lagline import RetryPolicy, ServiceUnavailable, TooManyRequests, Unreachable

from tests.support import Both, Script, refusal, row

ESTIMATE: dict[str, Any] = {"suite": "mini", "model": "m"}


def test_a_read_is_repeated_after_network_errors_and_temporary_refusals(both: Both) -> None:
    script = Script(
        [
            httpx.ConnectError("no route"),
            httpx.ReadTimeout("slow"),
            refusal(503, "unavailable"),
            httpx.Response(502, text="<html>"),
            row({"slug": "m"}),
        ]
    )
    assert both.call(script, "model", "m") == {"slug": "m"}
    assert both.slept == [0.5, 1.0, 2.0, 4.0]


def test_it_waits_as_long_as_retry_after_says_in_either_form(both: Both) -> None:
    date = "Thu, 01 Jan 1970 00:00:30 GMT"  # the clock of the tests stands at 0
    script = Script(
        [refusal(429, "throttled", retry_after="7"), refusal(503, "x", retry_after=date), row({})]
    )
    both.call(script, "model", "m")
    assert both.slept == [7.0, 30.0]


def test_a_wait_that_is_too_long_is_an_error_that_names_it(both: Both) -> None:
    script = Script([refusal(429, "quota_exceeded", retry_after="86400")])
    with pytest.raises(TooManyRequests, match="quota_exceeded") as raised:
        both.call(script, "model", "m")
    assert raised.value.retry_after_s == 86400
    assert both.slept == []


def test_after_five_attempts_the_last_error_is_raised(both: Both) -> None:
    script = Script([httpx.ConnectError("no route")] * 5)
    with pytest.raises(Unreachable, match=r"lagline\.example cannot be reached"):
        both.call(script, "model", "m")
    script = Script([refusal(503, "unavailable") for _ in range(5)])
    with pytest.raises(ServiceUnavailable):
        both.call(script, "model", "m")
    assert len(script.requests) == 5


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 500])
def test_other_refusals_are_final(both: Both, status: int) -> None:
    script = Script([refusal(status, "no")])
    with pytest.raises(Exception, match=r"no\."):
        both.call(script, "model", "m")
    assert both.slept == []


def test_a_submission_is_repeated_with_the_same_key(both: Both) -> None:
    script = Script([httpx.ReadError("reset"), refusal(503, "unavailable"), row({"id": "1"}, 201)])
    assert both.call(script, "submit", **ESTIMATE) == {"id": "1"}
    keys = {request.headers["idempotency-key"] for request in script.requests}
    assert len(keys) == 1
    assert len({request.content for request in script.requests}) == 1


def test_a_post_without_a_key_is_sent_once(both: Both) -> None:
    for reply in (httpx.ReadError("reset"), refusal(503, "unavailable")):
        script = Script([reply])
        with pytest.raises((Unreachable, ServiceUnavailable)):
            both.call(script, "cancel", "1")
        assert both.slept == []
        assert "idempotency-key" not in script.requests[0].headers


def test_the_wait_grows_to_a_limit_and_is_spread_at_random() -> None:
    policy = RetryPolicy(first_s=1, longest_s=10, jitter=lambda: 0.0)
    assert [policy.backoff(n) for n in (1, 2, 3, 4, 5, 1000)] == [0.5, 1, 2, 4, 5, 5]


@pytest.mark.parametrize("text", ["", "soon", "-3", "٣", "1e9", "Thu, 99 Jan 1970 00:00:30 GMT"])
def test_a_retry_after_that_cannot_be_read_counts_as_none(text: str) -> None:
    assert RetryPolicy().stated_wait({"retry-after": text}) is None
