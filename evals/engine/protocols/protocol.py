"""The interface of an API family: write a body, and read an answer."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar
from typing import Protocol as Protocol_

from evals.engine.capabilities import Capabilities
from evals.engine.likelihood import Likelihood, NotScorable, TokenScores
from evals.engine.outcomes import Fault
from evals.engine.requests import GENERATE, LOGLIKELIHOOD, LOGLIKELIHOOD_ROLLING, Answer, Prompt

__all__ = [
    "GENERATE",
    "LOGLIKELIHOOD",
    "LOGLIKELIHOOD_ROLLING",
    "PLAIN",
    "STREAMED",
    "Malformed",
    "NeedsPrefix",
    "Protocol",
    "ReplyStream",
    "Step",
    "StepFailed",
    "Steps",
]
PLAIN = Capabilities()
STREAMED = "streamed"  # the field of an assembled reply that holds the times of its stream


class Malformed(ValueError):
    """A reply that is not of this protocol; the message says what is wrong."""


class NeedsPrefix(ValueError):
    """The first token of a text is scored after another token, and the endpoint does not declare which."""


@dataclass(frozen=True, slots=True)
class Step:
    """One of the calls of a request."""

    url: str
    body: Mapping[str, Any]


class ReplyStream(Protocol_):
    """Puts the events of a streamed answer together to the reply that would have come in one piece."""

    def add(self, event: Mapping[str, Any]) -> bool:
        """Add an event; return whether it holds generated text."""

    def reply(self) -> dict[str, Any] | None:
        """Return the whole reply, or None if the stream ended before the answer did."""


class StepFailed(Exception):
    """A step of a request failed; the fault says why."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.detail)
        self.fault = fault


# Calls that may each need the reply to the one before; what is returned is read and stored as the answer.
Steps = Generator[Step, Mapping[str, Any], Mapping[str, Any]]


class Protocol(ABC):
    """One wire format. `version` is part of every request's key: raise it when bodies are written or read so
    differently that a stored answer no longer answers the request."""

    name: ClassVar[str]
    version: ClassVar[int]
    path: ClassVar[str]
    lm_eval_model: ClassVar[str]  # lm-eval's model for the same API, which a run's command names
    chat: ClassVar[bool]
    request_types: ClassVar[frozenset[str]]
    logprobs: ClassVar[bool] = False  # whether every server reports the log-probability of a given text
    knows_prefix: ClassVar[bool] = False  # whether it reports which token precedes a text
    may_go_at_once: ClassVar[bool] = False  # whether `one_go` changes how a text is scored

    def answers(self, can: Capabilities) -> frozenset[str]:
        """Return the request types that an endpoint of this protocol answers."""
        if not (self.logprobs if can.logprobs is None else can.logprobs):
            return self.request_types & {GENERATE}
        if not (can.prefix or self.knows_prefix):
            return self.request_types - {LOGLIKELIHOOD_ROLLING}
        return self.request_types

    def url(self, base_url: str) -> str:
        """Return the address that is called; a base that already ends in the path stays as it is."""
        base = base_url.rstrip("/")
        return base if base.endswith(self.path) else base + self.path

    def headers(self, secret: str) -> dict[str, str]:
        """Return the headers of a call."""
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        return {**headers, "Authorization": f"Bearer {secret}"} if secret else headers

    @abstractmethod
    def payload(self, api_model: str, prompt: Prompt, can: Capabilities = PLAIN) -> dict[str, Any]:
        """Return the body that lm-eval would send to an endpoint with these capabilities."""

    @abstractmethod
    def read(
        self, reply: Mapping[str, Any], body: str, sent: bytes = b"", can: Capabilities = PLAIN
    ) -> Answer:
        """Read a reply that carries no error, and check it against what was sent; raises Malformed."""

    def error_in_choice(self, reply: Mapping[str, Any]) -> Any:
        """Return the error inside the answer itself, with which a generation broke off, or None."""
        return None

    def stream(self) -> ReplyStream:
        """Return the reader of a streamed answer; raises Malformed if the protocol streams nothing."""
        raise Malformed(f"{self.name} does not stream")

    def stops(self, prompt: Prompt) -> list[str]:
        """Return the stop sequences of an answer, whether or not they are sent."""
        until = prompt.gen_kwargs.get("until") or []
        return [until] if isinstance(until, str) else list(until)

    def likelihood(self, scores: TokenScores, prompt: Prompt, can: Capabilities = PLAIN) -> Likelihood:
        """Sum the log-probabilities of the scored tokens; raises NotScorable."""
        raise NotScorable(f"{self.name} reports no log-probabilities")

    def steps(self, base_url: str, sent: bytes) -> Steps | None:
        """Return the calls that a request needs; None means one call with the body."""
        return None
