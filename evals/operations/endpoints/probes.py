"""Probe an endpoint's capabilities, and record its replies to the canaries."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from django.db import transaction

from evals.engine.canaries import ROOM_FOR_REASONING, SEED, CanaryResults, is_reasoning
from evals.engine.capabilities import Capabilities, reasoning_budget
from evals.engine.keys import canonical
from evals.engine.limits import LimitsUnavailable, LocalLimits
from evals.engine.outcomes import Fault, Kind, Outcome
from evals.engine.protocols import protocol_named
from evals.engine.requests import LOGLIKELIHOOD, Answer, EndpointSpec, Prompt
from evals.models import AuditAction, Endpoint
from evals.operations.audit import record_event
from evals.operations.clock import Clock
from evals.operations.endpoints.auxiliary_calls import Reply, make_auxiliary_calls
from evals.operations.endpoints.limits import endpoint_limits
from evals.operations.refusals import Refused, describe_unknown
from evals.operations.runs.budgets import PriceUnknown
from evals.operations.runs.canaries import run_canaries
from evals.operations.runs.lease_owners import current_lease_owner
from evals.operations.runs.specs import endpoint_spec

QUESTION = "What is 2 + 2? Answer with the number alone."
LONGER = ("The capital of France is", " Paris, and the capital of Spain is Madrid.")
SAME_NATS = 1e-5
MOST_TRIES = 8
T = TypeVar("T")
ROOMS = (512, ROOM_FOR_REASONING, 4 * ROOM_FOR_REASONING)  # tokens for the answer to a simple question
# What a provider names in its refusal, and what is sent instead.
INSTEAD: tuple[tuple[str, dict[str, Any]], ...] = (
    ("stream_options", {"stream_usage": False}),
    ("stream", {"stream": True}),
    ("流式", {"stream": True}),
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

    def __init__(self, message: str, *, kind: Kind | None = None, allowed: Sequence[str] = ()) -> None:
        super().__init__(message, allowed=allowed)
        self.kind = kind  # of the fault, if there was one


@dataclass(frozen=True, slots=True)
class Probe:
    """The probed capabilities, whether they changed the record, and the result of the canaries.

    `reasoning_tokens` are those of a simple question, where the provider counts them.
    """

    capabilities: dict[str, Any]
    changed: bool
    fixed: bool
    canary_results: CanaryResults
    reasoning_tokens: int | None = None


def probe(*, slug: str, clock: Clock, spec: EndpointSpec | None = None) -> Probe:
    """Probe an endpoint and record its capabilities; those of a used endpoint are fixed.

    `spec` says how an owner's endpoint is called; without it, the operator's credential is used.
    """
    endpoint = Endpoint.objects.filter(slug=slug).first()
    if endpoint is None:
        sentence, allowed = describe_unknown(
            "endpoint", slug, set(Endpoint.objects.values_list("slug", flat=True))
        )
        raise CannotProbe(sentence, allowed=allowed)
    is_owners = spec is not None
    spec = spec or endpoint_spec(endpoint, with_secret=True)
    fixed = endpoint.submissions.exists()
    asking = _Asking(endpoint, spec, clock)
    capabilities = dict(endpoint.capabilities) if fixed else asking.capabilities()
    if fixed and is_owners:
        asking.refuse_fault(capabilities)
    probed_spec = replace(spec, can=asking.can(capabilities))
    canary_results = asking.under_limits(lambda given: run_canaries(spec=probed_spec, **given))
    if canary_results.reasoned and not capabilities.get("thinking"):
        capabilities["thinking"] = True
        with_room = replace(spec, can=asking.can(capabilities))
        canary_results = asking.under_limits(lambda given: run_canaries(spec=with_room, **given))
    if (
        not fixed
        and LOGLIKELIHOOD in protocol_named(spec.protocol).answers(probed_spec.can)
        and canary_results.problems
    ):
        capabilities["logprobs"] = False  # they are reported, and wrong: nothing may be scored by them
    changed = capabilities != endpoint.capabilities
    endpoint.capabilities = capabilities
    endpoint.canaries = canary_results.as_record() | {"probed_at": clock().isoformat()}
    with transaction.atomic():
        endpoint.save(update_fields=["capabilities", "canaries"])
        record_event(
            action=AuditAction.ENDPOINT_PROBE,
            object_type="endpoint",
            object_id=endpoint.slug,
            after={"capabilities": capabilities},
        )
    return Probe(capabilities, changed, fixed, canary_results, asking.reasoning_tokens)


class _Asking:
    """Probe one endpoint; each question is a call under its limits, and on record."""

    def __init__(self, endpoint: Endpoint, spec: EndpointSpec, clock: Clock) -> None:
        self.endpoint, self.spec, self.clock, self.owner = endpoint, spec, clock, current_lease_owner()
        self.protocol = protocol_named(spec.protocol)
        self.reasoning_tokens: int | None = None

    def can(self, capabilities: Mapping[str, Any]) -> Capabilities:
        """Return capabilities with the provider's own error terms."""
        return replace(Capabilities(**capabilities), errors=self.spec.can.errors)

    def under_limits(self, call: Callable[[dict[str, Any]], T]) -> T:
        """Call under the shared limits, or under local ones if Redis is unreachable."""
        given: dict[str, Any] = {"endpoint": self.endpoint, "owner": self.owner, "clock": self.clock}
        worker = f"{self.owner}:probe"
        try:
            return call(given | {"limits": endpoint_limits(self.endpoint, worker=worker, idle=False)})
        except LimitsUnavailable:
            return call(given | {"limits": LocalLimits(max_concurrency=1)})
        except PriceUnknown as problem:
            raise CannotProbe(str(problem)) from None

    def capabilities(self) -> dict[str, Any]:
        """Ask a question with every option, and drop the options that the provider refuses."""
        capabilities = dict(self.endpoint.capabilities)
        room = 0
        for _ in range(MOST_TRIES):
            answer = self._question(self.can(capabilities), ROOMS[room])
            if not isinstance(answer, Answer):
                capabilities |= _instead(answer, capabilities)
            elif answer.outcome is Outcome.LENGTH and is_reasoning(answer) and room + 1 < len(ROOMS):
                room += 1
            else:
                break
        else:
            raise CannotProbe("It refuses a simple question, whatever is left out of it.")
        self.reasoning_tokens = answer.usage.reasoning_tokens
        if is_reasoning(answer):
            capabilities["thinking"] = True
        if LOGLIKELIHOOD in self.protocol.request_types and not capabilities.get("logprobs"):
            capabilities["logprobs"] = self._tells_likelihoods(self.can(capabilities))
        if self.protocol.may_go_at_once and capabilities.get("logprobs") and "one_go" not in capabilities:
            capabilities["one_go"] = self._is_the_same_in_one_go(self.can(capabilities))
        return capabilities

    def refuse_fault(self, capabilities: Mapping[str, Any]) -> None:
        """Ask a question with the fixed capabilities. Raises CannotProbe with the kind of the fault."""
        answer = self._question(self.can(capabilities), ROOMS[-1])
        if not isinstance(answer, Answer):
            raise _refusal(answer)

    def _question(self, can: Capabilities, most_tokens: int) -> Reply:
        most_tokens += reasoning_budget(can)
        chat = ({"role": "system", "content": "Be brief."}, {"role": "user", "content": QUESTION})
        messages = chat if self.protocol.chat else None
        return self._ask(Prompt(QUESTION, messages, {"until": ["Question:"]}, most_tokens, SEED), can)

    def _tells_likelihoods(self, can: Capabilities) -> bool:
        """Ask for the likelihood of a text; the canaries check the values later."""
        prompt = Prompt("one two three one two", None, {}, 1, SEED, LOGLIKELIHOOD, " three")
        answer = self._ask(prompt, replace(can, logprobs=True))
        return isinstance(answer, Answer) and answer.scores is not None

    def _is_the_same_in_one_go(self, can: Capabilities) -> bool:
        """Compare the likelihood of a text token by token and in one call; a difference costs more calls."""
        prompt = Prompt(LONGER[0], None, {}, 1, SEED, LOGLIKELIHOOD, LONGER[1])
        answers = [self._ask(prompt, replace(can, one_go=one_go)) for one_go in (False, True)]
        likelihoods = [answer.scores for answer in answers if isinstance(answer, Answer) and answer.scores]
        if len(likelihoods) != len(answers):
            return False
        pairs = zip(*(scores.logprobs for scores in likelihoods), strict=True)
        return all(abs(first - other) <= SAME_NATS for first, other in pairs)

    def _ask(self, prompt: Prompt, can: Capabilities) -> Reply:
        body = canonical(self.protocol.payload(self.spec.api_model, prompt, can))
        (reply,) = self.under_limits(
            lambda given: make_auxiliary_calls(spec=replace(self.spec, can=can), bodies=[body], **given)
        )
        return reply


def _instead(reply: Fault | None, capabilities: Mapping[str, Any]) -> dict[str, Any]:
    if isinstance(reply, Fault) and reply.kind in (Kind.BAD_REQUEST, Kind.BAD_PARAMETER):
        for name, change in INSTEAD:
            if name in reply.detail and any(capabilities.get(key) != value for key, value in change.items()):
                return change
    raise _refusal(reply)


def _refusal(fault: Fault | None) -> CannotProbe:
    if fault is None:
        return CannotProbe("It does not answer a simple question in time.", kind=Kind.TIMEOUT)
    kind = fault.kind.value.replace("_", " ")
    return CannotProbe(f"It does not answer a simple question ({kind}): {fault.detail}", kind=fault.kind)
