"""The simulated provider itself: from a request to a response, with limits, faults and accounts."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from aiohttp import web

from tests.support import wire
from tests.support.answers import AnswerBook
from tests.support.completions import Answer, CompletionRequest, Model, as_body, make_answer, read_completion
from tests.support.dialects import DIALECTS
from tests.support.fault_plan import Call, Fault, FaultPlan, Kind
from tests.support.faulty_bodies import SPOILERS
from tests.support.ledger import ANSWER, Ledger, hash_payload
from tests.support.limits import LimitGuard, Limits, Violation, retry_after
from tests.support.payloads import Refusal, check_chat, check_completion, of_family
from tests.support.streaming import openai_events, send_events
from tests.support.token_server import TokenServer

CHAT, COMPLETIONS, MODELS = "/v1/chat/completions", "/v1/completions", "/v1/models"
DEFAULT_MODELS = (
    Model("sim-large", accuracy=0.9),
    Model("sim-small", accuracy=0.5),
    Model("sim-base", accuracy=0.3, chat=False),
    Model("sim-thinker", accuracy=0.95, completions=False, reasoning=True),
)
# Faults that leave a whole and usable answer: the call counts as answered.
HARMLESS = frozenset({Kind.LENGTH, Kind.IGNORED_STOP, Kind.THINK, Kind.WRONG_USAGE, Kind.OTHER_MODEL})


@dataclass(frozen=True)
class Settings:
    """What a simulated provider is told at its start."""

    models: tuple[Model, ...] = DEFAULT_MODELS
    book: AnswerBook = field(default_factory=AnswerBook)
    api_key: str | None = None
    limits: Limits = field(default_factory=Limits)
    plan: FaultPlan = field(default_factory=FaultPlan)
    dialect: str = "openai"  # a protocol's name; whatever has no wire format of its own speaks OpenAI's
    own_fields: Mapping[str, Any] = field(default_factory=dict)  # taken beside OpenAI's, each a JSON Schema
    missing_fields: tuple[str, ...] = ()  # of OpenAI's, and not taken


@dataclass(frozen=True)
class Outcome:
    """A response that is ready, what to call it in the accounts, and the status to count."""

    response: web.StreamResponse
    name: str

    @property
    def status(self) -> int:
        """The status that went over the wire."""
        return self.response.status


class Service:
    """One provider's state and the handler of its requests."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.plan = settings.plan
        self.tokens = TokenServer(settings.dialect)
        self.dialect = DIALECTS.get(settings.dialect)
        self.chat_rules = of_family(own_fields=settings.own_fields, missing_fields=settings.missing_fields)
        self.reset()

    def reset(self) -> None:
        """Forget everything that was counted; plan and limits stay."""
        self.ledger = Ledger()
        self.guard = LimitGuard(self.settings.limits)
        self._models: Mapping[str, Model] = {model.name: model for model in self.settings.models}

    def limit(self, limits: Limits) -> None:
        """Declare other limits from now on."""
        self.settings = replace(self.settings, limits=limits)
        self.guard.limits = limits

    def summary(self) -> dict[str, Any]:
        """Sum up everything that was counted."""
        return self.ledger.summary() | {
            "in_flight": self.guard.in_flight,
            "most_at_once": self.guard.most_at_once,
            "violations": dict(self.guard.counts),
        }

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer a request to the API."""
        if request.method == "GET" and request.path == MODELS:
            return self._list_models(request)
        if request.method == "GET" and (known := self.tokens.info(request.path)):
            return wire.as_json(known)
        about_tokens = self.tokens.takes(request.path, None)
        if request.method != "POST" or not (about_tokens or request.path in self._addresses()):
            return _refused(Refusal(f"Invalid URL ({request.method} {request.path})", status=404))
        body = await request.read()
        return await self._account(request, body, hash_payload(request.path, body))

    def _addresses(self) -> tuple[str, ...]:
        return (self.dialect.path,) if self.dialect else (CHAT, COMPLETIONS)

    async def _account(self, request: web.BaseRequest, body: bytes, payload_hash: str) -> web.StreamResponse:
        self._look_for_key(request, body)
        ledger, guard = self.ledger, self.guard
        outcome: Outcome | None = None
        guard.arrive()
        try:
            outcome = await self._outcome(request, body, payload_hash)
            return outcome.response
        except ConnectionError:
            outcome = Outcome(web.Response(status=499), "client_left")
            return outcome.response
        finally:
            guard.leave()
            if outcome is not None:
                ledger.end(payload_hash, outcome.name, outcome.status)

    async def _outcome(self, request: web.BaseRequest, body: bytes, payload_hash: str) -> Outcome:
        payload = _parse(body)
        attempt = self.ledger.begin(
            payload_hash, str(payload.get("model") if isinstance(payload, dict) else None)
        )
        try:
            self._check_key(request)
            if self.tokens.takes(request.path, payload):
                return self._told_tokens(request.path, payload, payload_hash, attempt)
            completion = self._check(request.path, payload)
        except Refusal as refusal:
            return Outcome(_refused(refusal), f"refused_{refusal.status}")
        call = Call(self.ledger.calls, attempt, payload_hash, completion.model.name, completion.prompt)
        call = replace(call, max_tokens=completion.max_tokens)
        return await self._answer(request, completion, call)

    def _told_tokens(self, path: str, payload: Any, payload_hash: str, attempt: int) -> Outcome:
        """Answer what asks for tokens; of the faults, those of a status and the silent ones can strike."""
        fields = payload if isinstance(payload, dict) else {}
        prompt = str(fields.get("prompt", fields.get("content", "")))
        call = Call(self.ledger.calls, attempt, payload_hash, str(fields.get("model")), prompt)
        fault = self.plan.fate(call).fault
        if fault is not None and fault.kind is Kind.STATUS:
            return Outcome(wire.error_status(fault, self._message(fault)), fault.kind.value)
        if fault is not None and fault.kind is Kind.REPLY:
            return Outcome(wire.given(fault, ""), fault.kind.value)
        return Outcome(wire.as_json(self.tokens.answer(path, payload, fault)), ANSWER)

    async def _answer(self, request: web.BaseRequest, completion: CompletionRequest, call: Call) -> Outcome:
        fate = self.plan.fate(call)
        answer = make_answer(
            completion,
            self.settings.book,
            ignore_stop=fate.fault is not None and fate.fault.kind is Kind.IGNORED_STOP,
        )
        if violation := self.guard.admit(answer.prompt_tokens + answer.completion_tokens):
            return Outcome(self._over_limit(violation), f"over_limit_{violation.limit}")
        if fate.delay_seconds:
            await asyncio.sleep(fate.delay_seconds)
        if fate.fault is not None and fate.fault.kind is Kind.REPLY:
            return Outcome(wire.given(fate.fault, answer.texts[0].content), Kind.REPLY.value)
        if fate.fault is not None:
            name = ANSWER if fate.fault.kind in HARMLESS else fate.fault.kind.value
            return Outcome(await self._faulty(request, fate.fault, answer, call), name)
        return Outcome(await self._healthy(request, answer, call), ANSWER)

    async def _healthy(self, request: web.BaseRequest, answer: Answer, call: Call) -> web.StreamResponse:
        body = self._billed(answer, call)
        if answer.request.stream:
            return await self._stream(request, body, answer)
        return wire.as_json(body, headers=self._limit_headers())

    async def _stream(
        self, request: web.BaseRequest, body: dict[str, Any], answer: Answer
    ) -> web.StreamResponse:
        if self.dialect:
            return await send_events(request, self.dialect.events(body))
        return await send_events(request, openai_events(body, usage=answer.request.stream_usage))

    def _billed(self, answer: Answer, call: Call) -> dict[str, Any]:
        self.ledger.bill(answer.prompt_tokens, answer.completion_tokens)
        body = as_body(answer, call.payload_hash, call.attempt)
        return self.dialect.write(body) if self.dialect else body

    async def _faulty(
        self, request: web.BaseRequest, fault: Fault, answer: Answer, call: Call
    ) -> web.StreamResponse:
        if (response := self._unbilled(request, fault)) is not None:
            return response
        body = self._billed(answer, call)
        if spoil := SPOILERS.get(fault.kind):
            spoilt = spoil(body, replace(fault, message=self._message(fault)))
            if answer.request.stream and "error" not in spoilt:
                return await self._stream(request, spoilt, answer)
            return wire.as_json(spoilt)
        if fault.kind is Kind.CUT:
            return await wire.cut_off(request, body)
        if fault.kind is Kind.HUGE:
            return await wire.huge(request, body, fault.size_bytes or wire.FIFTY_MB)
        if fault.kind is Kind.ENDLESS:
            return await wire.endless(request, chunk_bytes=fault.size_bytes or 1024, seconds=fault.seconds)
        if fault.kind is Kind.TRUNCATED_JSON:
            return wire.truncated(body)
        return wire.invalid_utf8(body) if fault.kind is Kind.INVALID_UTF8 else wire.as_json(body)

    def _unbilled(self, request: web.BaseRequest, fault: Fault) -> web.StreamResponse | None:
        """Make the responses of a provider that has done no work."""
        match fault.kind:
            case Kind.STATUS:
                return wire.error_status(fault, self._message(fault))
            case Kind.DROP:
                return wire.drop(request)
            case Kind.HTML:
                return wire.html()
            case Kind.REDIRECT:
                return wire.redirect(fault)
        return None

    def _message(self, fault: Fault) -> str:
        return f"{fault.message} (key {self.settings.api_key})" if fault.echo_key else fault.message

    def _list_models(self, request: web.BaseRequest) -> web.Response:
        try:
            self._check_key(request)
        except Refusal as refusal:
            return _refused(refusal)
        rows = [
            {"id": name, "object": "model", "created": 0, "owned_by": "simulated"} for name in self._models
        ]
        return wire.as_json({"object": "list", "data": rows})

    def _check_key(self, request: web.BaseRequest) -> None:
        key = self.settings.api_key
        header = self.dialect.key_header if self.dialect else "Authorization"
        given = request.headers.get(header, "").removeprefix("Bearer ")
        if key is None or given == key:
            return
        message = f"Incorrect API key provided: {given}." if given else "You didn't provide an API key."
        raise Refusal(message, status=401, code="invalid_api_key")

    def _check(self, path: str, payload: Any) -> CompletionRequest:
        chat = path != COMPLETIONS
        name = payload.get("model") if isinstance(payload, dict) else None
        model = self._models.get(name) if isinstance(name, str) else None
        checked = self._checked(path, payload, reasoning=model is not None and model.reasoning)
        if model is None:
            raise Refusal(f"The model `{name}` does not exist.", status=404, code="model_not_found")
        if not (model.chat if chat else model.completions):
            raise Refusal(f"The model `{name}` is not supported at {path}.", status=404, param="model")
        return read_completion(checked, model, chat=chat)

    def _checked(self, path: str, payload: Any, *, reasoning: bool) -> dict[str, Any]:
        if self.dialect:
            return self.dialect.check(payload)
        if path == COMPLETIONS:
            return check_completion(payload)
        return check_chat(payload, self.chat_rules, reasoning=reasoning)

    def _over_limit(self, violation: Violation) -> web.Response:
        message = f"Rate limit reached: {violation.limit} {violation.seen}, allowed {violation.allowed}."
        return _refused(
            Refusal(message, status=429, type="rate_limit_exceeded", code="rate_limit_exceeded"),
            {"Retry-After": retry_after(violation), **(self._limit_headers() or {})},
        )

    def _limit_headers(self) -> dict[str, str] | None:
        remaining = self.guard.remaining_requests()
        if remaining is None:
            return None
        limit = str(self.guard.limits.requests)
        return {"x-ratelimit-limit-requests": limit, "x-ratelimit-remaining-requests": str(remaining)}

    def _look_for_key(self, request: web.BaseRequest, body: bytes) -> None:
        """Count where the key turned up, so that a test can ask that it did only where it belongs."""
        if (key := self.settings.api_key) is None:
            return
        seen = self.ledger.key_seen_in
        seen["body"] += key.encode() in body
        seen["url"] += key in str(request.rel_url)
        for name, value in request.headers.items():
            if key in value:
                seen[f"header {name.lower()}"] += 1


def _parse(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None


def _refused(refusal: Refusal, headers: dict[str, str] | None = None) -> web.Response:
    return wire.as_json(refusal.as_body(), status=refusal.status, headers=headers)
