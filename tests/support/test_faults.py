"""Each fault that a plan can name happens on the wire, when the plan says and only then."""

import http.client
import json
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest

from tests.support.fault_plan import BadPlan, Call, Fault, FaultPlan, Kind
from tests.support.fixtures import StartProvider
from tests.support.http import CHAT, Reply, ask, chat_payload, complete, send
from tests.support.limits import LimitGuard, Limits
from tests.support.provider import SimulatedProvider
from tests.support.service import Settings


def _struck(provider: SimulatedProvider, fault: Fault, **fields: Any) -> Reply:
    provider.follow(fault)
    return ask(provider, **fields)


@contextmanager
def _opened(provider: SimulatedProvider) -> Iterator[socket.socket]:
    """Send a chat request over a bare socket."""
    body = json.dumps(chat_payload()).encode()
    head = f"POST {CHAT} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    with socket.create_connection(("127.0.0.1", provider.port), timeout=10) as connection:
        connection.sendall(head + body)
        yield connection


@pytest.mark.parametrize("status", [400, 401, 403, 404, 408, 409, 422, 425, 429, 500, 502, 503, 504, 529])
def test_an_error_status_comes_with_openais_error_body(provider: SimulatedProvider, status: int) -> None:
    reply = _struck(provider, Fault(Kind.STATUS, status=status, message="No."))
    assert (reply.status, reply.error["message"]) == (status, "No.")
    assert "Retry-After" not in reply.headers
    assert provider.stats()["by_status"] == {str(status): 1}


def test_retry_after_comes_in_seconds_or_as_a_date(provider: SimulatedProvider) -> None:
    in_seconds = _struck(provider, Fault(Kind.STATUS, status=429, retry_after_seconds=1.5))
    assert in_seconds.headers["Retry-After"] == "1.5"
    as_date = _struck(
        provider, Fault(Kind.STATUS, status=503, retry_after_seconds=60, retry_after_as_date=True)
    )
    wait = parsedate_to_datetime(as_date.headers["Retry-After"]) - datetime.now(UTC)
    assert 55 < wait.total_seconds() <= 60


def test_latency_delays_the_answer_and_nothing_else(provider: SimulatedProvider) -> None:
    expected, start = ask(provider).text, time.monotonic()
    assert _struck(provider, Fault(Kind.LATENCY, seconds=0.3)).text == expected
    assert time.monotonic() - start >= 0.3


def test_a_cut_connection_ends_in_the_middle_of_the_body(provider: SimulatedProvider) -> None:
    with pytest.raises(http.client.IncompleteRead) as caught:
        _struck(provider, Fault(Kind.CUT))
    assert caught.value.partial.startswith(b'{"id": "chatcmpl-')


def test_a_dropped_connection_ends_before_the_first_byte(provider: SimulatedProvider) -> None:
    provider.follow(Fault(Kind.DROP))
    with _opened(provider) as connection:
        assert connection.recv(100) == b""


def test_html_comes_with_status_200(provider: SimulatedProvider) -> None:
    reply = _struck(provider, Fault(Kind.HTML))
    assert (reply.status, reply.body[:9]) == (200, b"<!DOCTYPE")


def test_truncated_json_is_a_whole_body_of_half_a_document(provider: SimulatedProvider) -> None:
    reply = _struck(provider, Fault(Kind.TRUNCATED_JSON))
    assert (reply.status, int(reply.headers["Content-Length"])) == (200, len(reply.body))
    with pytest.raises(json.JSONDecodeError):
        reply.content  # noqa: B018


def test_an_error_may_come_with_status_200(provider: SimulatedProvider) -> None:
    reply = _struck(provider, Fault(Kind.ERROR_BODY, message="Overloaded."))
    assert (reply.status, reply.error["message"], "choices" in reply.content) == (200, "Overloaded.", False)


def test_content_may_be_null_and_choices_empty(provider: SimulatedProvider) -> None:
    assert _struck(provider, Fault(Kind.NULL_CONTENT)).choice["message"]["content"] is None
    assert complete(provider, "x").choice["text"] is None
    assert _struck(provider, Fault(Kind.NO_CHOICES)).content["choices"] == []


