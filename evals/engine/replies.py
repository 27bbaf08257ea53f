"""What a reply is: an answer to be kept, or a fault with its kind. Nothing is kept unchecked."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from evals.engine.outcomes import ERROR_WORDS, STATUSES, Fault, Kind, kind_of_status
from evals.engine.protocols.protocol import Malformed, NeedsPrefix, Protocol
from evals.engine.requests import Answer

MOST_DETAIL = 600
LONGEST_WAIT_S = 3600.0
HIDDEN = "[secret]"
KEY_LIKE = re.compile(r"(?i)\b(?:bearer\s+\S{6,}|(?:sk|pk|rk|xai|gsk|hf)[-_][\w*.-]{6,})")


def without_secrets(text: str, secret: str) -> str:
    """Return a text that may be kept and shown: the secret and whatever looks like a key are taken out."""
    hidden = text.replace(secret, HIDDEN) if len(secret) > 3 else text
    return KEY_LIKE.sub(HIDDEN, hidden)


def check(
    *, protocol: Protocol, status: int, headers: Mapping[str, str], raw: bytes, secret: str, sent: bytes = b""
) -> Answer | Fault:
    """Return the answer in a reply, or the fault that it is; a secret that it repeats is taken out first."""
    opened = open_reply(status=status, headers=headers, raw=raw, secret=secret)
    if isinstance(opened, Fault):
        return opened
    reply, body = opened
    return read_reply(protocol=protocol, reply=reply, body=body, secret=secret, sent=sent)


def open_reply(
    *, status: int, headers: Mapping[str, str], raw: bytes, secret: str
) -> tuple[dict[str, Any], str] | Fault:
    """Return a reply as the object that it is, and its text; or the fault."""
    if secret and secret.encode() in raw:
        raw = raw.replace(secret.encode(), HIDDEN.encode())
    if status != 200:
        return _refusal(status, headers, raw, secret)
    try:
        body = raw.decode()
        reply = json.loads(body)
        if not isinstance(reply, dict):
            raise Malformed(f"the reply is a JSON {type(reply).__name__}, not an object")
    except (ValueError, RecursionError) as problem:
        return malformed(problem, raw[:200].decode(errors="replace"), secret)
    if reply.get("error"):
        return _error_body(reply["error"], headers, secret)
    return reply, body


def read_reply(
    *, protocol: Protocol, reply: Mapping[str, Any], body: str, secret: str, sent: bytes
) -> Answer | Fault:
    """Return the answer that a protocol reads in a reply, or the fault of one that is none."""
    try:
        return protocol.read(reply, body, sent)
    except (ValueError, RecursionError) as problem:
        return malformed(problem, body[:200], secret)


def malformed(problem: Exception, shown: str, secret: str) -> Fault:
    """Return the fault of a reply that is no answer."""
    return Fault(Kind.MALFORMED, _shown(f"{_described(problem)}: {shown}", secret), 200)


def _described(problem: Exception) -> str:
    if isinstance(problem, Malformed | NeedsPrefix):
        return str(problem)
    if isinstance(problem, UnicodeDecodeError):
        return "the reply is not UTF-8"
    return "the reply is not JSON"


def _refusal(status: int, headers: Mapping[str, str], raw: bytes, secret: str) -> Fault:
    """Return the fault of a reply with another status than 200, in the provider's own words."""
    text = raw[:4096].decode(errors="replace")
    try:
        reply = json.loads(raw)
        error = reply.get("error", reply) if isinstance(reply, dict) else reply
    except (ValueError, RecursionError):
        error = text
    kind = kind_of_status(status)
    if kind in (Kind.RATE_LIMITED, Kind.BAD_REQUEST, Kind.SERVER_ERROR):
        kind = _kind_in_words(error) or kind
    if kind is Kind.REDIRECTED:
        error = f"the provider redirects to {headers.get('Location', 'nowhere')}; redirects are not followed"
    return Fault(kind, _shown(_message(error), secret), status, retry_after(headers))


def _error_body(error: Any, headers: Mapping[str, str], secret: str) -> Fault:
    """Return the fault of an error that came under status 200."""
    code = error.get("code") if isinstance(error, dict) else None
    kind = _kind_in_words(error) or Kind.ERROR_BODY
    if isinstance(code, int | str) and str(code).isdigit():
        kind = STATUSES.get(int(code), kind)
    return Fault(kind, _shown(_message(error), secret), 200, retry_after(headers))


def _kind_in_words(error: Any) -> Kind | None:
    if not isinstance(error, dict):
        return None
    words = (str(error.get("code")), str(error.get("type")))
    return next((ERROR_WORDS[word] for word in words if word in ERROR_WORDS), None)


def _message(error: Any) -> str:
    if isinstance(error, dict):
        message = error.get("message") or error.get("detail") or error
        return message if isinstance(message, str) else json.dumps(message)
    return error if isinstance(error, str) else json.dumps(error)


def _shown(text: str, secret: str) -> str:
    """Return a provider's words as they may be kept: without secrets, without NUL, not too long."""
    return without_secrets(text, secret).replace("\x00", "\ufffd").strip()[:MOST_DETAIL]


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds for which the provider wants to be left alone, as a number or as a date."""
    for name, unit_s in (("Retry-After-Ms", 0.001), ("Retry-After", 1.0)):
        value = headers.get(name, "").strip()
        if re.fullmatch(r"\d+(\.\d+)?", value):
            return min(float(value) * unit_s, LONGEST_WAIT_S)
    try:
        date = parsedate_to_datetime(headers.get("Retry-After", ""))
    except ValueError:
        return None
    seconds = (date.astimezone(UTC) - datetime.now(UTC)).total_seconds()
    return min(max(seconds, 0.0), LONGEST_WAIT_S)
