"""vLLM's server: plain completions, and likelihoods by its `prompt_logprobs` on its own tokens."""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping
from typing import Any, ClassVar

from evals.engine.capabilities import Capabilities
from evals.engine.likelihood import Likelihood, TokenScores, in_windows
from evals.engine.protocols import openai_shape as shape
from evals.engine.protocols import windows
from evals.engine.protocols.openai_completions import OpenAICompletions
from evals.engine.protocols.protocol import GENERATE, PLAIN, Malformed, Step, Steps
from evals.engine.requests import Answer, Prompt


class VLLM(OpenAICompletions):
    """POST …/completions, and …/tokenize beside the API's root."""

    name: ClassVar[str] = "vllm"
    version: ClassVar[int] = 1
    logprobs: ClassVar[bool] = True

    def payload(self, api_model: str, prompt: Prompt, can: Capabilities = PLAIN) -> dict[str, Any]:
        """Return the body of a completion; for a likelihood the texts, which the server will tokenize."""
        if prompt.request_type == GENERATE:
            return super().payload(api_model, prompt, can)
        if not prompt.text:
            windows.needed_prefix(can.prefix)
        return windows.payload(api_model, prompt, can)

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
        url = self.url(base_url)
        root = url.removesuffix(self.path).removesuffix("/v1")
        payload = json.loads(sent)

        def tokenize(text: str) -> Generator[Step, Mapping[str, Any], list[int]]:
            body = {"model": payload["model"], "prompt": text, "add_special_tokens": False}
            return windows.token_ids((yield Step(f"{root}/tokenize", body)))

        def score(window: windows.Window) -> Generator[Step, Mapping[str, Any], list[windows.Token]]:
            given = [*window.before, *window.scored]
            sent = {"temperature": 0, "max_tokens": 1, "prompt_logprobs": 1, "seed": payload["seed"]}
            reply = yield Step(url, {"model": payload["model"], "prompt": given, **sent})
            rows = (shape.only_choice(reply) or {}).get("prompt_logprobs")
            if not isinstance(rows, list) or len(rows) != len(given):
                raise Malformed("the server gave no prompt_logprobs for every token of the prompt")
            pairs = zip(window.scored, rows[len(window.before) :], strict=True)
            return [_token(token, row) for token, row in pairs]

        return windows.answer_steps(payload, tokenize, tokenize, score)


def _token(token: int, row: object) -> windows.Token:
    """Read the entry of a token: its log-probability and its rank."""
    entry = row.get(str(token)) if isinstance(row, Mapping) else None
    if not isinstance(entry, Mapping) or not isinstance(entry.get("logprob"), int | float):
        raise Malformed("the prompt_logprobs lack a token of the prompt")
    return windows.Token(entry["logprob"], entry.get("rank") == 1)
