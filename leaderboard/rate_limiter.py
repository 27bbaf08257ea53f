"""Rate limits that are counted in this process, in bounded memory.

Each allowance refills steadily (the generic cell rate algorithm): a client may spend it all at once, and then
as fast as it refills. One number is kept for each client: when its allowance will be full again.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock

PERIODS_S = {"sec": 1, "min": 60, "hour": 3600, "day": 86_400}


@dataclass(frozen=True, slots=True)
class Rate:
    """A number of units per period."""

    units: int
    period_s: int

    @classmethod
    def from_text(cls, text: str) -> Rate:
        """Return the rate of a text such as 60/min. Raises ValueError."""
        match = re.fullmatch(r"([1-9]\d{0,8})/(sec|min|hour|day)", text)
        if match is None:
            raise ValueError(text)
        return cls(int(match[1]), PERIODS_S[match[2]])

    def times(self, factor: int) -> Rate:
        """Return a rate that is larger by a factor."""
        return Rate(self.units * factor, self.period_s)


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a client may spend; `policy` names its kind."""

    policy: str
    client: str
    rate: Rate


@dataclass(frozen=True, slots=True)
class Balance:
    """An allowance after a request: the units left, and the seconds until it is full again.

    `wait_s` is positive if the request was refused: the seconds until it would be allowed.
    """

    allowance: Allowance
    remaining: int
    full_in_s: float
    wait_s: float


class RateLimiter:
    """Counts what clients spend; it forgets the client that was seen longest ago when it knows too many."""

    def __init__(self, most_clients: int) -> None:
        self._most_clients = most_clients
        self._full_at: OrderedDict[tuple[str, str], float] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        """Return how many clients are known."""
        return len(self._full_at)

    def clear(self) -> None:
        """Forget all clients."""
        self._full_at.clear()

    def spend(self, allowances: Sequence[Allowance], *, cost: int, now: float) -> list[Balance]:
        """Spend a cost from every allowance, or from none if one does not suffice."""
        with self._lock:
            balances = [self._balance(allowance, cost, now) for allowance in allowances]
            if any(balance.wait_s > 0 for balance in balances):
                return [
                    balance if balance.wait_s > 0 else self._balance(balance.allowance, 0, now)
                    for balance in balances
                ]
            for balance in balances:
                client = _key(balance.allowance)
                self._full_at[client] = now + balance.full_in_s
                self._full_at.move_to_end(client)
            while len(self._full_at) > self._most_clients:
                self._full_at.popitem(last=False)
        return balances

    def _balance(self, allowance: Allowance, cost: int, now: float) -> Balance:
        rate = allowance.rate
        unit_s = rate.period_s / rate.units
        empty_s = max(self._full_at.get(_key(allowance), now) - now, 0.0)
        full_in_s = empty_s + min(cost, rate.units) * unit_s
        wait_s = full_in_s - rate.period_s
        if wait_s > unit_s * 1e-6:  # more than a rounding error
            return Balance(allowance, int((rate.period_s - empty_s) / unit_s), empty_s, wait_s)
        return Balance(allowance, max(int((rate.period_s - full_in_s) / unit_s + 1e-6), 0), full_in_s, 0.0)


def _key(allowance: Allowance) -> tuple[str, str]:
    return allowance.policy, allowance.client
