"""llama.cpp's server: plain completions, and exact likelihoods by forcing a continuation token by token.

Its OpenAI-compatible address ignores `echo` without a word. A grammar of token ids forces what is written,
and the log-probability of each token written is the one of the full distribution after the text before it.
Where a server's kernels for one token round otherwise than those for many (Gemma's in four bits: by up to
0.14 nats a token), a token that is written after others has another distribution than after the same text
as a prompt. So each token is asked for by itself, unless a probe has found that it is the same in one go.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping
from typing import Any, ClassVar

from evals.engine.capabilities import Capabilities
from evals.engine.likelihood import Likelihood, TokenScores, in_windows
from evals.engine.outcomes import Kind
from evals.engine.protocols import windows
from evals.engine.protocols.openai_completions import OpenAICompletions
from evals.engine.protocols.protocol import GENERATE, PLAIN, Malformed, Step, StepFailed, Steps
from evals.engine.requests import Answer, Prompt

# The server adds its distribution up in 32 bits, sorted as far as `n_probs` goes: with 1000 the sum is that
# of the whole, with 1 it was off by up to 4e-4 over Gemma's 262,144 tokens.
EXACT = {"temperature": 0, "n_probs": 1000, "cache_prompt": False}
MORE_AND_MORE = (2_000, 20_000, 130_000)  # of the likeliest tokens; a reply is at most 16 MiB
CERTAIN = 1e6  # a bias that lets no other token be written; log-probabilities are told from before it
ScoringSteps = Generator[Step, Mapping[str, Any], list[windows.Token]]


class LlamaCpp(OpenAICompletions):
    """POST …/completions, and …/completion, …/tokenize and …/props beside the API's root."""

    name: ClassVar[str] = "llama-cpp"
    version: ClassVar[int] = 2
    logprobs: ClassVar[bool] = True
    knows_prefix: ClassVar[bool] = True
    may_go_at_once: ClassVar[bool] = True

    def payload(self, api_model: str, prompt: Prompt, can: Capabilities = PLAIN) -> dict[str, Any]:
        """Return the body of a completion; for a likelihood the texts, which the server will tokenize."""
        if prompt.request_type == GENERATE:
            return super().payload(api_model, prompt, can)
        return windows.payload(api_model, prompt, can) | {"one_go": can.one_go}

    def read(
        self, reply: Mapping[str, Any], body: str, sent: bytes = b"", can: Capabilities = PLAIN
    ) -> Answer:
        """Read a completion, or the log-probabilities of the scored tokens."""
        return windows.read(reply, body) if "windows" in reply else super().read(reply, body, sent, can)

    def likelihood(self, scores: TokenScores, prompt: Prompt, can: Capabilities = PLAIN) -> Likelihood:
        """Sum the log-probabilities of all tokens."""
        return in_windows(scores)

    def steps(self, base_url: str, sent: bytes) -> Steps | None:
        """Return the calls of a likelihood: the tokens first, then each window."""
        if not windows.is_scoring(sent):
            return None
        payload = json.loads(sent)
        root = self.url(base_url).removesuffix(self.path).removesuffix("/v1")
        server = _Server(root, one_go=payload["one_go"])
        return windows.answer_steps(payload, server.tokenize, server.prefix, server.score)


class _Server:
    """The server's own addresses."""

    def __init__(self, root: str, *, one_go: bool) -> None:
        self.root, self.one_go = root, one_go

    def tokenize(self, text: str) -> Generator[Step, Mapping[str, Any], list[int]]:
        """Ask for the tokens of a text, with what the model puts before every text."""
        return windows.token_ids(
            (yield Step(f"{self.root}/tokenize", {"content": text, "add_special": True}))
        )

    def prefix(self, name: str) -> Generator[Step, Mapping[str, Any], list[int]]:
        """Ask for the token that comes before a text: as the endpoint says, else as the model does."""
        if not name and (first := (yield from self.tokenize(""))):
            return first
        named = {"content": windows.needed_prefix(name), "add_special": False, "parse_special": True}
        return windows.token_ids((yield Step(f"{self.root}/tokenize", named)))

    def score(self, window: windows.Window) -> ScoringSteps:
        """Force the tokens, each by itself or all in one go."""
        if self.one_go:
            return (yield from self._forced(window))
        scored: list[windows.Token] = []
        for place, token in enumerate(window.scored):
            scored += yield from self._forced(
                windows.Window((*window.before, *window.scored[:place]), (token,))
            )
        return scored

    def _forced(self, window: windows.Window) -> ScoringSteps:
        """Force tokens in one call; where one is a part of a character, no grammar can name it."""
        grammar = "root ::= " + " ".join(f"<[{token}]>" for token in window.scored)
        forced = {"prompt": list(window.before), "n_predict": len(window.scored), "grammar": grammar, **EXACT}
        try:
            return _tokens((yield Step(f"{self.root}/completion", forced)), window.scored)
        except StepFailed as problem:
            if problem.fault.kind not in (Kind.SERVER_ERROR, Kind.BAD_REQUEST):
                raise
        return (yield from self._one_by_one(window))

    def _one_by_one(self, window: windows.Window) -> ScoringSteps:
        """Look each token up in the full distribution; a part of a character that is written tells nothing.

        So a whole one is written instead, by a bias: what is told is from before the bias.
        """
        whole = (yield from self.tokenize("a"))[-1]
        scored: list[windows.Token] = []
        for place, token in enumerate(window.scored):
            before = [*window.before, *window.scored[:place]]
            scored.append((yield from self._looked_up(before, token, whole)))
        return scored

    def _looked_up(
        self, before: list[int], token: int, whole: int
    ) -> Generator[Step, Mapping[str, Any], windows.Token]:
        """Ask for more and more of the distribution until the token is in it."""
        for many in MORE_AND_MORE:
            body = {"prompt": before, "n_predict": 1, "logit_bias": [[whole, CERTAIN]]}
            reply = yield Step(f"{self.root}/completion", {**body, **EXACT, "n_probs": many})
            (row,) = _rows(reply)[:1]
            tops = row.get("top_logprobs") or []
            for rank, top in enumerate(tops):
                if top.get("id") == token:
                    return windows.Token(top["logprob"], rank == 0)
        raise Malformed("the server's distribution lacks a token of the text")


def _tokens(reply: Mapping[str, Any], wanted: tuple[int, ...]) -> list[windows.Token]:
    """Read what was written: the tokens that were forced, and none but these."""
    rows = _rows(reply)
    if [row.get("id") for row in rows] != list(wanted):
        raise Malformed("the server wrote other tokens than those that it was forced to")
    return [_token(row) for row in rows]


def _rows(reply: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    rows = reply.get("completion_probabilities")
    if not isinstance(rows, list) or not rows or not all(isinstance(row, Mapping) for row in rows):
        raise Malformed("the server gave no completion_probabilities")
    return rows


def _token(row: Mapping[str, Any]) -> windows.Token:
    logprob, tops = row.get("logprob"), row.get("top_logprobs")
    if not isinstance(logprob, int | float) or not isinstance(tops, list) or not tops:
        raise Malformed("a token has no logprob or no top_logprobs")
    return windows.Token(logprob, tops[0].get("id") == row.get("id"))
