"""What an error means comes from its codes and words, whatever status it has."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.engine.error_rules import BY_CODE, classify, error_in_reply, read_error, wait_in
from evals.engine.outcomes import Kind

STATUSES = (200, 400, 402, 403, 422, 429, 500, 503)


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ({"error": {"message": "Your account balance is insufficient"}}, Kind.OUT_OF_CREDIT),
        ({"error": {"code": "insufficient_quota", "message": "x"}}, Kind.OUT_OF_CREDIT),
        ({"error": {"message": "Rate limit reached, try again in 20s"}}, Kind.RATE_LIMITED),
        ({"error": {"type": "rate_limit_error", "message": "x"}}, Kind.RATE_LIMITED),
        ({"error": {"message": "Your input was flagged by moderation"}}, Kind.CONTENT_REFUSED),
        ({"error": {"message": "prompt is too long: 9 tokens > 8 maximum"}}, Kind.PROMPT_TOO_LONG),
        ({"error": {"message": "Incorrect API key provided"}}, Kind.CREDENTIAL_REFUSED),
        ({"error_code": 336103, "error_msg": "the content is too long"}, Kind.PROMPT_TOO_LONG),
        ({"base_resp": {"status_code": 1026, "status_msg": "input"}}, Kind.CONTENT_REFUSED),
    ],
)
def test_an_error_means_the_same_under_any_status(status: int, error: dict[str, Any], kind: Kind) -> None:
    assert classify(read_error(error), status) is kind


@pytest.mark.parametrize(
    ("error", "status", "kind"),
    [
        (
            {"error": {"message": "You exceeded 10 requests per minute; see plan and billing"}},
            429,
            Kind.RATE_LIMITED,
        ),
        ({"error": {"message": "x", "type": "server_error"}}, 503, Kind.OVERLOADED),
        ({"error": {"message": "x", "code": "invalid_value", "param": "messages[0]"}}, 400, Kind.BAD_REQUEST),
        ({"error": {"message": "array too long", "param": "stop"}}, 400, Kind.BAD_PARAMETER),
        ("<html><meta content='x'>access blocked</html>", 403, Kind.FORBIDDEN),
        ("<html>rate limit</html>", 502, Kind.SERVER_ERROR),
        ({"error": {"message": "The model `x` does not exist"}}, 400, Kind.NOT_FOUND),
        ({"error": {"message": "The model is not available at the moment"}}, 503, Kind.OVERLOADED),
        ({"error": {"message": "Unsupported parameter: 'seed'"}}, 422, Kind.BAD_PARAMETER),
        ({"detail": [{"type": "extra_forbidden", "msg": "Extra inputs"}]}, 422, Kind.BAD_PARAMETER),
        (
            {"error": {"code": "rate_limit_exceeded", "message": "Request too large"}},
            413,
            Kind.PROMPT_TOO_LONG,
        ),
    ],
)
def test_vague_words_yield_to_the_status_and_to_the_field_that_is_named(
    error: Any, status: int, kind: Kind
) -> None:
    assert classify(read_error(error), status) is kind


def test_a_providers_own_terms_come_first() -> None:
    error = read_error({"error": {"code": "insufficient_quota", "message": "Daily words are used"}})
    assert classify(error, 429) is Kind.OUT_OF_CREDIT
    assert classify(error, 429, {"insufficient_quota": "rate_limited"}) is Kind.RATE_LIMITED
    assert classify(error, 429, {"daily words": "overloaded"}) is Kind.OVERLOADED


def test_each_code_is_one_that_is_compared_in_lower_case() -> None:
    assert all(code == code.lower() for code in BY_CODE)


@pytest.mark.parametrize(
    ("reply", "is_error"),
    [
        ({"choices": []}, False),
        ({"choices": [], "base_resp": {"status_code": 0, "status_msg": "success"}}, False),
        ({"choices": [], "base_resp": {"status_code": 1008}}, True),
        ({"choices": [], "error": None}, False),
        ({"type": "message", "content": []}, False),
        ({"type": "error"}, True),
        ({"object": "error", "message": "x"}, True),
        ({"code": 0, "message": "success"}, False),
        ({"code": 1305, "msg": "x"}, True),
        ({"windows": []}, False),
    ],
)
def test_an_error_under_status_200_is_noticed_in_every_form(reply: dict[str, Any], is_error: bool) -> None:
    assert (error_in_reply(reply) is not None) is is_error


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("Please try again in 7.66s.", 7.66),
        ("Please retry in 34.07s", 34.07),
        ("try again in 1m30s", 90.0),
        ("Please try again in 250ms", 0.25),
        ('{"retryDelay": "34s"}', 34.0),
        ("try again later", None),
    ],
)
def test_the_wait_that_a_message_asks_for_is_read(text: str, seconds: float | None) -> None:
    assert wait_in(text) == seconds


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["error", "code", "message", "detail"]), inner)
    ),
    max_leaves=12,
)


@given(JSON, st.sampled_from(STATUSES))
def test_no_error_whatever_raises(error: Any, status: int) -> None:
    assert classify(read_error(error), status) in Kind
