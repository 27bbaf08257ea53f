"""OpenAI's chat completions, asked as lm-eval's `local-chat-completions` asks them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from evals.engine.capabilities import Capabilities
from evals.engine.protocols import openai_shape as shape
from evals.engine.protocols.protocol import GENERATE, PLAIN, Malformed, Protocol
from evals.engine.requests import Answer, Prompt

MOST_STOPS = 4


class OpenAIChat(Protocol):
    """POST …/chat/completions; it can generate, and gives no likelihood of a given text."""

    name: ClassVar[str] = "openai-chat"
    version: ClassVar[int] = 1
    path: ClassVar[str] = "/chat/completions"
    lm_eval_model: ClassVar[str] = "local-chat-completions"
    chat: ClassVar[bool] = True
    request_types: ClassVar[frozenset[str]] = frozenset({GENERATE})

    def payload(self, api_model: str, prompt: Prompt, can: Capabilities = PLAIN) -> dict[str, Any]:
        """Return the body: the chat, and at most four stops."""
        messages = [dict(message) for message in prompt.chat or ()]
        if not can.system:
            messages = without_system(messages)
        stops = shape.told_stops(self.stops(prompt), can)
        return {"messages": messages, "model": api_model, **stops, **shape.settings(prompt, can)}

    def stops(self, prompt: Prompt) -> list[str]:
        """Return the stops that the API takes: no more than four."""
        return super().stops(prompt)[:MOST_STOPS]

    def read(self, reply: Mapping[str, Any], body: str, sent: bytes = b"") -> Answer:
        """Read the message of the only choice."""
        choice = shape.only_choice(reply)
        message = choice.get("message")
        if not isinstance(message, dict):
            raise Malformed("the choice has no message")
        text, refusal = _text(message.get("content")), message.get("refusal")
        finish_reason = shape.word(choice.get("finish_reason"))
        return Answer(
            outcome=shape.outcome(text, finish_reason, isinstance(refusal, str) and bool(refusal)),
            text=text or "",
            body=body,
            reasoning=_reasoning(message),
            finish_reason=finish_reason,
            served_model=shape.word(reply.get("model")),
            response_id=shape.word(reply.get("id")),
            usage=shape.usage(reply),
        )


def without_system(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Put the system's message before the user's first, for a model that knows no system."""
    if len(messages) < 2 or messages[0]["role"] != "system":
        return messages
    system, first, *rest = messages
    return [{**first, "content": f"{system['content']}\n\n{first['content']}"}, *rest]


def _text(content: object) -> str | None:
    """Return a message's content; some providers send it in parts."""
    if content is None or isinstance(content, str):
        return content
    if isinstance(content, list):
        parts = [part.get("text") for part in content if isinstance(part, Mapping)]
        return "".join(part for part in parts if isinstance(part, str))
    raise Malformed(f"the message's content is {type(content).__name__}, not text")


def _reasoning(message: Mapping[str, Any]) -> str:
    """Return what was thought, where a provider keeps it apart: one text, or MiniMax's list of parts."""
    reasoning = message.get("reasoning_content") or message.get("reasoning")
    if isinstance(reasoning, str):
        return reasoning
    details = message.get("reasoning_details")
    return (_text(details) or "") if isinstance(details, list) else ""
