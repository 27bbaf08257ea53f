"""Anthropic's messages, as strict as its API: what a body may hold, and the message that answers it."""

from typing import Any

from tests.support.payloads import Check, Refusal, check_payload, integer, kind, number

MESSAGES: dict[str, Check] = {
    "model": kind(str, "a string"),
    "messages": kind(list, "a list"),
    "max_tokens": integer(1, 1_000_000),
    "system": kind((str, list), "a string"),
    "temperature": number(0, 1),
    "top_p": number(0, 1),
    "top_k": integer(0, 1000),
    "stop_sequences": kind(list, "a list"),
    "thinking": kind(dict, "an object"),
    "metadata": kind(dict, "an object"),
    "stream": kind(bool, "a boolean"),
}


def check_messages(payload: Any) -> dict[str, Any]:
    """Check the body of a message, and return it as the chat that it is."""
    checked = check_payload(payload, MESSAGES, ("model", "messages", "max_tokens"))
    for stop in checked.get("stop_sequences") or ():
        if not isinstance(stop, str) or not stop.strip():
            raise Refusal("stop_sequences: each stop sequence must contain non-whitespace")
    for message in checked["messages"]:
        if message.get("role") not in ("user", "assistant") or not message.get("content"):
            raise Refusal("messages: a message has the role user or assistant, and content")
    _check_thinking(checked)
    system = checked.get("system")
    before = [{"role": "system", "content": system}] if system else []
    return checked | {"messages": before + checked["messages"], "stop": checked.get("stop_sequences")}


def _check_thinking(payload: dict[str, Any]) -> None:
    thinking = payload.get("thinking") or {}
    if thinking.get("type") != "enabled":
        return
    if payload["max_tokens"] <= thinking["budget_tokens"]:
        raise Refusal("`max_tokens` must be greater than `thinking.budget_tokens`.")
    if payload.get("temperature", 1) != 1:
        raise Refusal("`temperature` may only be set to 1 when thinking is enabled.")


def as_message(body: dict[str, Any]) -> dict[str, Any]:
    """Write an answer as Anthropic does; what ended it has other names there."""
    choice, usage = body["choices"][0], body["usage"]
    reasons = {"stop": "end_turn", "length": "max_tokens"}
    return {
        "id": f"msg_{body['id']}",
        "type": "message",
        "role": "assistant",
        "model": body["model"],
        "content": [{"type": "text", "text": choice["message"]["content"]}],
        "stop_reason": reasons.get(choice["finish_reason"], choice["finish_reason"]),
        "usage": {"input_tokens": usage["prompt_tokens"], "output_tokens": usage["completion_tokens"]},
    }
