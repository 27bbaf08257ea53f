"""Echoed log-probabilities: the whole text goes out and comes back as tokens; its place says if it counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from evals.engine.capabilities import Capabilities
from evals.engine.likelihood import TokenScores
from evals.engine.protocols.protocol import Malformed, NeedsPrefix
from evals.engine.requests import Prompt


def whole(prompt: Prompt, can: Capabilities) -> str:
    """Return the text of which the tokens are wanted; where nothing comes before it, the prefix does."""
    if not (prompt.text or can.prefix):
        raise NeedsPrefix(
            "A text is to be scored that nothing comes before: the endpoint needs the capability 'prefix', "
            "the name of the token that a text begins with."
        )
    return (prompt.text or can.prefix) + prompt.continuation


def scored_span(prompt: Prompt, can: Capabilities) -> tuple[int, int]:
    """Return where what is scored begins and ends; as with lm-eval, spaces before it belong to it."""
    before = prompt.text.rstrip() if prompt.text else can.prefix
    return len(before), len(whole(prompt, can))


def scores(choice: Mapping[str, Any], *, sent_text: str | None) -> TokenScores | None:
    """Read the echoed tokens of a choice; where the text that was asked is given, it must be echoed."""
    text = str(choice.get("text") or "")
    try:
        token_scores = _scores(choice.get("logprobs"), text)
    except Malformed:
        if sent_text is None:  # nobody wanted log-probabilities, and these are of another form
            return None
        raise
    if sent_text is not None and (
        token_scores is None or not token_scores.starts or not text.startswith(sent_text)
    ):
        raise Malformed("the server did not echo the prompt with log-probabilities, though it was asked to")
    return token_scores


def _scores(reported: object, text: str) -> TokenScores | None:
    if reported is None:
        return None
    if not isinstance(reported, Mapping):
        raise Malformed(f"the log-probabilities are {type(reported).__name__}, not an object")
    tokens, logprobs, tops = (
        _listed(reported, name) for name in ("tokens", "token_logprobs", "top_logprobs")
    )
    if not len(tokens) == len(logprobs) == len(tops):
        raise Malformed("the log-probabilities have lists of different lengths")
    starts = _starts(text, tokens, reported.get("text_offset"))
    return TokenScores.of(
        (start, _number(logprob), _is_greedy(logprob, top))
        for start, logprob, top in zip(starts, logprobs, tops, strict=True)
    )


def _listed(logprobs: Mapping[str, Any], name: str) -> list[Any]:
    values = logprobs.get(name)
    if not isinstance(values, list):
        raise Malformed(f"the log-probabilities lack {name}")
    return values


def _number(value: object) -> float | None:
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        return value
    raise Malformed(f"a log-probability is {type(value).__name__}, not a number")


def _is_greedy(logprob: float | None, top: object) -> bool:
    """Whether a token was the likeliest: none of the top ones is likelier, as lm-eval asks it."""
    return isinstance(top, Mapping) and bool(top) and logprob == max(top.values())


def _starts(text: str, tokens: list[Any], offsets: object) -> Iterator[int]:
    """Give the place of each token in the text; special tokens at its start may be missing from it.

    A token that is a part of a character cannot be found in the text: there the server's own offsets hold,
    which some servers count with the special tokens' names.
    """
    at = skipped = 0
    for place, token in enumerate(map(str, tokens)):
        begins = at
        if text.startswith(token, at):
            at += len(token)
        elif at == 0 and not place:
            skipped = len(token)
        elif isinstance(offsets, list) and len(offsets) == len(tokens):
            begins = offsets[place] - skipped
            at = offsets[place + 1] - skipped if place + 1 < len(offsets) else len(text)
        else:
            raise Malformed("the echoed tokens are not those of the text")
        yield begins
    if at != len(text):
        raise Malformed("the echoed tokens do not add up to the text")
