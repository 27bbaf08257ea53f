"""The chunks of OpenAI's streamed chats and completions, put together to one reply."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

TEXTS = ("content", "text", "reasoning_content", "reasoning", "thinking", "reasoning_text", "refusal")


class OpenAIStream:
    """Adds up the deltas of the only choice."""

    def __init__(self, *, chat: bool) -> None:
        self.chat = chat
        self.head: dict[str, Any] = {}
        self.choice: dict[str, Any] = {}
        self.texts: dict[str, list[str]] = {}
        self.parts: list[Any] = []

    def add(self, event: Mapping[str, Any]) -> bool:
        """Add a chunk; return whether it holds generated text."""
        self.head |= {name: value for name, value in event.items() if name != "choices" and value is not None}
        choices = event.get("choices")
        if not isinstance(choices, list) or not choices or not isinstance(choices[0], Mapping):
            return False
        choice = choices[0]
        for name in ("finish_reason", "error", "index"):
            if choice.get(name) is not None:
                self.choice[name] = choice[name]
        delta = choice.get("delta") if self.chat else choice
        return isinstance(delta, Mapping) and self._add_delta(delta)

    def _add_delta(self, delta: Mapping[str, Any]) -> bool:
        generated = False
        for name in TEXTS:
            value = delta.get(name)
            if isinstance(value, str):
                self.texts.setdefault(name, []).append(value)
                generated = generated or bool(value)
            elif isinstance(value, list) and value:
                self.parts += value
                generated = True
        details = delta.get("reasoning_details")
        if isinstance(details, list) and details and not delta.get("reasoning"):
            self.texts.setdefault("reasoning_content", []).extend(
                part["text"]
                for part in details
                if isinstance(part, Mapping) and isinstance(part.get("text"), str)
            )
            generated = True
        return generated

    def reply(self) -> dict[str, Any] | None:
        """Return the whole reply; None if no chunk said why the generation ended."""
        if not self.choice.get("finish_reason") and "error" not in self.choice:
            return {**self.head, "choices": []} if self._is_empty() else None
        texts: dict[str, Any] = {name: "".join(parts) for name, parts in self.texts.items()}
        if self.parts:
            whole = [{"type": "text", "text": texts["content"]}] if texts.get("content") else []
            texts["content"] = [*whole, *self.parts]
        choice = self.choice
        if self.chat:
            choice = {**choice, "message": {"role": "assistant", "content": None, **texts}}
        else:
            choice = {**choice, "text": "", **texts}
        return {**self.head, "choices": [choice]}

    def _is_empty(self) -> bool:
        return not self.choice and not self.texts and not self.parts and "usage" in self.head
