"""Turn a checked request into the answer that a healthy provider would give to it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tests.support.answers import NEXT_QUESTION, AnswerBook, Text, count_tokens, cut, write_answer

CREATED = 1_767_225_600


@dataclass(frozen=True)
class Model:
    """A simulated model: how often it is right, and how it may be called."""

    name: str
    accuracy: float = 0.7
    chat: bool = True
    completions: bool = True
    reasoning: bool = False


@dataclass(frozen=True)
class CompletionRequest:
    """What a request asks: one prompt or several, and where the texts are to end."""

    chat: bool
    model: Model
    prompts: tuple[str, ...]
    choices: int
    stops: tuple[str, ...]
    max_tokens: int | None
    stream: bool = False
    stream_usage: bool = False

    @property
    def prompt(self) -> str:
        """All prompts as one text."""
        return "\n".join(self.prompts)


@dataclass(frozen=True)
class Answer:
    """The texts of an answer, and what they cost."""

    request: CompletionRequest
    texts: tuple[Text, ...]
    prompt_tokens: int
    completion_tokens: int


def read_completion(payload: dict[str, Any], model: Model, *, chat: bool) -> CompletionRequest:
    """Read what a checked payload asks."""
    stop = payload.get("stop") or ()
    limit = payload.get("max_completion_tokens") or payload.get("max_tokens")
    return CompletionRequest(
        chat=chat,
        model=model,
        prompts=(_chat_prompt(payload["messages"]),) if chat else _prompts(payload["prompt"]),
        choices=payload.get("n") or 1,
        stops=(stop,) if isinstance(stop, str) else tuple(stop),
        max_tokens=limit if chat or limit is not None else 16,
        stream=bool(payload.get("stream")),
        stream_usage=bool((payload.get("stream_options") or {}).get("include_usage")),
    )


def _chat_prompt(messages: Sequence[dict[str, Any]]) -> str:
    return "\n\n".join(_text(message["content"]) for message in messages)


def _text(content: Any) -> str:
    return content if isinstance(content, str) else "".join(part.get("text", "") for part in content)


def _prompts(prompt: Any) -> tuple[str, ...]:
    if isinstance(prompt, str):
        return (prompt,)
    if isinstance(prompt[0], int):
        return (json.dumps(prompt),)
    return tuple(part if isinstance(part, str) else json.dumps(part) for part in prompt)


def make_answer(request: CompletionRequest, book: AnswerBook, *, ignore_stop: bool = False) -> Answer:
    """Write the texts, cut where the request says unless told to ignore it."""
    texts = tuple(
        cut(
            _spoken(request, book, prompt, choice) + (NEXT_QUESTION if ignore_stop and request.chat else ""),
            stops=() if ignore_stop else request.stops,
            max_tokens=request.max_tokens,
        )
        for prompt in request.prompts
        for choice in range(request.choices)
    )
    return Answer(
        request=request,
        texts=texts,
        prompt_tokens=sum(map(count_tokens, request.prompts)),
        completion_tokens=sum(count_tokens(text.content) for text in texts),
    )


def _spoken(request: CompletionRequest, book: AnswerBook, prompt: str, choice: int) -> str:
    model = request.model
    return write_answer(
        book=book, accuracy=model.accuracy, model=model.name, prompt=prompt, choice=choice, chat=request.chat
    )


def as_body(answer: Answer, payload_hash: str, attempt: int) -> dict[str, Any]:
    """Write the body of OpenAI's response; its id tells the payload and the attempt."""
    chat = answer.request.chat
    return {
        "id": f"{'chatcmpl' if chat else 'cmpl'}-{payload_hash[:20]}-{attempt}",
        "object": "chat.completion" if chat else "text_completion",
        "created": CREATED,
        "model": answer.request.model.name,
        "system_fingerprint": "fp_simulated",
        "choices": [_choice(place, text, chat=chat) for place, text in enumerate(answer.texts)],
        "usage": {
            "prompt_tokens": answer.prompt_tokens,
            "completion_tokens": answer.completion_tokens,
            "total_tokens": answer.prompt_tokens + answer.completion_tokens,
        },
    }


def _choice(place: int, text: Text, *, chat: bool) -> dict[str, Any]:
    content: dict[str, Any] = (
        {"message": {"role": "assistant", "content": text.content, "refusal": None}}
        if chat
        else {"text": text.content}
    )
    return {"index": place, **content, "logprobs": None, "finish_reason": text.finish_reason}
