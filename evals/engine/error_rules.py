"""What a provider's error means, whatever its HTTP status: by its codes, then its message, then the status.

Providers agree on neither statuses nor names: an empty account comes as 400, 402, 403 and 429, a refused item
as 400, 403, 422, 451 and 500, and each of them under status 200. The terms are in error_terms.yaml; those of
an endpoint or a preset come before them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from evals.engine.outcomes import STATUSES, Kind, kind_of_status

LOOKED_AT = 400  # characters of a message; what follows may quote the prompt
MOST_WAIT_S = 3600.0
SUCCESS = frozenset({"", "0", "200", "none", "success", "ok"})
NESTED = (
    "error",
    "Error",
    "errors",
    "details",
    "metadata",
    "base_resp",
    "Response",
    "ResponseMetadata",
    "detail",
)
CODES = (
    "code",
    "Code",
    "error_code",
    "status_code",
    "type",
    "status",
    "reason",
    "err_code",
    "error_type",
    "limit_source",
)
MESSAGES = ("message", "Message", "msg", "error_msg", "status_msg", "detail", "error_message", "raw")

TERMS = yaml.safe_load(Path(__file__).with_name("error_terms.yaml").read_text(encoding="utf-8"))
BY_CODE = {code: Kind(kind) for kind, codes in TERMS["codes"].items() for code in codes}
COMPILED, COMPILED_VAGUE = (
    tuple(
        (Kind(kind), re.compile("|".join(patterns), re.IGNORECASE | re.DOTALL))
        for entry in TERMS[name]
        for kind, patterns in entry.items()
    )
    for name in ("messages", "vague_messages")
)
# A request that is larger than the limit of a minute, which waiting does not change.
NEVER_FITS = re.compile(r"request too large|must be reduced in order to run", re.IGNORECASE)
ABOUT_THE_REQUEST = frozenset({Kind.NOT_FOUND, Kind.BAD_PARAMETER})  # not what a server fault is about
VAGUE_CODES = frozenset({None, Kind.SERVER_ERROR, Kind.TIMEOUT, Kind.BAD_PARAMETER})  # a message says more
UNCLEAR = frozenset({Kind.BAD_REQUEST, Kind.FORBIDDEN, Kind.ERROR_BODY, Kind.RATE_LIMITED})
ABOUT_THE_PROMPT = frozenset({"messages", "prompt", "input", "contents", "content"})
SAME_FOR_ALL = frozenset(  # fields that are the same in the request of every item
    """stop stop_sequences temperature top_p top_k seed n stream stream_options logprobs reasoning_effort
    thinking presence_penalty frequency_penalty response_format""".split()  # noqa: SIM905
)
WAITS = (
    re.compile(
        r"(?:try again|retry)(?: again)? (?:in|after) (?:(\d+)m)?(\d+(?:\.\d+)?) ?(ms|s|sec)", re.IGNORECASE
    ),
    re.compile(r'"retryDelay": ?"(?:(\d+)m)?(\d+(?:\.\d+)?)(s)"'),
)


@dataclass(frozen=True, slots=True)
class ProviderError:
    """A provider's error: its codes and types in lower case, its message, and the field that it names."""

    codes: tuple[str, ...]
    message: str
    param: str = ""


def read_error(value: Any) -> ProviderError:
    """Return what an error body says, in whichever of the usual forms it comes."""
    if not isinstance(value, Mapping):
        return ProviderError((), value if isinstance(value, str) else json.dumps(value))
    parts = list(_parts(value))
    codes = tuple(
        str(part[name]).lower()
        for part in parts
        for name in CODES
        if isinstance(part.get(name), str | int) and not isinstance(part[name], bool)
    )
    texts = [part[name] for part in parts for name in MESSAGES if isinstance(part.get(name), str)]
    param = next((part["param"] for part in parts if isinstance(part.get("param"), str)), "")
    error = value.get("error")
    if not texts and isinstance(error, str):
        texts = [error]
    return ProviderError(codes, ": ".join(dict.fromkeys(texts)) or json.dumps(value), param)


