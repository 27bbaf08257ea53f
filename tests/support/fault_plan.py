"""Which calls go wrong, and how: a small declarative plan, in Python or JSON."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

from tests.support.answers import fraction


class Kind(StrEnum):
    """What may happen to a call."""

    STATUS = "status"  # an error status, with Retry-After where it is given
    LATENCY = "latency"  # a wait before whatever else happens
    DROP = "drop"  # the connection is closed without a byte of answer
    CUT = "cut"  # the connection is closed in the middle of the body
    HTML = "html"  # status 200 with a web page
    TRUNCATED_JSON = "truncated_json"  # status 200, a whole body of half a JSON document
    ERROR_BODY = "error_body"  # status 200 with {"error": ...}
    EMPTY_CONTENT = "empty_content"
    NULL_CONTENT = "null_content"
    NO_CHOICES = "no_choices"
    REFUSAL = "refusal"
    LENGTH = "length"  # half the text, finish reason "length"
    IGNORED_STOP = "ignored_stop"
    THINK = "think"  # form: "tags", "open" (unclosed), "field" (reasoning_content), "details" (MiniMax)
    ENDLESS = "endless"  # a body that goes on until the client leaves
    HUGE = "huge"  # a well-formed body of `size_bytes`
    INVALID_UTF8 = "invalid_utf8"
    WRONG_USAGE = "wrong_usage"
    OTHER_MODEL = "other_model"  # the answer says that `served_model` gave it
    REDIRECT = "redirect"
    OFF_BY_ONE = "off_by_one"  # each token of an echo has the log-probability of the one before it
    DRIFT = "drift"  # log-probabilities are off by up to `nats`
    REPLY = "reply"  # a given status and body; in the body, ANSWER stands for the text of the healthy answer
    NO_ECHO = "no_echo"  # `echo` is ignored without a word


# Which of a fault's own fields mean something for which kind.
OPTIONS: dict[Kind, frozenset[str]] = {
    Kind.REPLY: frozenset({"status", "body", "headers"}),
    Kind.STATUS: frozenset({"status", "retry_after_seconds", "retry_after_as_date", "message", "echo_key"}),
    Kind.LATENCY: frozenset({"seconds", "spread_seconds"}),
    Kind.ERROR_BODY: frozenset({"message", "echo_key"}),
    Kind.THINK: frozenset({"form"}),
    Kind.ENDLESS: frozenset({"size_bytes", "seconds"}),
    Kind.HUGE: frozenset({"size_bytes"}),
    Kind.WRONG_USAGE: frozenset({"usage"}),
    Kind.OTHER_MODEL: frozenset({"served_model"}),
    Kind.REDIRECT: frozenset({"status", "location"}),
    Kind.DRIFT: frozenset({"nats"}),
}
# When a fault strikes: all that are given must hold; none given means always.
CONDITIONS = frozenset({"probability", "calls", "every", "attempts", "model", "contains", "tokens_under"})
FORMS = ("tags", "open", "field", "details")


class BadPlan(Exception):
    """A plan that cannot be read, with what is wrong and what is allowed."""


@dataclass(frozen=True)
class Call:
    """What a plan may look at: the how manieth call this is, and for this payload, and what it asks."""

    number: int
    attempt: int
    payload_hash: str
    model: str
    prompt: str
    max_tokens: int | None = None


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong, when, and with which details."""

    kind: Kind
    probability: float | None = None
    calls: tuple[int, ...] | None = None
    every: int | None = None
    attempts: tuple[int, ...] | None = None
    model: str | None = None
    contains: str | None = None
    tokens_under: int | None = None
    status: int | None = None
    retry_after_seconds: float | None = None
    retry_after_as_date: bool = False
    message: str = "The simulated provider was told to fail."
    echo_key: bool = False
    seconds: float = 0.0
    spread_seconds: float = 0.0
    nats: float = 0.0
    form: str = "tags"
    size_bytes: int | None = None
    usage: Any = None
    served_model: str = "another-model"
    body: Any = None
    headers: Mapping[str, str] | None = None
    location: str = "http://169.254.169.254/latest/meta-data/"

    def __post_init__(self) -> None:
        if self.probability is not None and not 0 <= self.probability <= 1:
            raise BadPlan(f"probability is {self.probability}; it must be from 0 to 1")
        if self.form not in FORMS:
            raise BadPlan(f"form is {self.form!r}; it must be one of {', '.join(FORMS)}")
        if self.kind is Kind.STATUS and (self.status is None or not 400 <= self.status <= 599):
            raise BadPlan(f"a fault of kind status needs a status from 400 to 599, not {self.status}")

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Self:
        """Read one fault of a JSON plan."""
        try:
            kind = Kind(content["kind"])
        except (KeyError, ValueError):
            raise BadPlan(
                f"unknown kind of fault {content.get('kind')!r}; there are: {', '.join(Kind)}"
            ) from None
        allowed = {"kind"} | CONDITIONS | OPTIONS.get(kind, frozenset())
        if unknown := content.keys() - allowed:
            raise BadPlan(f"{kind} does not take {sorted(unknown)}; it takes {sorted(allowed - {'kind'})}")
        lists = {name: tuple(content[name]) for name in ("calls", "attempts") if content.get(name)}
        return cls(**{**content, **lists, "kind": kind})

    def strikes(self, call: Call, draw: float) -> bool:
        """Tell whether this call goes wrong; `draw` is in [0, 1)."""
        return (
            (self.calls is None or call.number in self.calls)
            and (self.every is None or call.number % self.every == 0)
            and (self.attempts is None or call.attempt in self.attempts)
            and (self.model is None or call.model == self.model)
            and (self.contains is None or self.contains in call.prompt)
            and (self.tokens_under is None or (call.max_tokens or 0) < self.tokens_under)
            and (self.probability is None or draw < self.probability)
        )


