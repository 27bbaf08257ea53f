"""Canaries: questions of known answer and known likelihood, asked to see whether an endpoint can be trusted.

What an endpoint said when it was probed is kept; before and during a run it must say the same. Texts that
repeat themselves are known without knowing the model: after `red green blue red green` any language model,
however small, finds `blue` likelier than `red`, unless its log-probabilities are those of another token.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evals.engine.keys import canonical
from evals.engine.likelihood import NotScorable
from evals.engine.outcomes import POLICIES, Fault
from evals.engine.protocols import protocol_named
from evals.engine.requests import LOGLIKELIHOOD, Answer, EndpointSpec, Prompt
from evals.engine.send import Sender

TOLERANCE_NATS = 0.1  # what moves by more is another model, or another way of serving it
LEAST_MARGIN_NATS = 1.0  # by so much the right continuation is likelier, or the tokens are not told rightly
SEED = 1234
AGAIN = 3  # so often a canary is asked again where the provider's fault will pass
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
class Continuation:
    """A text, what comes next in it, and what does not."""

    before: str
    right: str
    wrong: str


@dataclass(frozen=True, slots=True)
class Singing:
    """What an endpoint said to the canaries: answers that were right, log-probabilities, what was wrong."""

    right: tuple[str, ...]
    likelihoods: Mapping[str, float]
    problems: tuple[str, ...]
    heard: bool = True  # False: the provider was out of reach, so nothing is known

    def as_record(self) -> dict[str, Any]:
        """Return what is kept, to be compared with later."""
        return {"right": list(self.right), "likelihoods": dict(self.likelihoods)}


CONTINUATIONS = tuple(
    Continuation(
        before=f"{' '.join(words * 4)} {words[0]} {words[1]}", right=f" {words[2]}", wrong=f" {words[0]}"
    )
    for words in TRIPLES
)


def sing(endpoint: EndpointSpec) -> Singing:
    """Ask an endpoint all canaries; what it does not answer is a problem, told in a sentence."""
    return asyncio.run(_sing(endpoint))


async def _sing(endpoint: EndpointSpec) -> Singing:
    right: list[str] = []
    likelihoods: dict[str, float] = {}
    problems: list[str] = []
    async with Sender(endpoint) as sender:
        for prompt, wanted in _questions(endpoint):
            answer = await _ask(sender, endpoint, prompt)
            if isinstance(answer, Fault):
                if POLICIES[answer.kind].retries != 0:
                    return Singing((), {}, (_said(answer),), heard=False)
                problems.append(_said(answer))
            elif wanted in answer.text.lower():
                right.append(wanted)
        if LOGLIKELIHOOD in protocol_named(endpoint.protocol).answers(endpoint.can):
            for canary in CONTINUATIONS:
                problems += await _weigh(sender, endpoint, canary, likelihoods)
    return Singing(tuple(right), likelihoods, tuple(problems))


def _questions(endpoint: EndpointSpec) -> list[tuple[Prompt, str]]:
    if protocol_named(endpoint.protocol).chat:
        chats = [(({"role": "user", "content": text},), wanted) for text, wanted in CHAT_QUESTIONS]
        return [(_prompt("", chat, endpoint), wanted) for chat, wanted in chats]
    return [(_prompt(text, None, endpoint), wanted) for text, wanted in TEXTS]


def _prompt(text: str, chat: tuple[dict[str, str], ...] | None, endpoint: EndpointSpec) -> Prompt:
    most = 2048 if endpoint.can.thinking else 24
    return Prompt(text=text, chat=chat, gen_kwargs={}, max_gen_toks=most, seed=SEED)


async def _weigh(
    sender: Sender, endpoint: EndpointSpec, canary: Continuation, found: dict[str, float]
) -> list[str]:
    """Note how likely a canary's right and wrong continuations are; return what is wrong with that."""
    protocol = protocol_named(endpoint.protocol)
    for text in (canary.right, canary.wrong):
        prompt = Prompt(canary.before, None, {}, 1, SEED, request_type=LOGLIKELIHOOD, continuation=text)
        answer = await _ask(sender, endpoint, prompt)
        if isinstance(answer, Fault):
            return [_said(answer)]
        if answer.scores is None:
            return ["the endpoint gives no log-probabilities of a given text"]
        try:
            found[canary.before[:16] + text] = protocol.likelihood(
                answer.scores, prompt, endpoint.can
            ).logprob
        except NotScorable as problem:
            return [str(problem)]
    right, wrong = (found[canary.before[:16] + text] for text in (canary.right, canary.wrong))
    if right - wrong >= LEAST_MARGIN_NATS:
        return []
    said = f"it finds{canary.right!r} no likelier ({right:.2f}) than {canary.wrong!r} ({wrong:.2f})"
    return [
        f"after '…{canary.before[-24:]}' {said}: its log-probabilities stand at other tokens than their own"
    ]


async def _ask(sender: Sender, endpoint: EndpointSpec, prompt: Prompt) -> Answer | Fault:
    payload = protocol_named(endpoint.protocol).payload(endpoint.api_model, prompt, endpoint.can)
    _, result = await sender.send(canonical(payload).encode())
    for _ in range(AGAIN):
        if isinstance(result, Answer) or POLICIES[result.kind].retries == 0:
            break
        await asyncio.sleep(min(result.retry_after_s or 0.2, 5.0))
        _, result = await sender.send(canonical(payload).encode())
    return result


def _said(fault: Fault) -> str:
    return f"{fault.kind.value}: {fault.detail[:200]}"


def differences(record: Mapping[str, Any], heard: Singing) -> list[str]:
    """Return in which ways an endpoint no longer says what it said when it was probed."""
    if not heard.heard:
        return []
    told: Sequence[str] = record.get("right", ())
    lost = [word for word in told if word not in heard.right]
    found = list(heard.problems)
    if lost and len(lost) * 2 >= len(told):
        found.append(f"it no longer knows {len(lost)} of the {len(told)} known answers ({', '.join(lost)})")
    for name, before in record.get("likelihoods", {}).items():
        now = heard.likelihoods.get(name)
        if now is not None and abs(now - before) > TOLERANCE_NATS:
            found.append(
                f"the log-probability of '{name}' moved from {before:.3f} to {now:.3f}, "
                f"by more than {TOLERANCE_NATS} nats"
            )
    return found
