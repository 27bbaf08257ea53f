"""OpenAI's completions, with the bodies of lm-eval's `local-completions` for text prompts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, ClassVar

from evals.engine.capabilities import Capabilities
from evals.engine.likelihood import Likelihood, TokenScores, likelihood
from evals.engine.protocols import echo
from evals.engine.protocols import openai_shape as shape
from evals.engine.protocols.openai_stream import OpenAIStream
from evals.engine.protocols.protocol import (
    GENERATE,
    LOGLIKELIHOOD,
    LOGLIKELIHOOD_ROLLING,
    PLAIN,
    STREAMED,
    Malformed,
    Protocol,
)
from evals.engine.requests import Answer, Prompt

ECHO = b'"echo":true'


class OpenAICompletions(Protocol):
    """POST …/completions; for base models, and for likelihoods if the server echoes log-probabilities."""

    name: ClassVar[str] = "openai-completions"
    version: ClassVar[int] = 1
    path: ClassVar[str] = "/completions"
    lm_eval_model: ClassVar[str] = "local-completions"
    chat: ClassVar[bool] = False
    request_types: ClassVar[frozenset[str]] = frozenset({GENERATE, LOGLIKELIHOOD, LOGLIKELIHOOD_ROLLING})

    def payload(self, api_model: str, prompt: Prompt, can: Capabilities = PLAIN) -> dict[str, Any]:
        """Return the body: the prompt; for a likelihood the whole text, to be echoed."""
        if prompt.request_type != GENERATE:
            fields = {"temperature": 0, "max_tokens": 1, "logprobs": 1, "seed": prompt.seed, "echo": True}
            return {"model": api_model, "prompt": echo.whole(prompt, can), **fields, **can.fields}
        stops = shape.stop_field(self.stops(prompt), can)
        settings = {**shape.streamed(can), **shape.settings(prompt, can)}
        return {"prompt": prompt.text, "model": api_model, **stops, **settings}

    def likelihood(self, scores: TokenScores, prompt: Prompt, can: Capabilities = PLAIN) -> Likelihood:
        """Sum the log-probabilities of the echoed tokens from the start of the continuation."""
        start, end = echo.scored_span(prompt, can)
        return likelihood(scores, start=start, end=end)

    def read(
        self, reply: Mapping[str, Any], body: str, sent: bytes = b"", can: Capabilities = PLAIN
    ) -> Answer:
        """Read the text of the only choice, and the echoed tokens if they were requested."""
        choice = shape.only_choice(reply)
        if choice is None or "text" not in choice:
            return shape.no_answer(reply, body)
        text = choice["text"]
        if text is not None and not isinstance(text, str):
            raise Malformed(f"the choice's text is {type(text).__name__}, not text")
        finish_reason = shape.word(choice.get("finish_reason"))
        scores = echo.scores(choice, sent_text=json.loads(sent)["prompt"] if ECHO in sent else None)
        return Answer(
            outcome=shape.outcome(text, "" if scores else finish_reason, can=can),
            text=text or "",
            body=body,
            reasoning=shape.reasoning_of(choice),
            finish_reason=finish_reason,
            served_model=shape.word(reply.get("model")),
            response_id=shape.word(reply.get("id")),
            usage=shape.usage(reply),
            scores=scores,
            first_token_ms=shape.count(reply.get(STREAMED), "first_token_ms"),
            generation_ms=shape.count(reply.get(STREAMED), "generation_ms"),
        )

    def error_in_choice(self, reply: Mapping[str, Any]) -> Any:
        """Return the error inside the choice."""
        choice = shape.only_choice(reply)
        return None if choice is None else choice.get("error")

    def stream(self) -> OpenAIStream:
        """Return the reader of a streamed answer."""
        return OpenAIStream(chat=False)