@dataclass(frozen=True)
class Fate:
    """What happens to one call: how long it waits, and the fault that strikes it, if any."""

    delay_seconds: float
    fault: Fault | None


UNHARMED = Fate(delay_seconds=0.0, fault=None)


@dataclass(frozen=True)
class FaultPlan:
    """All faults, in order: latencies add up, of the others the first that strikes counts.

    A probability is drawn from seed, payload and attempt: so the same calls fail, whatever their order.
    """

    faults: tuple[Fault, ...] = ()
    seed: int = 0

    @classmethod
    def from_json(cls, content: Any) -> Self:
        """Read a plan: `{"seed": 1, "faults": [{"kind": "status", "status": 429, "probability": 0.05}]}`."""
        allowed = {field.name for field in fields(cls)}
        if not isinstance(content, dict) or content.keys() - allowed:
            raise BadPlan(f"a plan is an object with the keys {sorted(allowed)}")
        faults = content.get("faults", [])
        if not isinstance(faults, list) or not all(isinstance(fault, dict) for fault in faults):
            raise BadPlan("faults must be a list of objects")
        return cls(faults=tuple(map(Fault.from_json, faults)), seed=content.get("seed", 0))

    @classmethod
    def from_file(cls, path: Path) -> Self:
        """Read a plan from a JSON file."""
        try:
            return cls.from_json(json.loads(path.read_text(encoding="utf-8")))
        except ValueError as error:
            raise BadPlan(f"{path.name} is no JSON: {error}") from None

    def fate(self, call: Call) -> Fate:
        """Decide what happens to a call."""
        if not self.faults:
            return UNHARMED
        delay_seconds, struck = 0.0, None
        for place, fault in enumerate(self.faults):
            draw = fraction(self.seed, place, call.payload_hash, call.attempt)
            if not fault.strikes(call, draw):
                continue
            if fault.kind is Kind.LATENCY:
                spread = fraction("spread", self.seed, place, call.payload_hash, call.attempt)
                delay_seconds += fault.seconds + spread * fault.spread_seconds
            else:
                struck = struck or fault
        return Fate(delay_seconds, struck)
