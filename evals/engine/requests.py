"""Data passed between the steps: plain, frozen, and free of Django and lm-eval."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from evals.engine.capabilities import Capabilities
from evals.engine.likelihood import TokenScores
from evals.engine.outcomes import Fault, Outcome

GENERATE = "generate_until"
LOGLIKELIHOOD = "loglikelihood"
LOGLIKELIHOOD_ROLLING = "loglikelihood_rolling"


@dataclass(frozen=True, slots=True)
class EndpointSpec:
    """How a model is called; it has the secret only while calls are made, and never shows it."""

    slug: str
    protocol: str
    base_url: str
    api_model: str
    max_concurrency: int
    timeout_s: int
    secret: str = field(default="", repr=False, compare=False)
    internal_allowed: bool = False
    can: Capabilities = field(default_factory=Capabilities)


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What a run may set beside its task, in the terms of lm-eval's command line."""

    limit: int | None = None
    gen_kwargs: Mapping[str, Any] = field(default_factory=dict)
    system_instruction: str | None = None
    fewshot_as_multiturn: bool | None = None  # None: lm-eval's default, true for chats
    max_gen_toks: int = 256
    seed: int = 1234
    fresh: str = ""  # part of every key, so that stored answers are not reused


@dataclass(frozen=True, slots=True)
class TaskSpec:
    """An lm-eval task: its name, the folder of its YAML, and its options."""

    name: str
    folder: Path
    num_fewshot: int | None = None
    options: RunOptions = field(default_factory=RunOptions)
    code_allowed: bool = False


@dataclass(frozen=True, slots=True)
class Prompt:
    """A request of lm-eval: a text or a chat with generation settings, or a text to be scored.

    For a likelihood, `text` is the context and `continuation` is scored; a whole text that is scored
    (rolling) has no context.
    """

    text: str
    chat: tuple[Mapping[str, Any], ...] | None
    gen_kwargs: Mapping[str, Any]
    max_gen_toks: int
    seed: int
    request_type: str = GENERATE
    continuation: str = ""


@dataclass(frozen=True, slots=True)
class PlannedRequest:
    """A request to an endpoint: its key, its body, and the scored continuation."""

    key: str
    body: str
    idx: int
    repeat: int
    continuation: str = ""


@dataclass(frozen=True, slots=True)
class PlannedSample:
    """An item of a task with its requests, and lm-eval's hashes of it."""

    doc_id: int
    doc: Mapping[str, Any]
    prompt: str
    target: str
    doc_hash: str
    prompt_hash: str
    target_hash: str
    requests: tuple[PlannedRequest, ...]


@dataclass(frozen=True, slots=True)
class Claim:
    """A request that this worker has leased, and the number of the next attempt."""

    request_id: int
    attempt: int
    failures: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Sent:
    """A claim that was sent, and when."""

    claim: Claim
    at: datetime


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens as the provider counted them; None if it gave no valid number."""

    input_tokens: int | None = None
    cached_tokens: int | None = None
    reasoning_tokens: int | None = None
    output_tokens: int | None = None

    @property
    def total(self) -> int | None:
        """All tokens of the call, if the provider counted both sides."""
        if self.input_tokens is None or self.output_tokens is None:
            return None
        return self.input_tokens + self.output_tokens


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as received (`body`) and as parsed."""

    outcome: Outcome
    text: str
    body: str
    reasoning: str = ""
    finish_reason: str = ""
    served_model: str = ""
    response_id: str = ""
    usage: Usage = Usage()
    scores: TokenScores | None = None
    first_token_ms: int | None = None  # of a streamed answer: from sending to the first generated text
    generation_ms: int | None = None  # and from there to the last

    @property
    def tokens_per_s(self) -> float | None:
        """The speed of a streamed answer once it has begun, where the provider counted its tokens."""
        if not self.generation_ms or self.usage.output_tokens is None:
            return None
        return self.usage.output_tokens * 1000 / self.generation_ms


@dataclass(frozen=True, slots=True)
class Ended:
    """The end of one call: an answer, or a fault with the failures so far and the time of the next try."""

    sent: Sent
    ended_at: datetime
    latency_ms: int
    http_status: int | None
    answer: Answer | None = None
    fault: Fault | None = None
    failures: int = 0
    retry_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """The result of an exchange: new claims, and whether the run wants calls and can pay them."""

    claims: tuple[Claim, ...]
    wanted: bool
    broke: bool = False


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a run cannot go on: a code for programs and a message for people.

    `held`: an operator has to look at it, and the run is held and not failed.
    """

    code: str
    message: str
    held: bool = False


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a run still lacks: open requests, those of other workers, and when the next may be sent."""

    pending: int
    leased: int
    next_at: datetime | None
    failure: Failure | None


class Stopped(StrEnum):
    """Why a worker stopped calling for a run."""

    DONE = "done"
    TIME_UP = "the time is up"
    NOT_WANTED = "no longer wanted"
    GIVEN_UP = "given up"
    HELD = "every answer breaks off"
    OTHERS = "others have the rest"
    DOWN = "the provider is down"
    ASKED_TO_WAIT = "the provider asks to wait"
    PROBED = "the provider was tried"
    NO_LIMITS = "the limits are out of reach"
    NO_BUDGET = "the budget is used up"
    NO_LEASE = "the record was away for longer than a lease"
    NO_JOURNAL = "this host can keep no journal"


@dataclass(frozen=True, slots=True)
class CallSummary:
    """The calls that one worker made for a run, and why it stopped."""

    sent: int
    answered: int
    retried: int
    unanswered: int
    stopped: Stopped
    failure: Failure | None = None
    rest_s: float = 0.0

    @property
    def progressed(self) -> bool:
        """Whether the run has advanced."""
        return bool(self.sent) or not self.unanswered or self.failure is not None
