"""Every kind of reply gets its own outcome: the rows of the error table, one by one."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.engine.outcomes import POLICIES, Fault, Kind, Outcome
from evals.engine.protocols import PROTOCOLS, UnknownProtocol, protocol_named
from evals.engine.replies import check, item_answer, retry_after
from evals.engine.requests import Answer, Usage

SECRET = "s3cr3t-value-of-the-key"


def chat(content: Any, **changes: Any) -> dict[str, Any]:
    choice = {"index": 0, "message": {"role": "assistant", "content": content}, "finish_reason": "stop"}
    return {"id": "r1", "model": "m-served", "choices": [choice | changes.pop("choice", {})], **changes}


def look(
    reply: Any, *, status: int = 200, headers: dict[str, str] | None = None, protocol: str = "openai-chat"
) -> Answer | Fault:
    raw = reply if isinstance(reply, bytes) else json.dumps(reply).encode()
    return check(protocol=PROTOCOLS[protocol], status=status, headers=headers or {}, raw=raw, secret=SECRET)


@pytest.mark.parametrize(
    ("reply", "outcome", "text"),
    [
        (chat("42"), Outcome.ANSWERED, "42"),
        (chat(""), Outcome.EMPTY, ""),
        (chat(None), Outcome.NULL, ""),
        (chat([{"type": "text", "text": "4"}, {"type": "text", "text": "2"}]), Outcome.ANSWERED, "42"),
        (chat("4", choice={"finish_reason": "length"}), Outcome.LENGTH, "4"),
        (chat(None, choice={"finish_reason": "length"}), Outcome.LENGTH, ""),
        (chat("", choice={"finish_reason": "content_filter"}), Outcome.REFUSAL, ""),
        (chat(None, choice={"message": {"content": None, "refusal": "I can't."}}), Outcome.REFUSAL, ""),
        (chat("42", error=None), Outcome.ANSWERED, "42"),
        (chat("42", usage="nonsense"), Outcome.ANSWERED, "42"),
    ],
)
def test_a_chat_that_came_through_is_an_answer(reply: Any, outcome: Outcome, text: str) -> None:
    answer = look(reply)
    assert isinstance(answer, Answer)
    assert (answer.outcome, answer.text, answer.served_model, answer.response_id) == (
        outcome,
        text,
        "m-served",
        "r1",
    )
    assert json.loads(answer.body) == reply


@pytest.mark.parametrize(
    ("reply", "detail"),
    [
        (chat("42") | {"choices": chat("1")["choices"] * 2}, "2 choices"),
        (chat({"text": "42"}), "content is dict"),
        (b"<html><body>Bad gateway</body></html>", "not JSON: <html>"),
        (b'{"id": "r1", "choices": [{"mess', "not JSON"),
        (b"", "not JSON"),
        (b"[1, 2]", "a JSON list"),
        (b'{"choices": [{"message": {"content": "\xff\xfe"}}]}', "not UTF-8"),
        (b"[" * 100_000, "nested too deeply"),
    ],
)
def test_a_reply_that_is_no_answer_is_malformed_and_tried_again(reply: Any, detail: str) -> None:
    fault = look(reply)
    assert isinstance(fault, Fault)
    assert fault.kind is Kind.MALFORMED
    assert detail in fault.detail
    assert not fault.is_final(0)


@pytest.mark.parametrize(
    "reply",
    [chat("42") | {"choices": []}, {"id": "r1"}, chat("42", choice={"message": None})],
    ids=["an empty list", "no list", "no message"],
)
def test_a_reply_without_a_message_is_tried_three_times_and_then_the_item_s_outcome(reply: Any) -> None:
    fault = look(reply)
    assert isinstance(fault, Fault)
    assert (fault.kind, fault.is_final(1), fault.is_final(2)) == (Kind.NO_ANSWER, False, True)
    assert item_answer(fault).outcome is Outcome.NO_ANSWER


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ({"message": "Try later", "code": 429}, Kind.RATE_LIMITED),
        ({"message": "Try later", "code": "503"}, Kind.OVERLOADED),
        ({"message": "upstream", "code": 401}, Kind.CREDENTIAL_REFUSED),
        ({"message": "slow", "type": "rate_limit_error"}, Kind.RATE_LIMITED),
        ({"message": "no money", "code": "insufficient_quota"}, Kind.OUT_OF_CREDIT),
        ("something broke", Kind.ERROR_BODY),
        ({"message": "something broke"}, Kind.ERROR_BODY),
    ],
)
def test_an_error_under_status_200_is_never_an_empty_answer(error: Any, kind: Kind) -> None:
    fault = look({"error": error})
    assert isinstance(fault, Fault)
    assert fault.kind is kind


@pytest.mark.parametrize(
    ("status", "kind", "again"),
    [
        (301, Kind.REDIRECTED, False),
        (400, Kind.BAD_REQUEST, False),
        (401, Kind.CREDENTIAL_REFUSED, False),
        (402, Kind.OUT_OF_CREDIT, False),
        (403, Kind.FORBIDDEN, False),
        (404, Kind.NOT_FOUND, False),
        (408, Kind.TIMEOUT, True),
        (409, Kind.CONFLICT, True),
        (418, Kind.BAD_REQUEST, False),
        (422, Kind.BAD_REQUEST, False),
        (425, Kind.CONFLICT, True),
        (429, Kind.RATE_LIMITED, True),
        (500, Kind.SERVER_ERROR, True),
        (502, Kind.SERVER_ERROR, True),
        (503, Kind.OVERLOADED, True),
        (504, Kind.TIMEOUT, True),
        (529, Kind.OVERLOADED, True),
    ],
)
def test_a_status_says_whether_to_try_again(status: int, kind: Kind, again: bool) -> None:
    fault = look({"error": {"message": "The words of the provider"}}, status=status)
    assert isinstance(fault, Fault)
    assert (fault.kind, not fault.is_final(0), fault.http_status) == (kind, again, status)
    assert "words of the provider" in fault.detail or kind is Kind.REDIRECTED


def test_a_quota_that_is_used_up_is_not_waited_for() -> None:
    fault = look({"error": {"message": "pay", "code": "insufficient_quota"}}, status=429)
    assert isinstance(fault, Fault)
    assert fault.kind is Kind.OUT_OF_CREDIT


def test_each_kind_of_fault_has_a_policy_and_all_but_a_rate_limit_end_some_day() -> None:
    assert set(POLICIES) == set(Kind)
    endless = {kind for kind, policy in POLICIES.items() if policy.retries is None}
    assert endless == {Kind.RATE_LIMITED}


@pytest.mark.parametrize(
    ("usage", "read"),
    [
        (
            {
                "prompt_tokens": 10,
                "completion_tokens": 5,
                "prompt_tokens_details": {"cached_tokens": 4},
                "completion_tokens_details": {"reasoning_tokens": 3},
            },
            Usage(10, 4, 3, 5),
        ),
        ({"prompt_tokens": "10", "completion_tokens": -1}, Usage()),
        ({"prompt_tokens": True, "completion_tokens": 2**40}, Usage()),
        ({"prompt_tokens": 1.5, "prompt_tokens_details": 7}, Usage()),
        (None, Usage()),
    ],
)
def test_wrong_usage_is_left_out_and_right_usage_is_read(usage: Any, read: Usage) -> None:
    answer = look(chat("42", usage=usage))
    assert isinstance(answer, Answer)
    assert answer.usage == read


def test_completions_are_read_too() -> None:
    answer = look(
        {"choices": [{"index": 0, "text": " 4", "finish_reason": "length"}]}, protocol="openai-completions"
    )
    assert isinstance(answer, Answer)
    assert (answer.outcome, answer.text) == (Outcome.LENGTH, " 4")


def test_reasoning_is_kept_apart_from_the_answer() -> None:
    answer = look(chat("42", choice={"message": {"content": "42", "reasoning_content": "6 times 7"}}))
    assert isinstance(answer, Answer)
    assert (answer.text, answer.reasoning) == ("42", "6 times 7")


@pytest.mark.parametrize("status", [200, 401])
def test_a_secret_that_the_provider_repeats_is_taken_out(status: int) -> None:
    message = f"Incorrect API key provided: {SECRET}, or Bearer {SECRET}; perhaps sk-abc***wxyz"
    fault = look({"error": {"message": message}}, status=status)
    assert isinstance(fault, Fault)
    assert SECRET not in fault.detail
    assert "wxyz" not in fault.detail
    answer = look(chat(f"your key is {SECRET}"))
    assert isinstance(answer, Answer)
    assert SECRET not in answer.body


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7"}, 7.0),
        ({"Retry-After": "0.5"}, 0.5),
        ({"Retry-After-Ms": "250"}, 0.25),
        ({"Retry-After": "999999"}, 3600.0),
        ({"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0.0),
        ({"Retry-After": "soon"}, None),
        ({}, None),
    ],
)
def test_retry_after_is_seconds_or_a_date(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers) == seconds


@given(st.binary(max_size=300), st.sampled_from([200, 302, 400, 429, 500]))
def test_no_bytes_whatever_raise(raw: bytes, status: int) -> None:
    result = check(protocol=PROTOCOLS["openai-chat"], status=status, headers={}, raw=raw, secret=SECRET)
    assert isinstance(result, Fault)


def test_an_unknown_protocol_is_refused_with_those_there_are() -> None:
    with pytest.raises(UnknownProtocol, match=rf"'telepathy'; there are {', '.join(sorted(PROTOCOLS))}\."):
        protocol_named("telepathy")
