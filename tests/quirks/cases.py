"""Odd replies of providers as data: what is sent, to which requests, and what must come of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from evals.engine.protocols import PROTOCOLS

FOLDER = Path(__file__).parent
FILES = ("shared.yaml", "errors.yaml", "texts.yaml", "streams.yaml")
Body = dict[str, Any]


@dataclass(frozen=True)
class Expected:
    """What must come of a run: its state, outcomes, score, and the calls that the provider counts."""

    state: str = "finished"
    score: float | None = None
    calls: int | None = None
    outcomes: Mapping[str, int] = field(default_factory=dict)
    failure: str = ""
    thinking: bool = False


@dataclass(frozen=True)
class Quirk:
    """A reply, where it was reported, and which requests get it.

    `items`: `first` or `all`. `times`: for how many attempts at a request (None: always). `tokens_under`:
    only where the request's token limit is smaller. `text` is written in the protocol's own form; `reply` is
    sent as it is. In both, ANSWER stands for the right answer.
    """

    name: str
    source: str
    protocol: str
    expected: Expected
    reply: Any = None
    text: str | None = None
    finish: str = "stop"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    items: str = "all"
    times: int | None = None
    tokens_under: int | None = None
    preset: str = "local"
    capabilities: Mapping[str, Any] = field(default_factory=dict)
    probe: bool = False
    task: str = "engine_adding"
    short: bool = False

    @property
    def body(self) -> Any:
        """Return the body that is sent."""
        return self.reply if self.text is None else write_text(self.protocol, self.text, self.finish)


def read_quirks() -> list[Quirk]:
    """Read all rows; one that names several protocols becomes a quirk for each."""
    rows = [row for name in FILES for row in yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))]
    return [quirk for row in rows for quirk in _quirks(row)]


def _quirks(row: Body) -> list[Quirk]:
    protocols = row.pop("protocols", ["openai-chat"])
    expected = Expected(**row.pop("expected"))
    names = list(PROTOCOLS) if protocols == "all" else protocols
    return [Quirk(protocol=name, expected=expected, **row) for name in names]


def write_text(protocol: str, text: str, finish: str) -> Body:
    """Write a text as the answer of a protocol."""
    if protocol == "anthropic":
        reasons = {"stop": "end_turn", "length": "max_tokens"}
        return {
            "type": "message",
            "content": [{"type": "text", "text": text}],
            "stop_reason": reasons.get(finish, finish),
            "usage": {"input_tokens": 9, "output_tokens": 20},
        }
    content = (
        {"message": {"role": "assistant", "content": text}} if protocol == "openai-chat" else {"text": text}
    )
    return {
        "choices": [{"index": 0, "finish_reason": finish, **content}],
        "usage": {"prompt_tokens": 9, "completion_tokens": 20},
    }