def _parts(value: Mapping[str, Any], depth: int = 0) -> Iterator[Mapping[str, Any]]:
    """Give the objects in which an error may say its code, the innermost first."""
    for name in NESTED:
        inner = value.get(name)
        for part in inner if isinstance(inner, list) else [inner]:
            if isinstance(part, Mapping) and depth < 3:
                yield from _parts(part, depth + 1)
    yield value


def error_in_reply(reply: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the error that a reply of status 200 carries, or None."""
    if reply.get("error"):
        return reply
    for name in ("base_resp", "ResponseMetadata", "Response"):
        inner = reply.get(name)
        if isinstance(inner, Mapping) and _has_error(inner):
            return inner
    if any(name in reply for name in ("choices", "content", "windows", "completion_probabilities")):
        return None
    return reply if _has_error(reply) or reply.get("type") == "error" else None


def _has_error(value: Mapping[str, Any]) -> bool:
    if value.get("Error") or value.get("errors") or value.get("success") is False:
        return True
    codes = (value.get(name) for name in ("code", "error_code", "status_code", "err_code"))
    failed = any(isinstance(code, str | int) and str(code).lower() not in SUCCESS for code in codes)
    return failed or value.get("object") == "error"


def classify(error: ProviderError, status: int, own_terms: Mapping[str, str] | None = None) -> Kind:
    """Return what an error means; `own_terms` maps a provider's codes, or words of its messages, to kinds."""
    if own := _own_kind(error, own_terms or {}):
        return own
    if 300 <= status < 400:
        return Kind.REDIRECTED
    message = "" if error.message.lstrip().startswith("<") else error.message[:LOOKED_AT]  # a web page
    coded = _known(error.codes)
    kind = (coded if coded not in VAGUE_CODES else None) or _by_message(message, COMPILED)
    if kind is Kind.OUT_OF_CREDIT and _is_a_window(error.message):
        return Kind.RATE_LIMITED
    if kind is Kind.RATE_LIMITED and (status == 413 or NEVER_FITS.search(message)):
        return Kind.PROMPT_TOO_LONG
    if status >= 500 and kind in ABOUT_THE_REQUEST:
        kind = None
    by_status = _by_status(error.codes, status)
    if kind is None and by_status in UNCLEAR:
        kind = coded or _by_message(message, COMPILED_VAGUE)
    field = re.split(r"[.\[]", error.param)[0]
    if kind is Kind.BAD_PARAMETER and field in ABOUT_THE_PROMPT:
        return Kind.BAD_REQUEST
    if field in SAME_FOR_ALL and (kind is None or kind is Kind.PROMPT_TOO_LONG):
        return Kind.BAD_PARAMETER
    return kind or by_status


def _own_kind(error: ProviderError, terms: Mapping[str, str]) -> Kind | None:
    for term, kind in terms.items():
        if term.lower() in error.codes or (" " in term and term.lower() in error.message.lower()):
            return Kind(kind)
    return None


def _known(codes: Iterable[str]) -> Kind | None:
    """Return what the codes mean; where one has several parts, its first part may be known."""
    names = [name for code in codes for name in (code, code.partition(".")[0])]
    return next((BY_CODE[name] for name in names if name in BY_CODE), None)


def _by_message(message: str, patterns: tuple[tuple[Kind, re.Pattern[str]], ...]) -> Kind | None:
    return next((kind for kind, pattern in patterns if pattern.search(message)), None)


def _is_a_window(message: str) -> bool:
    """Whether a quota is one by time, which opens again by itself."""
    return re.search(r"per (second|minute|hour|day)|\b[rt]pm\b|PerMinute|PerDay", message) is not None


def _by_status(codes: Iterable[str], status: int) -> Kind:
    """Return what the status means; a status that is named in the body of another one counts."""
    named = next((int(code) for code in codes if re.fullmatch(r"[45]\d\d", code)), None)
    if status == 200:
        if named is None:
            return Kind.ERROR_BODY
        return STATUSES.get(named, kind_of_status(named))
    return kind_of_status(status)


def wait_in(text: str) -> float | None:
    """Return the seconds that an error's message asks to wait, where it names them."""
    for pattern in WAITS:
        if match := pattern.search(text):
            minutes, number, unit = match.groups()
            seconds = float(number) * (0.001 if unit == "ms" else 1) + 60 * int(minutes or 0)
            return min(seconds, MOST_WAIT_S)
    return None
