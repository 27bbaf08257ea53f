"""OpenAI's rules for a request's fields: what is unknown or out of range is refused in OpenAI's words."""

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

Check = Callable[[Any], str | None]
REASONING_EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh")
ROLES = ("system", "developer", "user", "assistant", "tool")


@dataclass(eq=False)
class Refusal(Exception):
    """A request that the provider does not accept, as OpenAI words it."""

    message: str
    status: int = 400
    param: str | None = None
    code: str | None = None
    type: str = "invalid_request_error"

    def as_body(self) -> dict[str, Any]:
        """Write OpenAI's error object."""
        return {"error": {"message": self.message, "type": self.type, "param": self.param, "code": self.code}}


def number(low: float, high: float) -> Check:
    """Return the check of a number in a range."""

    def check(value: Any) -> str | None:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return "a number"
        return None if low <= value <= high else f"a number from {low:g} to {high:g}"

    return check


def integer(low: int, high: int) -> Check:
    """Return the check of an integer in a range."""

    def check(value: Any) -> str | None:
        if isinstance(value, bool) or not isinstance(value, int):
            return "an integer"
        return None if low <= value <= high else f"an integer from {low} to {high}"

    return check


def kind(kind: type | tuple[type, ...], name: str) -> Check:
    """Return the check of a type."""
    return lambda value: None if isinstance(value, kind) else name


def one_of(*allowed: str) -> Check:
    """Return the check of a word from a list."""
    return lambda value: None if value in allowed else "one of " + ", ".join(allowed)


def _stop(value: Any) -> str | None:
    parts = [value] if isinstance(value, str) else value
    good = isinstance(parts, list) and 1 <= len(parts) <= 4 and all(isinstance(p, str) and p for p in parts)
    return None if good else "a string or a list of one to four strings"


def _messages(value: Any) -> str | None:
    if not isinstance(value, list) or not value:
        return "a list of at least one message"
    return next((problem for message in value if (problem := _message(message))), None)


def _message(message: Any) -> str | None:
    if not isinstance(message, dict) or not {"role", "content"} <= message.keys():
        return "a list of objects with role and content"
    if message["role"] not in ROLES:
        return "a list of messages with one of the roles " + ", ".join(ROLES)
    if unknown := message.keys() - {"role", "content", "name", "tool_calls", "tool_call_id", "refusal"}:
        return f"a list of messages without {sorted(unknown)[0]}"
    content = message["content"]
    if isinstance(content, list) and all(isinstance(p, dict) and "type" in p for p in content):
        return None
    return None if isinstance(content, str) else "a list of messages with text as content"


def _prompt(value: Any) -> str | None:
    if isinstance(value, str) and value:
        return None
    good = isinstance(value, list) and value and all(isinstance(p, str | int | list) for p in value)
    return None if good else "a string, or a list of strings or tokens"


_BOTH: dict[str, Check] = {
    "model": kind(str, "a string"),
    "max_tokens": integer(1, 1_000_000),
    "temperature": number(0, 2),
    "top_p": number(0, 1),
    "n": integer(1, 128),
    "stop": _stop,
    "seed": integer(-(2**63), 2**63 - 1),
    "stream": kind(bool, "a boolean"),
    "stream_options": kind(dict, "an object"),
    "presence_penalty": number(-2, 2),
    "frequency_penalty": number(-2, 2),
    "logit_bias": kind(dict, "an object"),
    "user": kind(str, "a string"),
}
CHAT: dict[str, Check] = _BOTH | {
    "messages": _messages,
    "max_completion_tokens": integer(1, 1_000_000),
    "logprobs": kind(bool, "a boolean"),
    "top_logprobs": integer(0, 20),
    "response_format": kind(dict, "an object"),
    "reasoning_effort": one_of(*REASONING_EFFORTS),
    "verbosity": one_of("low", "medium", "high"),
    "service_tier": kind(str, "a string"),
    "store": kind(bool, "a boolean"),
    "metadata": kind(dict, "an object"),
    "tools": kind(list, "a list"),
    "tool_choice": kind((str, dict), "a string or an object"),
    "parallel_tool_calls": kind(bool, "a boolean"),
    "safety_identifier": kind(str, "a string"),
    "prompt_cache_key": kind(str, "a string"),
}
COMPLETIONS: dict[str, Check] = _BOTH | {
    "prompt": _prompt,
    "suffix": kind(str, "a string"),
    "max_tokens": integer(0, 1_000_000),
    "logprobs": integer(0, 5),
    "echo": kind(bool, "a boolean"),
    "best_of": integer(1, 20),
}
NOT_FOR_REASONING_MODELS = (
    "max_tokens",
    "stop",
    "top_p",
    "presence_penalty",
    "frequency_penalty",
    "logit_bias",
)
NOT_SIMULATED = ("tools", "suffix", "best_of")


