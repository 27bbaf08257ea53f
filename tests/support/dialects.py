"""The wire formats that are not OpenAI's: where each is spoken, what it takes, how it answers."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.support.anthropic_rules import as_message, check_messages
from tests.support.streaming import anthropic_events

Body = dict[str, Any]


@dataclass(frozen=True)
class Dialect:
    """A wire format: `check` reads a body as a chat, `write` and `events` translate OpenAI's answer."""

    path: str
    key_header: str
    check: Callable[[Any], Body]
    write: Callable[[Body], Body]
    events: Callable[[Body], Iterator[str]]


DIALECTS: Mapping[str, Dialect] = {
    "anthropic": Dialect("/v1/messages", "x-api-key", check_messages, as_message, anthropic_events)
}
