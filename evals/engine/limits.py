"""What the caller sees of the limits that it calls under, and their form for a process that is alone."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from typing import Protocol, Self

from evals.engine.outcomes import POLICIES, Fault

MAX_TOKENS = re.compile(rb'"max_(?:completion_)?tokens":(\d{1,9})')
UNSAID_MAX_TOKENS = 256
CHARACTERS_PER_TOKEN = 3  # fewer than in most texts: a reservation may be too large, never too small by much


class LimitsUnavailable(RuntimeError):
    """Nobody knows how many calls the others make, so none is made here."""


@dataclass(frozen=True, slots=True)
class LimitScope:
    """What may be done under one name (an endpoint, a credential, a provider); 0 by the minute: none."""

    name: str
    at_once: int
    requests_per_minute: int = 0
    tokens_per_minute: int = 0


@dataclass(frozen=True, slots=True)
class Permit:
    """Leave to make one call, with the tokens that were reserved for it, and in which second."""

    tokens: int = 0
    second: int = 0


class Limits(Protocol):
    """The limits of one endpoint, as one worker sees them."""

    async def __aenter__(self) -> Self:
        """Take part in the limits; raises LimitsUnavailable."""

    async def __aexit__(self, *error: object) -> None:
        """Leave, and give back what is held."""

    async def permit(self, body: bytes) -> Permit:
        """Wait until one more call may be made."""

    def ended(self, permit: Permit, fault: Fault | None, tokens: int | None) -> None:
        """Say that a call has ended, how, and how many tokens it took where the provider said so."""

    def out_of_reach(self) -> bool:
        """Whether nobody has known for a while what the others do, so that no call is let go."""


def pause_s(fault: Fault | None) -> float:
    """Return for how long a fault asks everybody to wait."""
    return fault.retry_after_s or 0.0 if fault is not None and POLICIES[fault.kind].pauses else 0.0


def most_tokens(body: bytes) -> int:
    """Return the most tokens that a call can take: what is sent, and what may come back."""
    return len(body) // CHARACTERS_PER_TOKEN + max_tokens(body)


def max_tokens(body: bytes) -> int:
    """Return the most tokens that may come back; where a body does not say, what lm-eval asks for."""
    match = MAX_TOKENS.search(body)
    return int(match.group(1)) if match else UNSAID_MAX_TOKENS


class LocalLimits:
    """The limits of one process that is alone: calls at once, and a pause when the provider asks for one."""

    def __init__(self, *, max_concurrency: int) -> None:
        self.slots = asyncio.Semaphore(max_concurrency)
        self.paused_until = 0.0

    async def __aenter__(self) -> Self:
        """Take part: nothing to do."""
        return self

    async def __aexit__(self, *error: object) -> None:
        """Leave: nothing to do."""

    async def permit(self, body: bytes) -> Permit:
        """Wait for a slot, and for the end of a pause."""
        await self.slots.acquire()
        while (wait_s := self.paused_until - asyncio.get_running_loop().time()) > 0:
            await asyncio.sleep(wait_s)
        return Permit()

    def ended(self, permit: Permit, fault: Fault | None, tokens: int | None) -> None:
        """Free the slot; a fault that names a time pauses everybody."""
        self.slots.release()
        until = asyncio.get_running_loop().time() + pause_s(fault)
        self.paused_until = max(self.paused_until, until)

    def out_of_reach(self) -> bool:
        """Never: nobody else takes part."""
        return False
