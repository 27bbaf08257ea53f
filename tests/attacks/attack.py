"""What an attack is: a function that attacks the service and counts what the service withstood."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import httpx2

from tests.attacks.service import Service


@dataclass
class Count:
    """How often something was tried, how often the service withstood it, and the first failure."""

    tried: int = 0
    withstood: int = 0
    failure: str = ""

    def add(self, withstood: bool, what_happened: str = "") -> None:
        """Count one try; the first that succeeds is described."""
        self.tried += 1
        self.withstood += withstood
        if not withstood and not self.failure:
            self.failure = what_happened[:300]


Attack = Callable[[Service], Count]


@dataclass(frozen=True)
class Row:
    """The result of one attack on one shape."""

    name: str
    tried: int
    withstood: int
    ok: bool
    failure: str = ""


def carry_out(name: str, attack: Attack, service: Service) -> Row:
    """Carry out one attack. It must have tried something, and the service must have withstood it all."""
    count = Count()
    try:
        count = attack(service)
    except (AssertionError, httpx2.HTTPError) as error:  # the attack could not be carried out to its end
        count.add(False, repr(error))
    ok = count.tried > 0 and count.withstood == count.tried
    return Row(name, count.tried, count.withstood, ok, count.failure)
