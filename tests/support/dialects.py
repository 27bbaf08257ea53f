"""The wire formats that are not OpenAI's: where each is spoken, what it takes, how it answers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.support.anthropic_rules import as_message, check_messages

Body = dict[str, Any]


@dataclass(frozen=True)
class Dialect:
    """A wire format: `check` reads a body as a chat, `write` turns OpenAI's answer into its own."""

    path: str
    key_header: str
    check: Callable[[Any], Body]
    write: Callable[[Body], Body]


DIALECTS: Mapping[str, Dialect] = {
    "anthropic": Dialect("/v1/messages", "x-api-key", check_messages, as_message)
}
