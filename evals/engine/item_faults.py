"""Tell a fault of one item from one of every item: by how many items end in it with no answer in between."""

from __future__ import annotations

import asyncio

from evals.engine.outcomes import HELD, POLICIES, Fault
from evals.engine.requests import Failure

ANSWERED_BEFORE = 5  # as many times the evidence is needed once the run has had an answer


class ItemFaults:
    """The items of one worker that ended in a fault since its last answer.

    While there are suspiciously many, nothing new is sent: a slow answer to an earlier call may still show
    that other items are answered.
    """

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.has_answers = False
        self.cleared = asyncio.Event()
        self.cleared.set()

    def answered(self) -> None:
        """Count an answer."""
        self.has_answers = True
        self.faults.clear()
        self.cleared.set()

    def add(self, fault: Fault, *, final: bool) -> None:
        """Count a fault: of an item whose retries are used up, or of a generation that broke off."""
        if POLICIES[fault.kind].item is not None and (final or fault.kind in HELD):
            self.faults.append(fault)
        if self.is_suspicious:
            self.cleared.clear()

    @property
    def is_suspicious(self) -> bool:
        """Whether the last fault seems to affect every item."""
        if not self.faults:
            return False
        kind = self.faults[-1].kind
        needed = POLICIES[kind].evidence * (ANSWERED_BEFORE if self.has_answers else 1)
        return sum(fault.kind is kind for fault in self.faults) >= needed

    def failure(self) -> Failure:
        """Return the failure of the run."""
        last = self.faults[-1]
        same = sum(fault.kind is last.kind for fault in self.faults)
        return every_item(last.kind.value, last.detail, count=same, held=last.kind in HELD)


def every_item(code: str, detail: str, *, count: int, held: bool) -> Failure:
    """Return the failure of a run in which a fault affects every item."""
    return Failure(code, f"This affects every item ({count} in a row, and none was answered): {detail}", held)