def test_a_refusal_stands_in_its_own_field(provider: SimulatedProvider) -> None:
    message = _struck(provider, Fault(Kind.REFUSAL)).choice["message"]
    assert (message["content"], message["refusal"][:9]) == (None, "I'm sorry")
    assert complete(provider, "x").text.startswith("I'm sorry")


def test_a_length_finish_has_half_the_text(provider: SimulatedProvider) -> None:
    whole = ask(provider).text
    reply = _struck(provider, Fault(Kind.LENGTH))
    assert (reply.text, reply.choice["finish_reason"]) == (whole[: len(whole) // 2], "length")


def test_an_ignored_stop_leaves_the_stop_sequence_in_the_text(provider: SimulatedProvider) -> None:
    question = "Question: What is 6 + 8?\nAnswer:"
    assert "Question:" not in ask(provider, question, stop=["Question:"]).text
    assert "Question:" in _struck(provider, Fault(Kind.IGNORED_STOP), prompt=question, stop="Question:").text
    assert "Question:" in complete(provider, question, stop=["Question:"], max_tokens=99).text


def test_thoughts_come_in_tags_unclosed_or_in_a_field(provider: SimulatedProvider) -> None:
    plain = ask(provider).text
    tagged = _struck(provider, Fault(Kind.THINK)).text
    assert tagged.startswith("<think>\n")
    assert tagged.endswith(f"</think>\n\n{plain}")
    assert "</think>" not in _struck(provider, Fault(Kind.THINK, form="open")).text
    apart = _struck(provider, Fault(Kind.THINK, form="field"))
    assert (apart.text, "reasoning_content" in apart.choice["message"]) == (plain, True)


def test_an_endless_body_goes_on_until_the_client_leaves(provider: SimulatedProvider) -> None:
    provider.follow(Fault(Kind.ENDLESS, size_bytes=100_000))
    with _opened(provider) as connection:
        read = 0
        while read < 5_000_000:
            read += len(connection.recv(1 << 16))
        assert provider.stats()["in_flight"] == 1
    deadline = time.monotonic() + 5
    while provider.stats()["in_flight"] and time.monotonic() < deadline:
        time.sleep(0.01)
    assert provider.stats()["in_flight"] == 0


def test_a_huge_body_is_a_document_of_fifty_million_bytes(provider: SimulatedProvider) -> None:
    reply = _struck(provider, Fault(Kind.HUGE))
    assert len(reply.body) == 50_000_000
    assert len(reply.content["choices"]) == 1


def test_invalid_utf8_stands_where_the_text_should(provider: SimulatedProvider) -> None:
    reply = _struck(provider, Fault(Kind.INVALID_UTF8))
    assert b'"content": "\xff\xfe' in reply.body
    with pytest.raises(UnicodeDecodeError):
        reply.body.decode()


def test_usage_and_model_may_be_wrong(provider: SimulatedProvider) -> None:
    assert _struck(provider, Fault(Kind.WRONG_USAGE)).content["usage"]["prompt_tokens"] == -1
    assert _struck(provider, Fault(Kind.WRONG_USAGE, usage={"a": 1})).content["usage"] == {"a": 1}
    assert _struck(provider, Fault(Kind.OTHER_MODEL, served_model="cheap")).content["model"] == "cheap"


def test_a_redirect_points_to_an_internal_address(provider: SimulatedProvider) -> None:
    reply = _struck(provider, Fault(Kind.REDIRECT))
    assert (reply.status, reply.headers["Location"]) == (307, "http://169.254.169.254/latest/meta-data/")


def test_an_error_may_repeat_the_key_of_the_caller(start_provider: StartProvider) -> None:
    plan = FaultPlan((Fault(Kind.STATUS, status=403, echo_key=True),))
    provider = start_provider(Settings(api_key="sk-secret", plan=plan))
    reply = send(provider, chat_payload(), headers={"Authorization": "Bearer sk-secret"})
    assert "sk-secret" in reply.error["message"]


def test_faults_strike_the_calls_that_they_name(provider: SimulatedProvider) -> None:
    provider.follow(Fault(Kind.STATUS, status=500, calls=(2, 3)), Fault(Kind.STATUS, status=503, every=4))
    assert [ask(provider, str(n)).status for n in range(8)] == [200, 500, 500, 503, 200, 200, 200, 503]


def test_faults_strike_the_attempts_models_and_prompts_that_they_name(provider: SimulatedProvider) -> None:
    provider.follow(Fault(Kind.STATUS, status=500, attempts=(1,)))
    assert [ask(provider, "a").status for _ in range(3)] == [500, 200, 200]
    provider.follow(Fault(Kind.STATUS, status=500, model="sim-small", contains="b"))
    questions = [("b", "sim-small"), ("a", "sim-small"), ("b", "sim-large")]
    assert [ask(provider, prompt, model=model).status for prompt, model in questions] == [500, 200, 200]


def test_a_probability_strikes_the_same_calls_whatever_their_order() -> None:
    plan = FaultPlan((Fault(Kind.HTML, probability=0.2),), seed=3)
    calls = [Call(0, attempt, f"{payload:064x}", "m", "") for payload in range(1000) for attempt in (1, 2)]
    struck = [plan.fate(call).fault is not None for call in calls]
    assert 340 < sum(struck) < 460
    backwards = [plan.fate(call).fault is not None for call in reversed(calls)]
    assert backwards[::-1] == struck
    assert [FaultPlan(plan.faults, seed=4).fate(call).fault is not None for call in calls] != struck


def test_latencies_add_up_and_the_first_other_fault_counts() -> None:
    faults = (
        Fault(Kind.LATENCY, seconds=1),
        Fault(Kind.HTML),
        Fault(Kind.LATENCY, seconds=2),
        Fault(Kind.CUT),
    )
    fate = FaultPlan(faults).fate(Call(1, 1, "0", "m", ""))
    assert (fate.delay_seconds, fate.fault) == (3, faults[1])


@pytest.mark.parametrize(
    ("fault", "complaint"),
    [
        ({"kind": "status"}, "needs a status from 400 to 599, not None"),
        ({"kind": "status", "status": 200}, "needs a status from 400 to 599, not 200"),
        ({"kind": "html", "status": 500}, "html does not take .'status'."),
        ({"kind": "think", "form": "loud"}, "form is 'loud'; it must be one of tags, open, field"),
        ({"kind": "cut", "probability": 2}, "probability is 2; it must be from 0 to 1"),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(fault: dict[str, Any], complaint: str) -> None:
    with pytest.raises(BadPlan, match=complaint):
        FaultPlan.from_json({"faults": [fault]})


def test_a_plan_is_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_text('{"seed": 5, "faults": [{"kind": "cut", "calls": [1, 2]}]}', encoding="utf-8")
    assert FaultPlan.from_file(path) == FaultPlan((Fault(Kind.CUT, calls=(1, 2)),), seed=5)
    path.write_text("{", encoding="utf-8")
    with pytest.raises(BadPlan, match=r"plan\.json is no JSON"):
        FaultPlan.from_file(path)


def test_calls_over_the_limit_of_requests_are_refused_and_remembered(provider: SimulatedProvider) -> None:
    provider.limit(Limits(requests=3, window_seconds=30))
    replies = [ask(provider, str(n)) for n in range(5)]
    assert [reply.status for reply in replies] == [200, 200, 200, 429, 429]
    assert replies[0].headers["x-ratelimit-remaining-requests"] == "2"
    assert 28 <= int(replies[4].headers["Retry-After"]) <= 30
    assert provider.stats()["violations"] == {"requests": 2}


def test_calls_over_the_limit_at_once_are_refused(provider: SimulatedProvider) -> None:
    provider.limit(Limits(at_once=2))
    provider.follow(Fault(Kind.LATENCY, seconds=0.5))
    with ThreadPoolExecutor(4) as pool:
        statuses = list(pool.map(lambda n: ask(provider, str(n)).status, range(4)))
    assert sorted(statuses) == [200, 200, 429, 429]
    stats = provider.stats()
    assert (stats["most_at_once"] > 2, stats["violations"]) == (True, {"at_once": 2})


def test_tokens_are_counted_in_a_window_that_slides() -> None:
    now = 0.0
    guard = LimitGuard(Limits(tokens=100, window_seconds=10), clock=lambda: now)
    assert guard.admit(60) is None
    now = 4.0
    assert guard.admit(40) is None
    violation = guard.admit(1)
    assert violation is not None
    assert (violation.limit, violation.seen, violation.retry_after_seconds) == ("tokens", 101, 6.0)
    now = 10.0
    assert guard.admit(60) is None
    assert guard.admit(1) is not None
