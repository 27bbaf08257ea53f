"""Turn a reply into an answer or a fault; nothing is stored unchecked."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from evals.engine.capabilities import Capabilities
from evals.engine.error_rules import classify, error_in_reply, read_error, wait_in
from evals.engine.outcomes import POLICIES, Fault, Kind, Outcome
from evals.engine.protocols.protocol import PLAIN, Malformed, NeedsPrefix, Protocol
from evals.engine.requests import Answer, Usage
from evals.redaction import hide_in_reply, redact_message
from evals.untrusted.json_text import JsonLimits, LimitExceeded, load_json

MOST_DETAIL = 600
MOST_ERROR = 4096  # bytes of an error's body, and characters of its message, that are read
LONGEST_WAIT_S = 3600.0
LIMITS = JsonLimits(depth=100, values=2**21)
MOST_CHARACTERS = 2_000_000  # of an answer's text, to which many patterns are applied
NOT_READ = (ValueError, TypeError, KeyError, IndexError, AttributeError, ArithmeticError, RecursionError)
"""What a reply of any shape raises in a reader."""


def check(
    *,
    protocol: Protocol,
    status: int,
    headers: Mapping[str, str],
    raw: bytes,
    secret: str,
    sent: bytes = b"",
    can: Capabilities = PLAIN,
) -> Answer | Fault:
    """Return the answer or the fault in a reply; a secret that it repeats is removed first."""
    opened = open_reply(status=status, headers=headers, raw=raw, secret=secret, can=can)
    if isinstance(opened, Fault):
        return opened
    reply, body = opened
    return read_reply(protocol=protocol, reply=reply, body=body, secret=secret, sent=sent, can=can)


def open_reply(
    *, status: int, headers: Mapping[str, str], raw: bytes, secret: str, can: Capabilities = PLAIN
) -> tuple[dict[str, Any], str] | Fault:
    """Return a reply as an object, and its text; or the fault."""
    raw = hide_in_reply(raw, secret)
    if status != 200:
        return _error_status(status, headers, raw, secret, can)
    try:
        body = raw.decode()
        reply = load_json(body, LIMITS)
        if not isinstance(reply, dict):
            raise Malformed(f"the reply is a JSON {type(reply).__name__}, not an object")
    except NOT_READ as problem:
        return malformed(problem, raw[:200].decode(errors="replace"), secret)
    if (error := error_in_reply(reply)) is not None:
        return error_fault(error, 200, secret=secret, can=can, headers=headers, body=body)
    return reply, body


def read_reply(
    *,
    protocol: Protocol,
    reply: Mapping[str, Any],
    body: str,
    secret: str,
    sent: bytes,
    can: Capabilities = PLAIN,
) -> Answer | Fault:
    """Return the answer that a protocol reads in a reply, or the fault if there is none."""
    try:
        answer = protocol.read(reply, body, sent, can)
        error = protocol.error_in_choice(reply)
    except NOT_READ as problem:
        return malformed(problem, body[:200], secret)
    if len(answer.text) > MOST_CHARACTERS:
        return Fault(Kind.TOO_LARGE, f"the answer is longer than {MOST_CHARACTERS:,} characters", 200)
    if error:
        fault = error_fault(error, 200, secret=secret, can=can, body=body)
        return replace(fault, kind=broken_off(fault.kind), partial=answer)
    if answer.outcome is Outcome.TRUNCATED:
        detail = f"the generation broke off: its finish reason is {answer.finish_reason!r}"
        return Fault(Kind.TRUNCATED, _shown(detail, secret), 200, partial=answer)
    if answer.outcome is Outcome.NO_ANSWER:
        return Fault(
            Kind.NO_ANSWER, _shown(f"the reply holds no message: {body[:200]}", secret), 200, partial=answer
        )
    return answer


def broken_off(kind: Kind) -> Kind:
    """Return what an error means that came while an answer was generated."""
    faults_of_the_server = (
        Kind.ERROR_BODY,
        Kind.SERVER_ERROR,
        Kind.OVERLOADED,
        Kind.TIMEOUT,
        Kind.BAD_REQUEST,
    )
    return Kind.TRUNCATED if kind in faults_of_the_server else kind


def error_fault(
    error: Any,
    status: int,
    *,
    secret: str,
    can: Capabilities,
    headers: Mapping[str, str] | None = None,
    body: str = "",
) -> Fault:
    """Return the fault of an error body, in the provider's own words."""
    parsed = read_error(error)
    kind = classify(parsed, status, can.errors)
    wait_s = retry_after(headers or {})
    if wait_s is None and POLICIES[kind].pauses:
        wait_s = wait_in(parsed.message) or wait_in(body)
    return Fault(kind, _shown(parsed.message, secret), status, wait_s)


def item_answer(fault: Fault) -> Answer:
    """Return what is stored of an item whose retries are used up: its outcome, and the rest of the reply."""
    outcome = POLICIES[fault.kind].item
    assert outcome is not None, "a fault that affects every item is no outcome of one"
    if fault.partial is not None:
        return replace(fault.partial, outcome=outcome)
    unbilled = Usage(input_tokens=0, output_tokens=0) if fault.http_status not in (None, 200) else Usage()
    return Answer(outcome, text="", body=json.dumps({"error": {"message": fault.detail}}), usage=unbilled)


def malformed(problem: Exception, shown: str, secret: str) -> Fault:
    """Return the fault of a reply that is no answer."""
    return Fault(Kind.MALFORMED, _shown(f"{_described(problem)}: {shown}", secret), 200)


def _described(problem: Exception) -> str:
    if isinstance(problem, Malformed | NeedsPrefix):
        return str(problem)
    if isinstance(problem, LimitExceeded):
        return f"the reply is over a limit, {problem}"
    if isinstance(problem, UnicodeDecodeError):
        return "the reply is not UTF-8"
    return "the reply is not JSON"


def _error_status(
    status: int, headers: Mapping[str, str], raw: bytes, secret: str, can: Capabilities
) -> Fault:
    """Return the fault of a reply with another status than 200."""
    text = raw[:MOST_ERROR].decode(errors="replace")
    if 300 <= status < 400:
        where = headers.get("Location", "nowhere")
        detail = f"the provider redirects to {where}; redirects are not followed"
        return Fault(Kind.REDIRECTED, _shown(detail, secret), status)
    try:
        error = load_json(raw.decode(errors="replace"), LIMITS)
    except ValueError:
        error = text
    if isinstance(error, list) and len(error) == 1:
        error = error[0]
    return error_fault(error, status, secret=secret, can=can, headers=headers, body=text)


def _shown(text: str, secret: str) -> str:
    """Return a provider's message as it may be stored: without secrets and NUL, and not too long."""
    return redact_message(text[:MOST_ERROR], secret).replace("\x00", "\ufffd").strip()[:MOST_DETAIL]


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that the provider asks to wait, given as a number or as a date."""
    for name, unit_s in (("Retry-After-Ms", 0.001), ("Retry-After", 1.0)):
        value = headers.get(name, "").strip()
        if re.fullmatch(r"\d+(\.\d+)?", value):
            return min(float(value) * unit_s, LONGEST_WAIT_S)
    try:
        date = parsedate_to_datetime(headers.get("Retry-After", ""))
        seconds = (date.astimezone(UTC) - datetime.now(UTC)).total_seconds()
    except (ValueError, TypeError, OverflowError):
        return None
    return min(max(seconds, 0.0), LONGEST_WAIT_S)
