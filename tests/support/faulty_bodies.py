"""Bodies of status 200 that are not what they should be: each takes a good one and spoils it."""

from collections.abc import Callable
from typing import Any

from tests.support.fault_plan import Fault, Kind

Body = dict[str, Any]
THOUGHT = "The user wants an answer. Let me think: is it 1? Or 2? Perhaps 3."
REFUSAL = "I'm sorry, but I can't help with that."


def _each_choice(body: Body, change: Callable[[Body], Body]) -> Body:
    return body | {"choices": [change(choice) for choice in body["choices"]]}


def _said(choice: Body) -> str:
    text = choice["message"]["content"] if "message" in choice else choice["text"]
    assert isinstance(text, str)
    return text


def _saying(choice: Body, text: str | None, **more: Any) -> Body:
    if "message" in choice:
        return choice | {"message": choice["message"] | {"content": text} | more}
    return choice | {"text": text}


def _empty_content(body: Body, _fault: Fault) -> Body:
    return _each_choice(body, lambda choice: _saying(choice, ""))


def _null_content(body: Body, _fault: Fault) -> Body:
    return _each_choice(body, lambda choice: _saying(choice, None))


def _no_choices(body: Body, _fault: Fault) -> Body:
    return body | {"choices": []}


def _refusal(body: Body, _fault: Fault) -> Body:
    """Refuse in the field for it; a plain completion has none, and says it."""
    return _each_choice(
        body, lambda choice: _saying(choice, None if "message" in choice else REFUSAL, refusal=REFUSAL)
    )


def _length(body: Body, _fault: Fault) -> Body:
    return _each_choice(
        body,
        lambda choice: (
            _saying(choice, _said(choice)[: len(_said(choice)) // 2]) | {"finish_reason": "length"}
        ),
    )


def _think(body: Body, fault: Fault) -> Body:
    def think(choice: Body) -> Body:
        if fault.form == "field":
            return _saying(choice, _said(choice), reasoning_content=THOUGHT)
        if fault.form == "details":
            details = [{"type": "reasoning.text", "id": "reasoning-text-1", "index": 0, "text": THOUGHT}]
            return _saying(choice, _said(choice), reasoning_details=details)
        if fault.form == "open":
            return _saying(choice, f"<think>\n{THOUGHT}") | {"finish_reason": "length"}
        return _saying(choice, f"<think>\n{THOUGHT}\n</think>\n\n{_said(choice)}")

    return _each_choice(body, think)


def _wrong_usage(body: Body, fault: Fault) -> Body:
    return body | {"usage": fault.usage or {"prompt_tokens": -1, "completion_tokens": "many"}}


def _other_model(body: Body, fault: Fault) -> Body:
    return body | {"model": fault.served_model}


def _error_body(_body: Body, fault: Fault) -> Body:
    return {"error": {"message": fault.message, "type": "server_error", "param": None, "code": None}}


SPOILERS: dict[Kind, Callable[[Body, Fault], Body]] = {
    Kind.EMPTY_CONTENT: _empty_content,
    Kind.NULL_CONTENT: _null_content,
    Kind.NO_CHOICES: _no_choices,
    Kind.REFUSAL: _refusal,
    Kind.LENGTH: _length,
    Kind.THINK: _think,
    Kind.WRONG_USAGE: _wrong_usage,
    Kind.OTHER_MODEL: _other_model,
    Kind.ERROR_BODY: _error_body,
}
