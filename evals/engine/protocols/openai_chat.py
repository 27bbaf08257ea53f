"""OpenAI's chat completions, with the bodies of lm-eval's `local-chat-completions`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from evals.engine.capabilities import Capabilities
from evals.engine.protocols import openai_shape as shape
from evals.engine.protocols.openai_stream import OpenAIStream
from evals.engine.protocols.protocol import GENERATE, PLAIN, STREAMED, Malformed, Protocol
from evals.engine.requests import Answer, Prompt

MOST_STOPS = 4
PART_TYPES = {
    **dict.fromkeys(("text", "output_text"), "text"),
    **dict.fromkeys(
        ("thinking", "reasoning", "redacted_thinking", "thought", "reasoning_content"), "reasoning"
    ),
    "refusal": "refusal",
}


class OpenAIChat(Protocol):
    """POST …/chat/completions; it generates text, and reports no log-probabilities."""

    name: ClassVar[str] = "openai-chat"
    version: ClassVar[int] = 1
    path: ClassVar[str] = "/chat/completions"
    lm_eval_model: ClassVar[str] = "local-chat-completions"
    chat: ClassVar[bool] = True
    request_types: ClassVar[frozenset[str]] = frozenset({GENERATE})

    def payload(self, api_model: str, prompt: Prompt, can: Capabilities = PLAIN) -> dict[str, Any]:
        """Return the body: the chat, and at most four stop sequences."""
        messages = [dict(message) for message in prompt.chat or ()]
        if not can.system:
            messages = without_system(messages)
        stops = shape.stop_field(self.stops(prompt), can)
        settings = {**shape.streamed(can), **shape.settings(prompt, can)}
        return {"messages": messages, "model": api_model, **stops, **settings}

    def stops(self, prompt: Prompt) -> list[str]:
        """Return the stop sequences that the API takes: at most four."""
        return super().stops(prompt)[:MOST_STOPS]

    def read(
        self, reply: Mapping[str, Any], body: str, sent: bytes = b"", can: Capabilities = PLAIN
    ) -> Answer:
        """Read the message of the only choice."""
        choice = shape.only_choice(reply)
        message = None if choice is None else choice.get("message")
        if choice is None:
            return shape.no_answer(reply, body)
        if not isinstance(message, dict):
            if shape.finish_kind(shape.word(choice.get("finish_reason")), can) not in ("refusal", "length"):
                return shape.no_answer(reply, body)
            message = {}  # as Gemini does where its filter or the token limit left nothing
        content = read_content(message.get("content"))
        refused = bool(content.refusal) or (
            isinstance(message.get("refusal"), str) and message["refusal"] != ""
        )
        finish_reason = shape.word(choice.get("finish_reason"))
        return Answer(
            outcome=shape.outcome(content.text, finish_reason, refused=refused, can=can),
            text=content.text or "",
            body=body,
            reasoning=content.reasoning or _reasoning(message),
            finish_reason=finish_reason,
            served_model=shape.word(reply.get("model")),
            response_id=shape.word(reply.get("id")),
            usage=shape.usage(reply),
            first_token_ms=shape.count(reply.get(STREAMED), "first_token_ms"),
            generation_ms=shape.count(reply.get(STREAMED), "generation_ms"),
        )

    def error_in_choice(self, reply: Mapping[str, Any]) -> Any:
        """Return the error inside the choice, as OpenRouter writes it."""
        choice = shape.only_choice(reply)
        return None if choice is None else choice.get("error")

    def stream(self) -> OpenAIStream:
        """Return the reader of a streamed answer."""
        return OpenAIStream(chat=True)


def without_system(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Put the system prompt before the first user message, for a model without system prompts."""
    if len(messages) < 2 or messages[0]["role"] != "system":
        return messages
    system, first, *rest = messages
    return [{**first, "content": f"{system['content']}\n\n{first['content']}"}, *rest]


@dataclass(frozen=True, slots=True)
class Content:
    """A message's content: its text (None: there is none), reasoning and refusal."""

    text: str | None
    reasoning: str = ""
    refusal: str = ""


def read_content(content: object) -> Content:
    """Read a message's content; some providers send it in parts, among them parts of reasoning."""
    if content is None or isinstance(content, str):
        return Content(content)
    if not isinstance(content, list):
        raise Malformed(f"the message's content is {type(content).__name__}, not text")
    texts: dict[str, list[str]] = {"text": [], "reasoning": [], "refusal": [], "other": []}
    for part in content:
        if isinstance(part, Mapping):
            texts[PART_TYPES.get(str(part.get("type", "text")), "other")].append(_part_text(part))
    answer = "".join(texts["text"])
    return Content(answer if texts["text"] else None, "".join(texts["reasoning"]), "".join(texts["refusal"]))


def _part_text(part: Mapping[str, Any]) -> str:
    """Return the text of a part: its own, or that of the parts in it, as in Mistral's reasoning."""
    for name in ("text", "thinking", "reasoning", "refusal", "summary"):
        value = part.get(name)
        if isinstance(value, str):
            return value
        if isinstance(value, list):
            return "".join(_part_text(inner) for inner in value if isinstance(inner, Mapping))
    return ""


def _reasoning(message: Mapping[str, Any]) -> str:
    """Return the reasoning that a provider keeps apart: one text, or MiniMax's list of parts."""
    if text := shape.reasoning_of(message):
        return text
    details = message.get("reasoning_details")
    if not isinstance(details, list):
        return ""
    return "".join(_part_text(part) for part in details if isinstance(part, Mapping))
