"""What OpenAI's chat completions and completions share: generation settings, choices, usage."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evals.engine.capabilities import Capabilities
from evals.engine.outcomes import Outcome
from evals.engine.protocols.protocol import Malformed
from evals.engine.requests import Prompt, Usage

REFUSING = frozenset({"content_filter", "refusal", "safety", "sensitive"})
MOST_TOKENS = 2**31 - 1  # what the database's integer holds


def settings(prompt: Prompt, can: Capabilities) -> dict[str, Any]:
    """Return the generation settings with lm-eval's defaults, under the names that the endpoint knows."""
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


def told_stops(stops: list[str], can: Capabilities) -> dict[str, list[str]]:
    """Return the field of the stops; an empty list is refused by OpenAI, so it is left out."""
    return {"stop": stops} if stops and can.stop else {}


def only_choice(reply: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the one choice of a reply."""
    choices = reply.get("choices")
    if not isinstance(choices, list) or not choices:
        raise Malformed("the reply has no choices")
    if len(choices) > 1 or not isinstance(choices[0], dict):
        raise Malformed(f"the reply has {len(choices)} choices where one was asked for")
    choice: dict[str, Any] = choices[0]
    return choice


def word(value: object) -> str:
    """Return a short text of a reply, or nothing where it is something else."""
    return value[:200] if isinstance(value, str) else ""


def outcome(text: str | None, finish_reason: str, refused: bool) -> Outcome:
    """Return what kind of answer this is; the provider's own finish reason comes first."""
    if refused or finish_reason in REFUSING:
        return Outcome.REFUSAL
    if finish_reason in ("length", "max_tokens"):
        return Outcome.LENGTH
    if text is None:
        return Outcome.NULL
    return Outcome.ANSWERED if text else Outcome.EMPTY


def usage(reply: Mapping[str, Any]) -> Usage:
    """Return the tokens that the provider counted; what it got wrong is left out."""
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
    """Return a number of tokens, where it is one."""
    value = counts.get(name) if isinstance(counts, dict) else None
    is_count = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_TOKENS
    return value if is_count else None
