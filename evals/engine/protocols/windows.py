"""A text scored on a server that tells its tokens: cut as lm-eval cuts, asked window by window."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evals.engine.capabilities import Capabilities
from evals.engine.likelihood import TokenScores
from evals.engine.outcomes import Outcome
from evals.engine.protocols import openai_shape as shape
from evals.engine.protocols.protocol import LOGLIKELIHOOD, Malformed, NeedsPrefix, Step, Steps
from evals.engine.requests import Answer, Prompt


@dataclass(frozen=True, slots=True)
class Window:
    """Tokens that are scored, and those that come before them."""

    before: tuple[int, ...]
    scored: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Token:
    """What a server said of a token: its log-probability, and whether none was likelier."""

    logprob: float
    is_greedy: bool


Tokenize = Callable[[str], Generator[Step, Mapping[str, Any], list[int]]]
ScoreWindow = Callable[[Window], Generator[Step, Mapping[str, Any], list[Token]]]


def payload(api_model: str, prompt: Prompt, can: Capabilities) -> dict[str, Any]:
    """Return what is asked, in texts: the server's own tokens are no part of the question."""
    fields = {"before": prompt.text, "scored": prompt.continuation, "max_length": can.max_length}
    kind = {"request_type": prompt.request_type, "prefix": can.prefix, "seed": prompt.seed}
    return {"model": api_model, **fields, **kind, "max_tokens": 1, **can.fields}


def is_scoring(sent: bytes) -> bool:
    """Whether a body asks for likelihoods."""
    return b'"scored":' in sent


def answer_steps(
    fields: Mapping[str, Any], tokenize: Tokenize, prefix: Tokenize, score: ScoreWindow
) -> Steps:
    """Ask for the tokens, cut them, score each window; return all that was said of the scored tokens."""
    windows = yield from _windows(fields, tokenize, prefix)
    scores = []
    for window in windows:
        tokens = yield from score(window)
        if len(tokens) != len(window.scored):
            raise Malformed(f"{len(window.scored)} tokens were to be scored, and {len(tokens)} were")
        scores.append(
            {
                "before": len(window.before),
                "tokens": list(window.scored),
                "logprobs": [token.logprob for token in tokens],
                "greedy": [token.is_greedy for token in tokens],
            }
        )
    return {"model": fields["model"], "windows": scores}


def _windows(
    fields: Mapping[str, Any], tokenize: Tokenize, prefix: Tokenize
) -> Generator[Step, Mapping[str, Any], list[Window]]:
    before, scored, longest = fields["before"], fields["scored"], fields["max_length"]
    if fields["request_type"] != LOGLIKELIHOOD:
        tokens = yield from tokenize(scored)
        first = (yield from prefix(fields["prefix"]))[:1]
        return list(rolling(tokens, prefix=first, max_length=longest))
    if not before:
        tokens = yield from tokenize(scored)
        first = (yield from prefix(fields["prefix"]))[:1]
        tokens = tokens[1:] if tokens[:1] == first and len(tokens) > 1 else tokens
        return [continuation(first, tokens, max_length=longest)]
    tokens = yield from tokenize(before + scored)
    head = yield from tokenize(before.rstrip())
    cut = min(len(head), len(tokens) - 1)  # a continuation that melted into the last token is that token
    return [continuation(tokens[:cut], tokens[cut:], max_length=longest)]


def continuation(before: Sequence[int], scored: Sequence[int], *, max_length: int) -> Window:
    """Cut what comes before a continuation from its left, so that there is room for a token to be written."""
    left = max(0, len(before) + len(scored) - (max_length - 1))
    return Window(tuple(before[left:]), tuple(scored))


def rolling(tokens: Sequence[int], *, prefix: Sequence[int], max_length: int) -> Iterator[Window]:
    """Cut a whole text into windows: each token is scored once, with as much before it as fits."""
    length = max_length - 2  # lm-eval leaves one for a token to be written, and one for the prefix
    if tokens:
        yield Window(tuple(prefix), tuple(tokens[:length]))
    for begin in range(length, len(tokens), length):
        end = min(begin + length, len(tokens))
        yield Window(tuple(tokens[end - length - 1 : begin]), tuple(tokens[begin:end]))


def needed_prefix(name: str) -> str:
    """Return the name of the token that comes before a text; without one, nothing can be scored there."""
    if not name:
        raise NeedsPrefix(
            "A text is to be scored that nothing comes before: the endpoint needs the capability 'prefix', "
            "the name of the token that a text begins with."
        )
    return name


def token_ids(reply: Mapping[str, Any]) -> list[int]:
    """Read the tokens of a text."""
    tokens = reply.get("tokens")
    if not isinstance(tokens, list) or not all(type(token) is int for token in tokens):
        raise Malformed("the server's tokenizer gave no list of tokens")
    return tokens


def read(reply: Mapping[str, Any], body: str) -> Answer:
    """Read what `answer_steps` returned."""
    windows = reply["windows"]
    scores = TokenScores.of(
        (place, logprob, greedy)
        for place, window in enumerate(windows)
        for logprob, greedy in zip(window["logprobs"], window["greedy"], strict=True)
    )
    used = sum(window["before"] + len(window["tokens"]) for window in windows)
    return Answer(
        outcome=Outcome.ANSWERED,
        text="",
        body=body,
        served_model=shape.word(reply.get("model")),
        usage=shape.usage({"usage": {"prompt_tokens": used, "completion_tokens": 0}}),
        scores=scores,
    )
