"""What the caller needs from whoever keeps the record; one thread calls it, and never the loop's."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from evals.engine.requests import Claim, Ended, Outlook, Sent, Turn


class StoreBusy(RuntimeError):
    """The record could not take a transaction now; the same one may be tried again."""


class Store(Protocol):
    """The record as one worker sees it while it calls for one run."""

    leased_s: float
    """How long, in seconds after an exchange, the worker's leases last at least."""

    def exchange(self, *, sent: Sequence[Sent], ended: Sequence[Ended], want: int, now: datetime) -> Turn:
        """Put what was sent and what ended on record and lease up to `want` requests, in one transaction.

        An answer is kept even if the lease was lost meanwhile: it was paid for.
        """

    def give_back(self, *, claims: Sequence[Claim], now: datetime) -> None:
        """Undo claims that were never sent."""

    def outlook(self, *, now: datetime) -> Outlook:
        """Say what the run still lacks."""

    def close(self) -> None:
        """Let go of what the calling thread holds, such as its connection to the database."""
