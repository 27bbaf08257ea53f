"""Limits hold across workers, give way, come back from the dead, and learn what nobody told them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack

import pytest
import redis

from evals.engine import shared_limits as module
from evals.engine.limits import LimitScope, LimitsUnavailable, most_tokens
from evals.engine.outcomes import Fault, Kind
from evals.engine.shared_limits import SharedLimits

BODY = b'{"max_tokens":10,"messages":[]}'


class Counted:
    """A provider that only counts: calls at once, and when each came."""

    def __init__(self, latency_s: float, per_second: int | None = None) -> None:
        self.latency_s, self.per_second = latency_s, per_second
        self.now = self.most = self.refused = 0
        self.moments: list[float] = []

    async def call(self) -> Fault | None:
        now = time.monotonic()
        recent = sum(moment > now - 1 for moment in self.moments[-2 * (self.per_second or 1) :])
        if self.per_second is not None and recent >= self.per_second:
            self.refused += 1
            return Fault(Kind.RATE_LIMITED, "too fast", 429)
        self.moments.append(now)
        self.now += 1
        self.most = max(self.most, self.now)
        await asyncio.sleep(self.latency_s)
        self.now -= 1
        return None


async def lane(limits: SharedLimits, provider: Counted, until: float, tokens: int | None = None) -> int:
    """Call as fast as the limits allow."""
    successes = 0
    while time.monotonic() < until:
        try:
            permit = await asyncio.wait_for(limits.permit(BODY), max(0.01, until - time.monotonic()))
        except TimeoutError:
            break
        fault = await provider.call()
        limits.ended(permit, fault, tokens)
        successes += fault is None
    return successes


async def work(
    url: str, scopes: Sequence[LimitScope], provider: Counted, seconds: float, workers: int, lanes: int
) -> list[int]:
    """Let some workers call side by side; return what each got through."""
    until = time.monotonic() + seconds
    async with AsyncExitStack() as stack:
        lane_groups = []
        for number in range(workers):
            limits = SharedLimits(url=url, worker=f"w{number}", scopes=scopes)
            await stack.enter_async_context(limits)
            lane_groups.append(asyncio.gather(*(lane(limits, provider, until) for _ in range(lanes))))
        return [sum(part) for part in await asyncio.gather(*lane_groups)]


def test_calls_at_once_are_shared_fairly_and_never_exceeded(shared_limits: str) -> None:
    provider = Counted(0.02)
    calls = asyncio.run(work(shared_limits, [LimitScope("e", 8)], provider, 2.5, workers=3, lanes=8))
    assert 6 <= provider.most <= 8
    assert min(calls) > 0.4 * max(calls), calls


def test_the_narrowest_scope_decides(shared_limits: str) -> None:
    provider = Counted(0.02)
    scopes = [LimitScope("e", 8), LimitScope("provider", 3)]
    asyncio.run(work(shared_limits, scopes, provider, 1.0, workers=2, lanes=8))
    assert provider.most <= 3


def test_requests_per_minute_are_never_exceeded(shared_limits: str) -> None:
    provider = Counted(0.001)
    scopes = [LimitScope("e", 8, requests_per_minute=50)]
    calls = asyncio.run(work(shared_limits, scopes, provider, 2.0, workers=2, lanes=8))
    assert sum(calls) == len(provider.moments) == 50


def test_tokens_per_minute_count_what_was_reserved_and_then_what_was_used(shared_limits: str) -> None:
    reserved = most_tokens(BODY)
    assert reserved == 10 + len(BODY) // 3
    scopes = [LimitScope("e", 4, tokens_per_minute=reserved * 20)]

    async def run(tokens: int | None) -> int:
        async with SharedLimits(url=shared_limits, worker="w", scopes=scopes) as limits:
            until = time.monotonic() + 1.5
            return sum(await asyncio.gather(*(lane(limits, Counted(0.01), until, tokens) for _ in range(4))))

    assert asyncio.run(run(None)) == 20
    with redis.Redis.from_url(shared_limits) as client:
        client.delete("lagline:limits:e:tokens")
    half = asyncio.run(run(reserved // 2))
    assert 36 <= half <= 42, "tokens that were not used are given back"


def test_the_slots_of_a_worker_that_died_come_back(
    shared_limits: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LEASE_S", 0.8)
    scopes = [LimitScope("e", 4)]

    async def run() -> tuple[int, int]:
        dead = SharedLimits(url=shared_limits, worker="dead", scopes=scopes)
        await dead.__aenter__()
        for _ in range(4):
            await dead.permit(BODY)
        dead.beats.cancel()
        async with SharedLimits(url=shared_limits, worker="alive", scopes=scopes) as alive:
            at_first = alive.slots
            await asyncio.sleep(1.5)
            return at_first, alive.slots

    assert asyncio.run(run()) == (0, 4)


def test_a_pause_that_one_worker_is_told_holds_for_all(shared_limits: str) -> None:
    scopes = [LimitScope("e", 4)]

    async def run() -> float:
        async with (
            SharedLimits(url=shared_limits, worker="a", scopes=scopes) as limited,
            SharedLimits(url=shared_limits, worker="b", scopes=scopes) as other,
        ):
            limited.ended(
                await limited.permit(BODY), Fault(Kind.RATE_LIMITED, "", 429, retry_after_s=1.2), None
            )
            await asyncio.sleep(0.5)
            started = time.monotonic()
            await other.permit(BODY)
            return time.monotonic() - started

    assert 0.5 < asyncio.run(run()) < 1.5


def test_an_unknown_limit_is_found_and_kept_to(shared_limits: str) -> None:
    provider = Counted(0.005, per_second=40)
    calls = asyncio.run(work(shared_limits, [LimitScope("e", 16)], provider, 8.0, workers=2, lanes=16))
    assert sum(calls) > 0.5 * 40 * 8, "most of what the provider would give is taken"
    assert provider.refused < 32 + 0.1 * sum(calls), "after the first burst few calls are refused"


def test_nobody_grows_while_a_restarted_server_does_not_know_what_is_held(
    shared_limits: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "GRACE_S", 10**6)

    async def run() -> tuple[int, int]:
        scopes = [LimitScope("e", 4)]
        holder = SharedLimits(url=shared_limits, worker="holder", scopes=scopes, idle=False)
        holder.in_flight = 3
        newcomer = SharedLimits(url=shared_limits, worker="new", scopes=scopes, idle=False)
        async with holder, newcomer:
            return holder.slots, newcomer.slots

    assert asyncio.run(run()) == (3, 0)


@pytest.mark.parametrize("loss", ["flushed", "another server took over"])
def test_a_server_that_lost_its_state_without_a_restart_gives_no_slot_twice(
    loss: str, shared_limits: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After FLUSHALL, 24 calls were made at once where the limit is 16."""
    monkeypatch.setattr(module, "GRACE_S", 1.0)
    scopes = [LimitScope("e", 8)]

    async def run() -> tuple[int, int]:
        first = SharedLimits(url=shared_limits, worker="first", scopes=scopes)
        async with first:
            for _ in range(8):
                await first.permit(BODY)
            with redis.Redis.from_url(shared_limits) as client:
                if loss == "flushed":
                    client.delete(*client.keys("lagline:limits:*"))
                else:
                    client.delete(*client.keys("lagline:limits:e:[!s]*"))
                    client.hset("lagline:limits:e:server", "run_id", "0" * 40)
            async with SharedLimits(url=shared_limits, worker="second", scopes=scopes, idle=False) as second:
                at_once = second.slots
                await asyncio.sleep(2.0)
                return at_once, second.slots

    assert asyncio.run(run()) == (0, 0)


def test_a_new_server_gives_slots_at_once_where_nothing_was_called(
    shared_limits: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "GRACE_S", 10**6)

    async def run() -> int:
        async with SharedLimits(url=shared_limits, worker="w", scopes=[LimitScope("e", 4)]) as limits:
            return limits.slots

    assert asyncio.run(run()) == 4


def test_without_redis_nothing_is_called() -> None:
    async def run() -> None:
        async with SharedLimits(url="unix:///nowhere/at/all", worker="w", scopes=[LimitScope("e", 4)]):
            raise AssertionError("nobody may call")

    with pytest.raises(LimitsUnavailable, match="Redis does not answer"):
        asyncio.run(run())
