"""What an endpoint can do, as data: probed or set by an operator, never guessed from a model's name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

TOKEN_PARAMETERS = ("max_tokens", "max_completion_tokens")


class UnknownCapability(ValueError):
    """An endpoint's record names a capability that there is not, or gives it a value that it cannot have."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """How an endpoint wants to be asked; the defaults are those of a plain OpenAI-compatible server.

    `logprobs`: whether it tells how likely a given text is (None: as its protocol's servers do).
    `prefix`: the token that comes before a text of which every token is scored.
    `one_go`: its tokens are as likely written one after the other as each after a prompt (llama.cpp).
    `max_length`: how many tokens it can look at at once, as lm-eval's option of this name.
    `fields`: what every body has besides, such as {"reasoning_effort": "high"}.
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
    fields: Mapping[str, Any] = field(default_factory=dict)


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
    "fields": (dict,),
}
MEANT: dict[type, str] = {
    str: "a text",
    bool: "true or false",
    type(None): "null",
    int: "a whole number",
    dict: "an object",
}
NAMES = tuple(field_.name for field_ in fields(Capabilities))


def read_capabilities(values: Mapping[str, Any]) -> Capabilities:
    """Read what is on record of an endpoint; a name or a value that cannot be is named."""
    for name, value in values.items():
        if name not in KINDS:
            raise UnknownCapability(f"There is no capability {name!r}; there are {', '.join(NAMES)}.")
        wrong_kind = type(value) not in KINDS[name]
        if wrong_kind or (name == "token_parameter" and value not in TOKEN_PARAMETERS):
            allowed = TOKEN_PARAMETERS if name == "token_parameter" else [MEANT[kind] for kind in KINDS[name]]
            raise UnknownCapability(
                f"The capability {name!r} cannot be {value!r}; it is {' or '.join(allowed)}."
            )
    return Capabilities(**values)
