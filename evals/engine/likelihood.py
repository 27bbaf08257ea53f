"""How likely a given text is to a model: the sum over its tokens, and whether each was the likeliest."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass


class NotScorable(ValueError):
    """The tokens of an answer do not say how likely the text is that was asked for."""


@dataclass(frozen=True, slots=True)
class TokenScores:
    """The tokens of a text: place or window, log-probability (NaN: not told), the likeliest or not."""

    starts: tuple[int, ...]
    logprobs: tuple[float, ...]
    greedy: bytes

    @classmethod
    def of(cls, tokens: Iterable[tuple[int, float | None, bool]]) -> TokenScores:
        """Collect tokens one by one."""
        rows = list(tokens)
        return cls(
            starts=tuple(start for start, _, _ in rows),
            logprobs=tuple(math.nan if logprob is None else logprob for _, logprob, _ in rows),
            greedy=bytes(greedy for _, _, greedy in rows),
        )


@dataclass(frozen=True, slots=True)
class Likelihood:
    """A text's log-probability, and whether a model that always takes the likeliest token would write it."""

    logprob: float
    is_greedy: bool


def likelihood(scores: TokenScores, *, start: int, end: int) -> Likelihood:
    """Sum up the tokens from one place of the text to another, in their order, as lm-eval does.

    A token that spans the start counts to what comes before it, as with lm-eval's count of tokens, unless
    nothing would be left: then it is the text's.
    """
    inside = [place for place, begins in enumerate(scores.starts) if start <= begins < end]
    if not inside:
        inside = [place for place, begins in enumerate(scores.starts) if begins < end][-1:]
    if not inside:
        raise NotScorable("the answer has no token of the text that was to be scored")
    logprobs = [scores.logprobs[place] for place in inside]
    if any(map(math.isnan, logprobs)):
        raise NotScorable(
            "the provider gives no log-probability for a text's first token: "
            "the endpoint needs the capability 'prefix', a token that comes before every text"
        )
    return Likelihood(sum(logprobs), all(scores.greedy[place] for place in inside))


def in_windows(scores: TokenScores) -> Likelihood:
    """Sum up tokens that came in windows, told by their `starts`: each window first, as lm-eval does."""
    sums: dict[int, float] = {}
    for window, logprob in zip(scores.starts, scores.logprobs, strict=True):
        sums[window] = sums.get(window, 0) + logprob
    if not sums:
        raise NotScorable("the answer has no token of the text that was to be scored")
    return Likelihood(sum(sums.values()), all(scores.greedy))
