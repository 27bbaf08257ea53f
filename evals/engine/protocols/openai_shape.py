"""What OpenAI's chat completions and completions share: generation settings, choices, usage."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evals.engine.capabilities import Capabilities
from evals.engine.outcomes import Outcome
from evals.engine.protocols.protocol import PLAIN, Malformed
from evals.engine.requests import Answer, Prompt, Usage

FINISH_REASONS = {
    "stop": """stop end_turn stop_sequence eos eos_token end complete completed finished finish done normal
        tool_calls tool_use tool_call function_call""",
    "length": """length max_tokens max_output_tokens model_length model_context_window_exceeded limit
        token_limit""",
    "refusal": """content_filter content_filtered refusal safety sensitive recitation prohibited_content
        blocklist spii language image_safety guardrail_intervened error_toxic""",
    "truncated": """insufficient_system_resource error network_error abort aborted cancelled canceled timeout
        pause_turn user_cancel error_limit malformed_function_call interrupted engine_overloaded""",
}
FINISH_OF = {reason: finish for finish, reasons in FINISH_REASONS.items() for reason in reasons.split()}
MOST_TOKENS = 2**31 - 1  # what the database's integer holds


def settings(prompt: Prompt, can: Capabilities) -> dict[str, Any]:
    """Return the generation settings with lm-eval's defaults, under the endpoint's names."""
    rest = dict(prompt.gen_kwargs)
    for name in ("do_sample", "until"):
        rest.pop(name, None)
    unset = rest.pop("max_gen_toks", prompt.max_gen_toks) if "max_tokens" not in rest else None
    given = {
        can.token_parameter: rest.pop("max_tokens", unset),
        "temperature": rest.pop("temperature", 0),
        "seed": prompt.seed,
    }
    unsent = {name for name in ("temperature", "seed") if not getattr(can, name)}
    return {**{name: value for name, value in given.items() if name not in unsent}, **rest, **can.fields}


def stop_field(stops: list[str], can: Capabilities) -> dict[str, list[str]]:
    """Return the field of the stops; OpenAI refuses an empty list, so it is left out."""
    return {"stop": stops} if stops and can.stop else {}


def streamed(can: Capabilities) -> dict[str, Any]:
    """Return the fields that request a stream, and its usage."""
    options = {"stream_options": {"include_usage": True}} if can.stream_usage else {}
    return {"stream": True, **options} if can.stream else {}


def only_choice(reply: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the one choice of a reply, or None if it has none."""
    choices = reply.get("choices")
    if not choices:
        return None
    if not isinstance(choices, list):
        raise Malformed(f"the choices are {type(choices).__name__}, not a list")
    if len(choices) > 1 or not isinstance(choices[0], dict):
        raise Malformed(f"the reply has {len(choices)} choices where one was requested")
    choice: dict[str, Any] = choices[0]
    return choice


def reasoning_of(message: Mapping[str, Any]) -> str:
    """Return the reasoning that a provider keeps in a field of its own."""
    values = (message.get(name) for name in ("reasoning_content", "reasoning", "thinking", "reasoning_text"))
    return next((value for value in values if isinstance(value, str) and value), "")


def word(value: object) -> str:
    """Return a short text of a reply, or an empty one if it is no text."""
    return value[:200] if isinstance(value, str) else ""


def no_answer(reply: Mapping[str, Any], body: str) -> Answer:
    """Return the outcome of a reply that has no choice, or no message in it."""
    return Answer(
        outcome=Outcome.NO_ANSWER,
        text="",
        body=body,
        served_model=word(reply.get("model")),
        response_id=word(reply.get("id")),
        usage=usage(reply),
    )


def finish_kind(reason: str, can: Capabilities) -> str:
    """Return one of FINISHES for a finish reason; an unknown one means that the generation broke off.

    A missing reason counts as a normal end.
    """
    if not reason:
        return "stop"
    own = can.finish_reasons.get(reason)
    return own or FINISH_OF.get(reason.partition(":")[0].strip().lower(), "truncated")


def outcome(
    text: str | None, finish_reason: str, *, refused: bool = False, can: Capabilities = PLAIN
) -> Outcome:
    """Return what kind of answer this is; the provider's own finish reason comes first."""
    end = finish_kind(finish_reason, can)
    if refused or end == "refusal":
        return Outcome.REFUSAL
    if end == "truncated":
        return Outcome.TRUNCATED
    if end == "length":
        return Outcome.LENGTH
    if text is None:
        return Outcome.NULL
    return Outcome.ANSWERED if text else Outcome.EMPTY


def usage(reply: Mapping[str, Any]) -> Usage:
    """Return the tokens that the provider counted; invalid numbers are left out."""
    counts = reply.get("usage")
    if not isinstance(counts, dict):
        return Usage()
    prompt, completion = counts.get("prompt_tokens_details"), counts.get("completion_tokens_details")
    return Usage(
        input_tokens=count(counts, "prompt_tokens"),
        cached_tokens=count(prompt, "cached_tokens"),
        reasoning_tokens=count(completion, "reasoning_tokens"),
        output_tokens=count(counts, "completion_tokens"),
    )


def count(counts: object, name: str) -> int | None:
    """Return a number of tokens, if it is valid."""
    value = counts.get(name) if isinstance(counts, dict) else None
    is_count = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_TOKENS
    return value if is_count else None
