"""Canaries: questions of known answer and texts of known likelihood, which check an endpoint.

The replies of the probe are stored; before and during a run the endpoint must give the same. The likelihood
of repetitive texts is known without knowing the model: after `red green blue red green`, any language model
gives `blue` a higher probability than `red`, unless its log-probabilities belong to other tokens.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evals.engine.capabilities import reasoning_budget
from evals.engine.keys import canonical
from evals.engine.likelihood import NotScorable
from evals.engine.outcomes import POLICIES, Fault, Outcome
from evals.engine.protocols import protocol_named
from evals.engine.reasoning import strip_reasoning
from evals.engine.requests import LOGLIKELIHOOD, Answer, EndpointSpec, Prompt

TOLERANCE_NATS = 0.1  # more means another model, or another way of serving it
LEAST_MARGIN_NATS = 1.0  # less means that log-probabilities belong to other tokens
SEED = 1234
ROOM_FOR_REASONING = 2048  # tokens
TRIPLES = (("red", "green", "blue"), ("north", "river", "stone"), ("seven", "cloud", "glass"))
CHAT_QUESTIONS = (
    ("What is 2 + 2? Answer with the number alone.", "4"),
    ("Which day comes after Monday? Answer with one word.", "tuesday"),
    ("What is the capital of France? Answer with one word.", "paris"),
)
TEXTS = (
    ("one two three one two three one two three one two", "three"),
    ("apple, pear, plum, apple, pear, plum, apple, pear,", "plum"),
)


@dataclass(frozen=True, slots=True)
class Canary:
    """A prompt, and the word that a right answer contains; empty if a likelihood is requested."""

    prompt: Prompt
    wanted: str


@dataclass(frozen=True, slots=True)
class Continuation:
    """A text with a right and a wrong continuation."""

    before: str
    right: str
    wrong: str


@dataclass(frozen=True, slots=True)
class CanaryResults:
    """The replies to the canaries: right answers, log-probabilities, and problems."""

    right: tuple[str, ...]
    likelihoods: Mapping[str, float]
    problems: tuple[str, ...]
    provider_reached: bool = True  # False: the provider was out of reach, so nothing is known
    questions: int = 0  # how many of known answer were asked
    reasoned: bool = False  # the model reasons before it answers

    def as_record(self) -> dict[str, Any]:
        """Return what is stored for later comparisons."""
        return {"right": list(self.right), "likelihoods": dict(self.likelihoods)}


CONTINUATIONS = tuple(
    Continuation(
        before=f"{' '.join(words * 4)} {words[0]} {words[1]}", right=f" {words[2]}", wrong=f" {words[0]}"
    )
    for words in TRIPLES
)


def canaries(endpoint: EndpointSpec) -> list[Canary]:
    """Return the canaries of an endpoint: questions, and texts if it reports log-probabilities."""
    if protocol_named(endpoint.protocol).chat:
        chats = [(({"role": "user", "content": text},), wanted) for text, wanted in CHAT_QUESTIONS]
        prompts = [Canary(_prompt("", chat, endpoint), wanted) for chat, wanted in chats]
    else:
        prompts = [Canary(_prompt(text, None, endpoint), wanted) for text, wanted in TEXTS]
    if LOGLIKELIHOOD in protocol_named(endpoint.protocol).answers(endpoint.can):
        for text in CONTINUATIONS:
            prompts += [_scored(text.before, text.right), _scored(text.before, text.wrong)]
    return prompts


def body_of(canary: Canary, endpoint: EndpointSpec) -> str:
    """Return the body that is sent for a canary."""
    protocol = protocol_named(endpoint.protocol)
    return canonical(protocol.payload(endpoint.api_model, canary.prompt, endpoint.can))


def _prompt(text: str, chat: tuple[dict[str, str], ...] | None, endpoint: EndpointSpec) -> Prompt:
    budget = reasoning_budget(endpoint.can)
    most = ROOM_FOR_REASONING + budget if endpoint.can.thinking or budget else 24
    return Prompt(text=text, chat=chat, gen_kwargs={}, max_gen_toks=most, seed=SEED)


def _scored(before: str, continuation: str) -> Canary:
    return Canary(
        Prompt(before, None, {}, 1, SEED, request_type=LOGLIKELIHOOD, continuation=continuation), ""
    )


def evaluate_canaries(
    endpoint: EndpointSpec, replies: Sequence[tuple[Canary, Answer | Fault | None]]
) -> CanaryResults:
    """Evaluate the replies to the canaries; a missing answer is a problem, in a sentence."""
    right: list[str] = []
    likelihoods: dict[str, float] = {}
    problems: list[str] = []
    reasoned = False
    for canary, answer in replies:
        if answer is None:
            return CanaryResults((), {}, ("not every canary was answered in time",), provider_reached=False)
        if isinstance(answer, Fault):
            if POLICIES[answer.kind].retries != 0:
                return CanaryResults((), {}, (_describe(answer),), provider_reached=False)
            problems.append(_describe(answer))
        elif canary.wanted:
            text = strip_reasoning(answer.text, own=endpoint.can.reasoning_markers).text.lower()
            right += [canary.wanted] if canary.wanted in text else []
            reasoned = reasoned or is_reasoning(answer)
        else:
            problems += _weigh(endpoint, canary, answer, likelihoods)
    problems += [problem for text in CONTINUATIONS if (problem := _misplaced(text, likelihoods))]
    questions = sum(bool(canary.wanted) for canary, _ in replies)
    return CanaryResults(tuple(right), likelihoods, tuple(dict.fromkeys(problems)), True, questions, reasoned)


def is_reasoning(answer: Answer) -> bool:
    """Whether a model reasons first: it shows, its tokens are counted, or they are used up."""
    reasons = answer.reasoning or answer.usage.reasoning_tokens or strip_reasoning(answer.text).removed
    used_up = answer.outcome is Outcome.LENGTH and not answer.text and bool(answer.usage.output_tokens)
    return bool(reasons) or used_up


def _weigh(endpoint: EndpointSpec, canary: Canary, answer: Answer, logprobs: dict[str, float]) -> list[str]:
    """Record the log-probability of a text; return the problems with it."""
    if answer.scores is None:
        return ["the endpoint gives no log-probabilities of a given text"]
    protocol, prompt = protocol_named(endpoint.protocol), canary.prompt
    try:
        logprobs[_name(prompt.text, prompt.continuation)] = protocol.likelihood(
            answer.scores, prompt, endpoint.can
        ).logprob
    except NotScorable as problem:
        return [str(problem)]
    return []


def _misplaced(text: Continuation, likelihoods: Mapping[str, float]) -> str:
    """Return the problem if the right continuation is hardly more likely than the wrong one."""
    right, wrong = (likelihoods.get(_name(text.before, end)) for end in (text.right, text.wrong))
    if right is None or wrong is None or right - wrong >= LEAST_MARGIN_NATS:
        return ""
    after = f"after '…{text.before[-24:]}'"
    problem = f"{text.right!r} ({right:.2f}) is not clearly likelier than {text.wrong!r} ({wrong:.2f})"
    return f"{after} {problem}: its log-probabilities stand at other tokens than their own"


def _name(before: str, continuation: str) -> str:
    return before[:16] + continuation


def _written(name: str) -> str:
    """Return a scored text as a reader knows it."""
    ends = [(text.before, end) for text in CONTINUATIONS for end in (text.right, text.wrong)]
    written = {_name(before, end): f"{end!r} after '…{before[-24:]}'" for before, end in ends}
    return written.get(name, repr(name))


def _describe(fault: Fault) -> str:
    return f"{fault.kind.value}: {fault.detail[:200]}"


def differences(record: Mapping[str, Any], canary_results: CanaryResults) -> list[str]:
    """Return how the replies differ from those of the probe."""
    if not canary_results.provider_reached:
        return []
    right_before: Sequence[str] = record.get("right", ())
    lost = [word for word in right_before if word not in canary_results.right]
    problems = list(canary_results.problems)
    if lost and len(lost) * 2 >= len(right_before):
        problems.append(
            f"it no longer knows {len(lost)} of the {len(right_before)} known answers ({', '.join(lost)})"
        )
    return problems + _moved(record.get("likelihoods", {}), canary_results.likelihoods)


def _moved(recorded: Mapping[str, float], measured: Mapping[str, float]) -> list[str]:
    """Return how many log-probabilities have moved, and which moved most."""
    by = {name: abs(measured[name] - recorded[name]) for name in recorded if name in measured}
    moved = [name for name in by if by[name] > TOLERANCE_NATS]
    if not moved:
        return []
    most = max(moved, key=by.__getitem__)
    problem = f"{len(moved)} of {len(recorded)} log-probabilities moved by more than {TOLERANCE_NATS} nats"
    return [f"{problem}, most that of {_written(most)}, from {recorded[most]:.3f} to {measured[most]:.3f}"]
