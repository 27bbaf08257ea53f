"""Limits shared by all workers on all hosts: held in Redis and renewed four times a second.

A worker holds slots for concurrent calls under a lease. A call in a free slot sends no message. With a limit
per minute, set by an operator or inferred from the provider's refusals, each call is admitted by a renewal.
The rules are in limits.lua, which Redis runs as one step.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Self

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from evals.engine.limits import LimitScope, LimitsUnavailable, Permit, most_tokens, pause_s
from evals.engine.outcomes import POLICIES, Fault

logger = logging.getLogger(__name__)

SCRIPT = Path(__file__).with_name("limits.lua").read_text(encoding="utf-8")
BEAT_S = 0.25
HURRIED_BEAT_S = 0.04
LEASE_S = 5.0
GRACE_S = 5.0  # how long a Redis without the state of before waits for workers to say what they hold
MAX_WAITING = 64
FIRST_PAUSE_S, LAST_PAUSE_S = 0.5, 30.0  # where the provider refuses and does not say for how long


def key_of(scope: str) -> str:
    """Return the prefix of what Redis keeps of a scope."""
    return f"lagline:limits:{scope}"


class SharedLimits:
    """One worker's part in the limits of one endpoint."""

    def __init__(self, *, url: str, worker: str, scopes: Sequence[LimitScope], idle: bool = True) -> None:
        self.url, self.worker, self.scopes = url, worker, scopes
        self.idle = idle  # nothing was called in the last minute, whatever Redis has forgotten
        self.keys = [key_of(scope.name) for scope in scopes]
        self.wanted = scopes[0].at_once
        self.counts_tokens = any(scope.tokens_per_minute for scope in scopes)
        self.waiting: deque[tuple[asyncio.Future[Permit], int]] = deque()
        self.refunds: list[tuple[int, int]] = []
        self.slots = self.in_flight = self.ok = self.refusals = 0
        self.metered = self.limited = self.leaving = self.answered = False
        self.announced_s = self.paused_until = self.leased_until = 0.0
        self.hurry = asyncio.Event()

    async def __aenter__(self) -> Self:
        """Take part; where Redis is out of reach nobody can, and nothing is called."""
        once = Retry(NoBackoff(), 0)  # the next beat is the retry
        self.redis: Redis = Redis.from_url(self.url, socket_timeout=2, socket_connect_timeout=2, retry=once)
        self.script = self.redis.register_script(SCRIPT)
        if not await self._beat():
            await self.redis.aclose()
            raise LimitsUnavailable("The limits cannot be shared: Redis does not answer. Nothing was called.")
        self.beats = asyncio.create_task(self._beats())
        return self

    async def __aexit__(self, *error: object) -> None:
        """Leave: what is held goes to the others at once."""
        self.leaving = True
        self.hurry.set()
        await self.beats  # not cancelled: wait_for can swallow that, and then the beats would never end
        self.wanted = self.in_flight = 0
        await self._beat()
        await self.redis.aclose()

    async def permit(self, body: bytes) -> Permit:
        """Wait until one more call may be made."""
        if not self.metered and not self.waiting and self._has_room():
            self.in_flight += 1
            return Permit()
        future: asyncio.Future[Permit] = asyncio.get_running_loop().create_future()
        self.waiting.append((future, most_tokens(body) if self.counts_tokens else 0))
        if self.metered:
            self.hurry.set()
        return await future

    def ended(self, permit: Permit, fault: Fault | None, tokens: int | None) -> None:
        """Free the slot, and keep for the next beat what it has to know."""
        self.in_flight -= 1
        if permit.tokens and tokens is not None and tokens != permit.tokens:
            self.refunds.append((permit.second, tokens - permit.tokens))
        if fault is None:
            self.ok += 1
            self.refusals = 0
        elif POLICIES[fault.kind].pauses:
            self._refused(fault)
        self._admit_the_unmetered()

    def out_of_reach(self) -> bool:
        """Whether Redis has not answered for so long that what was held here may be held by others."""
        return self._now() > self.leased_until

    def _refused(self, fault: Fault) -> None:
        """Wait as long as the provider says; where it does not say, twice as long each time it refuses."""
        unsaid_s = min(LAST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** min(self.refusals, 10))
        self.refusals += not self.limited
        self.limited = True
        self.announced_s = max(self.announced_s, pause_s(fault))
        self.paused_until = max(self.paused_until, self._now() + (pause_s(fault) or unsaid_s))
        self.hurry.set()

    def _now(self) -> float:
        return asyncio.get_running_loop().time()

    def _has_room(self) -> bool:
        now = self._now()
        return self.in_flight < self.slots and self.paused_until <= now < self.leased_until

    def _admit_the_unmetered(self) -> None:
        while not self.metered and self.waiting and self._has_room():
            self._admit(1, 0)

    def _admit(self, count: int, second: int) -> None:
        """Let the first who wait go; one that was cancelled meanwhile has no use for it."""
        for _ in range(count):
            future, tokens = self.waiting.popleft()
            if not future.done():
                self.in_flight += 1
                future.set_result(Permit(tokens, second))

    # Beats -----------------------------------------------------------------------------------------------

    async def _beats(self) -> None:
        while not self.leaving:
            with suppress(TimeoutError):
                pace = HURRIED_BEAT_S if self.metered and self.waiting else BEAT_S
                await asyncio.wait_for(self.hurry.wait(), pace)
            self.hurry.clear()
            await self._beat()
            if self.metered:
                await asyncio.sleep(HURRIED_BEAT_S)

    async def _beat(self) -> bool:
        """Tell Redis what is held and wanted, and do what it says; False where it does not answer."""
        requests, sent_at = self._waiting_tokens(), self._now()
        refunds, self.refunds = self.refunds, []
        ok, self.ok = self.ok, 0
        limited, self.limited = self.limited, False
        announced_s, self.announced_s = self.announced_s, 0.0
        call = {
            "worker": self.worker,
            "in_flight": self.in_flight,
            "wanted": self.wanted,
            "lease_ms": round(LEASE_S * 1000),
            "limited": limited,
            "pause_ms": round(announced_s * 1000),
            "ok": ok,
            "grace_ms": round(GRACE_S * 1000),
            "idle": self.idle,
            "scopes": [_limits(scope) for scope in self.scopes],
            "requests": requests,
            "refunds": refunds,
        }
        try:
            answer = await self.script(keys=self.keys, args=[json.dumps(call)])
        except (RedisError, OSError) as problem:
            if self.answered:
                logger.warning("The shared limits are out of reach: %s", problem)
            # The script may have run: tokens are not refunded twice.
            self.refunds += [(second, tokens) for second, tokens in refunds if tokens > 0]
            self.ok, self.limited, self.announced_s = (
                ok + self.ok,
                limited,
                max(announced_s, self.announced_s),
            )
            self.answered = False
            return False
        self.answered, self.idle = True, False
        self.leased_until = sent_at + LEASE_S
        self._obey(*(int(number) for number in answer))
        return True

    def _waiting_tokens(self) -> list[int]:
        """Return the tokens of the calls that would be made now if they were admitted."""
        while self.waiting and self.waiting[0][0].done():
            self.waiting.popleft()
        room = min(self.slots - self.in_flight, MAX_WAITING) if self.metered else 0
        return [tokens for _, tokens in list(self.waiting)[: max(0, room)]]

    def _obey(self, slots: int, admitted: int, pause_ms: int, second: int, metered: int) -> None:
        now = self._now()
        self.slots, self.metered = slots, bool(metered)
        self.paused_until = max(self.paused_until, now + pause_ms / 1000)
        self._admit(admitted, second)
        self._admit_the_unmetered()


def _limits(scope: LimitScope) -> dict[str, int]:
    return {
        "at_once": scope.at_once,
        "per_minute": scope.requests_per_minute,
        "tokens": scope.tokens_per_minute,
    }
