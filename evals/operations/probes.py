"""Find out what an endpoint can do, and keep what it said to the canaries."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from evals.engine.canaries import Singing, sing
from evals.engine.capabilities import Capabilities
from evals.engine.keys import canonical
from evals.engine.outcomes import Fault, Kind
from evals.engine.protocols import protocol_named
from evals.engine.reading import THINK
from evals.engine.requests import LOGLIKELIHOOD, Answer, EndpointSpec, Prompt
from evals.engine.send import Sender
from evals.models import Endpoint
from evals.operations.refusals import Refused, unknown
from evals.operations.run_specs import endpoint_spec

QUESTION = "What is 2 + 2? Answer with the number alone."
MOST_TRIES = 8
# What a provider names in its refusal, and what is asked instead.
INSTEAD: tuple[tuple[str, dict[str, Any]], ...] = (
    ("max_tokens", {"token_parameter": "max_completion_tokens"}),
    ("stop", {"stop": False}),
    ("temperature", {"temperature": False}),
    ("seed", {"seed": False}),
    ("system", {"system": False}),
)


class CannotProbe(Refused):
    """An endpoint does not answer the simplest question."""

    code = "cannot_probe"
    field = "endpoint"


@dataclass(frozen=True, slots=True)
class Probe:
    """What an endpoint was found to do, what differs from the record, and what the canaries say."""

    capabilities: dict[str, Any]
    changed: bool
    fixed: bool
    heard: Singing


def probe(*, slug: str, now: datetime) -> Probe:
    """Ask an endpoint what it can do and keep it; what its answers depend on is fixed once it was used."""
    endpoint = Endpoint.objects.filter(slug=slug).first()
    if endpoint is None:
        sentence, allowed = unknown("endpoint", slug, set(Endpoint.objects.values_list("slug", flat=True)))
        raise CannotProbe(sentence, allowed=allowed)
    spec = endpoint_spec(endpoint, with_secret=True)
    fixed = endpoint.submissions.exists()
    found = dict(endpoint.capabilities) if fixed else asyncio.run(_found(spec, endpoint.capabilities))
    told = replace(spec, can=Capabilities(**found))
    heard = sing(told)
    if not fixed and LOGLIKELIHOOD in protocol_named(spec.protocol).answers(told.can) and heard.problems:
        found["logprobs"] = False  # they are told, and wrong: nothing may be scored by them
    changed = found != endpoint.capabilities
    endpoint.capabilities = found
    endpoint.canaries = heard.as_record() | {"probed_at": now.isoformat()}
    endpoint.save(update_fields=["capabilities", "canaries"])
    return Probe(found, changed, fixed, heard)


async def _found(spec: EndpointSpec, known: Mapping[str, Any]) -> dict[str, Any]:
    """Ask a question with everything in it, and leave out what the provider names in its refusal."""
    found = dict(known)
    async with Sender(spec) as sender:
        for _ in range(MOST_TRIES):
            answer = await _ask(sender, spec, Capabilities(**found))
            if isinstance(answer, Answer):
                break
            found |= _instead(answer, found)
        else:
            raise CannotProbe(f"Endpoint {spec.slug} refuses whatever is left out.")
        if answer.reasoning or answer.text.lstrip().startswith(THINK):
            found["thinking"] = True
        wants = protocol_named(spec.protocol)
        if LOGLIKELIHOOD in wants.request_types and "logprobs" not in found:
            found |= await _likelihoods(sender, spec, Capabilities(**found))
    return found


def _instead(fault: Fault, found: Mapping[str, Any]) -> dict[str, Any]:
    if fault.kind is Kind.BAD_REQUEST:
        for name, change in INSTEAD:
            if name in fault.detail and any(found.get(key) != value for key, value in change.items()):
                return change
    raise CannotProbe(f"The endpoint does not answer a simple question: {fault.kind.value}, {fault.detail}")


async def _ask(sender: Sender, spec: EndpointSpec, can: Capabilities) -> Answer | Fault:
    chat = ({"role": "system", "content": "Be brief."}, {"role": "user", "content": QUESTION})
    protocol = protocol_named(spec.protocol)
    asked = Prompt(QUESTION, chat if protocol.chat else None, {"until": ["Question:"]}, 512, 1234)
    return (await sender.send(canonical(protocol.payload(spec.api_model, asked, can)).encode()))[1]


async def _likelihoods(sender: Sender, spec: EndpointSpec, can: Capabilities) -> dict[str, Any]:
    """Ask once how likely a text is; the canaries then see whether what is told is right."""
    protocol = protocol_named(spec.protocol)
    asked = Prompt(
        "one two three one two", None, {}, 1, 1234, request_type=LOGLIKELIHOOD, continuation=" three"
    )
    body = canonical(protocol.payload(spec.api_model, asked, replace(can, logprobs=True))).encode()
    _, answer = await sender.send(body)
    return {"logprobs": isinstance(answer, Answer) and answer.scores is not None}
