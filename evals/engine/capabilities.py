"""What an endpoint can do, as data: probed or set by an operator, never guessed from a model's name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from evals.engine.outcomes import Kind

TOKEN_PARAMETERS = ("max_tokens", "max_completion_tokens")


FINISHES = ("stop", "length", "refusal", "truncated")


class UnknownCapability(ValueError):
    """A capability has an unknown name or an invalid value."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """How an endpoint is called and its replies are read; the defaults are those of a usual server.

    `logprobs`: whether it reports the log-probability of a given text (None: the protocol's default).
    `prefix`: the token that precedes a text of which every token is scored.
    `one_go`: forced tokens have the same log-probabilities in one call as in one call each (llama.cpp).
    `max_length`: the context length in tokens, as lm-eval's option of this name.
    `stream`, `stream_usage`: answers are streamed, and their usage is requested.
    `fields`: additional fields of every body, such as {"reasoning_effort": "high"}.
    `errors`: the provider's own error codes, or words of its messages, each with the kind of fault it means.
    `finish_reasons`: the provider's own finish reasons, each with one of FINISHES.
    `reasoning_markers`: the model's own pairs of an opening and a closing marker of reasoning.
    `answer_markers`: opening tags that belong to answers, though they look like markers of reasoning.
    """

    token_parameter: str = "max_tokens"  # noqa: S105 - tokens of text
    stop: bool = True
    temperature: bool = True
    seed: bool = True
    system: bool = True
    logprobs: bool | None = None
    prefix: str = ""
    one_go: bool = False
    max_length: int = 2048
    thinking: bool = False
    stream: bool = False
    stream_usage: bool = True
    fields: Mapping[str, Any] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    finish_reasons: Mapping[str, str] = field(default_factory=dict)
    reasoning_markers: Sequence[Sequence[str]] = ()
    answer_markers: Sequence[str] = ()


KINDS: dict[str, tuple[type, ...]] = {
    "token_parameter": (str,),
    "stop": (bool,),
    "temperature": (bool,),
    "seed": (bool,),
    "system": (bool,),
    "logprobs": (bool, type(None)),
    "prefix": (str,),
    "one_go": (bool,),
    "max_length": (int,),
    "thinking": (bool,),
    "stream": (bool,),
    "stream_usage": (bool,),
    "fields": (dict,),
    "errors": (dict,),
    "finish_reasons": (dict,),
    "reasoning_markers": (list,),
    "answer_markers": (list,),
}
# They change how a reply is read and not what is sent, so they may be changed while an endpoint is used.
READING_ONLY = frozenset({"thinking", "errors", "finish_reasons", "reasoning_markers", "answer_markers"})
MEANT: dict[type, str] = {
    str: "a text",
    bool: "true or false",
    type(None): "null",
    int: "a whole number",
    dict: "an object",
    list: "a list",
}
NAMES = tuple(field_.name for field_ in fields(Capabilities))


# Where providers take the number of tokens that a model may reason for.
BUDGETS = (
    ("thinking", "budget_tokens"),
    ("thinking", "thinking_budget"),
    ("reasoning", "max_tokens"),
    ("thinking_budget",),
    ("extra_body", "thinking_budget"),
    ("chat_template_kwargs", "thinking_budget"),
    ("extra_body", "google", "thinking_config", "thinking_budget"),
)


def reasoning_budget(can: Capabilities) -> int:
    """Return the tokens that an endpoint's own fields set aside for reasoning; 0 if they name none."""
    for path in BUDGETS:
        value: Any = can.fields
        for name in path:
            value = value.get(name) if isinstance(value, Mapping) else None
        if type(value) is int and value > 0:
            return value
    return 0


def read_capabilities(values: Mapping[str, Any]) -> Capabilities:
    """Read an endpoint's capabilities; raises UnknownCapability with the bad name or value."""
    for name, value in values.items():
        if name not in KINDS:
            raise UnknownCapability(f"There is no capability {name!r}; there are {', '.join(NAMES)}.")
        if allowed := _violated(name, value):
            raise UnknownCapability(f"The capability {name!r} cannot be {value!r}; it is {allowed}.")
    return Capabilities(**values)


def _violated(name: str, value: Any) -> str:
    """Return what a capability must be, if the value is not that."""
    if type(value) not in KINDS[name]:
        return " or ".join(MEANT[kind] for kind in KINDS[name])
    if name == "token_parameter" and value not in TOKEN_PARAMETERS:
        return " or ".join(TOKEN_PARAMETERS)
    if name == "errors" and not set(value.values()) <= set(Kind):
        return f"an object with values of {', '.join(Kind)}"
    if name == "finish_reasons" and not set(value.values()) <= set(FINISHES):
        return f"an object with values of {', '.join(FINISHES)}"
    if name == "answer_markers" and not all(isinstance(marker, str) and marker for marker in value):
        return "a list of texts"
    if name == "reasoning_markers" and not all(map(_is_pair, value)):
        return 'a list of pairs of texts, such as ["<think>", "</think>"]'
    return ""


def _is_pair(value: Any) -> bool:
    return (
        isinstance(value, list) and len(value) == 2 and all(isinstance(part, str) and part for part in value)
    )
