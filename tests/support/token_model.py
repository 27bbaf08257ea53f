"""How a simulated model sees a text: its tokens, and how likely each is after those before it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tests.support.answers import fraction

PREFIX = "<|endoftext|>"
HALF_CHARACTERS = "𠮷"  # stands for a character of which a token is only a part: no grammar can name it
PIECE = re.compile(r"<\|[a-z]+\|>| ?[A-Za-z]{1,5}| ?\d{1,3}|\s|.", re.DOTALL)
SEEN = 2  # so many tokens before are looked for earlier in the text


def tokenize(text: str) -> list[str]:
    """Cut a text into tokens; together they are the text."""
    return PIECE.findall(text)


@dataclass(frozen=True)
class Scored:
    """A token with its log-probability, its rank, and the likeliest token in its place."""

    token: str
    logprob: float
    rank: int
    best: str
    best_logprob: float


def score(model: str, tokens: Sequence[str]) -> Iterator[Scored | None]:
    """Score each token after those before it; the first has none before it, and no score."""
    followed: dict[tuple[str, ...], str] = {}
    for place, token in enumerate(tokens):
        before = tuple(tokens[max(0, place - SEEN) : place])
        yield _scored(model, tuple(tokens[max(0, place - 6) : place]), token, followed.get(before))
        followed[before] = token


def _scored(model: str, before: tuple[str, ...], token: str, expected: str | None) -> Scored | None:
    """Expect what came after the same tokens earlier in the text; elsewhere let a hash decide."""
    if not before:
        return None
    draw = fraction("token", model, *before, token)
    if token == expected or (expected is None and draw < 0.3):
        return Scored(token, -0.01 - draw, 1, token, -0.01 - draw)
    best = -0.001 - fraction("best", model, *before) / 100
    return Scored(token, -1.5 - 9 * draw, 2 + int(draw * 50), expected or " the", best)


@dataclass
class Vocabulary:
    """The numbers of tokens, given as they are first seen."""

    ids: dict[str, int] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)

    def encode(self, text: str) -> list[int]:
        """Return the numbers of a text's tokens."""
        return [self._number(token) for token in tokenize(text)]

    def decode(self, numbers: Sequence[int]) -> list[str]:
        """Return the tokens of these numbers; an unknown one is an IndexError."""
        return [self.texts[number] for number in numbers]

    def _number(self, token: str) -> int:
        if token not in self.ids:
            self.ids[token] = len(self.texts)
            self.texts.append(token)
        return self.ids[token]