def check_payload(payload: Any, rules: Mapping[str, Check], required: tuple[str, ...]) -> dict[str, Any]:
    """Refuse the payload, or return it as the object that it is."""
    if not isinstance(payload, dict):
        raise Refusal("We could not parse the JSON body of your request: it must be an object.")
    for name in required:
        if payload.get(name) is None:
            raise Refusal(
                f"Missing required parameter: '{name}'.", param=name, code="missing_required_parameter"
            )
    for name, value in payload.items():
        _check_field(name, value, rules)
    return payload


def _check_field(name: str, value: Any, rules: Mapping[str, Check]) -> None:
    if name not in rules:
        raise Refusal(f"Unrecognized request argument supplied: {name}")
    if value is None:
        return
    if expected := rules[name](value):
        raise Refusal(
            f"Invalid value for '{name}': expected {expected}, got {str(value)[:80]!r}.",
            param=name,
            code="invalid_value",
        )
    if name in NOT_SIMULATED and value:
        raise Refusal(
            f"The simulated provider does not do '{name}'.", param=name, code="unsupported_parameter"
        )


def of_family(*, own_fields: Mapping[str, Any], missing_fields: Collection[str]) -> dict[str, Check]:
    """Return the rules of a provider that takes fields beside OpenAI's, and not all of OpenAI's."""
    taken = {name: check for name, check in CHAT.items() if name not in missing_fields}
    return taken | {name: _by_schema(schema) for name, schema in own_fields.items()}


def _by_schema(schema: Mapping[str, Any]) -> Check:
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    return lambda value: None if validator.is_valid(value) else f"what fits {json.dumps(schema)}"


def check_chat(payload: Any, rules: Mapping[str, Check] = CHAT, *, reasoning: bool = False) -> dict[str, Any]:
    """Check the body of a chat completion, by the stricter rules of reasoning models where asked."""
    checked = check_payload(payload, rules, ("model", "messages"))
    if "max_tokens" in checked and "max_completion_tokens" in checked:
        raise Refusal(
            "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.",
            code="invalid_parameter_combination",
        )
    if reasoning:
        _check_reasoning(checked)
    if checked.get("logprobs"):
        raise _unsupported("logprobs", "is not simulated for chats")
    if not reasoning and "reasoning_effort" in checked:
        raise _unsupported("reasoning_effort", "is not supported with this model")
    return checked


def _check_reasoning(payload: dict[str, Any]) -> None:
    for name in NOT_FOR_REASONING_MODELS:
        if payload.get(name) is not None:
            raise _unsupported(name, "is not supported with this model")
    if payload.get("temperature") not in (None, 1):
        raise _unsupported("temperature", "does not support this value; only the default (1) is supported")


def _unsupported(name: str, why: str) -> Refusal:
    return Refusal(f"Unsupported parameter: '{name}' {why}.", param=name, code="unsupported_parameter")


def check_completion(payload: Any, rules: Mapping[str, Check] = COMPLETIONS) -> dict[str, Any]:
    """Check the body of a plain completion; log-probabilities are simulated for a prompt alone."""
    checked = check_payload(payload, rules, ("model", "prompt"))
    if bool(checked.get("echo")) != bool(checked.get("logprobs")):
        raise _unsupported("logprobs", "is simulated together with 'echo' alone")
    return checked
