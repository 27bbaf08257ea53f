"""Puzzles that make a flood of disputes expensive: a computer solves one in seconds.

A solution is a whole number; the SHA-256 hash of the puzzle's text, a colon and the number begins with `bits`
zero bits. The server signs puzzles and stores none; a solved one is stored until it expires: it counts once.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core import signing
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from evals.models import Dispute, DisputeState, SolvedPuzzle
from evals.operations.quotas import Source
from evals.operations.refusals import Refused

SALT = "lagline.dispute-puzzle"
VALID = timedelta(minutes=30)
LONGEST_SOLUTION = 20
FREE_OF_NETWORK, FREE_OVERALL = 2, 50
"""As many disputes may wait before a puzzle is required."""
LEAST_BITS, MOST_BITS = 15, 20
"""Of the 2**bits hashes that it takes on average, a browser computes some 100,000 a second."""
OPEN = Q(state=DisputeState.OPEN, seen_at__isnull=True)


@dataclass(frozen=True, slots=True)
class Puzzle:
    """A puzzle for one sender; `text` is what is hashed and sent back with the solution."""

    text: str
    bits: int
    expires_at: datetime

    @property
    def json(self) -> dict[str, Any]:
        """Return what the API and the script need."""
        return {"text": self.text, "bits": self.bits, "expires_at": f"{self.expires_at:%Y-%m-%dT%H:%M:%SZ}"}


class PuzzleRequired(Refused):
    """A dispute needs the solution of a puzzle, because many are waiting."""

    code = "puzzle_required"
    field = "solution"

    def __init__(self, message: str, puzzle: Puzzle) -> None:
        super().__init__(message)
        self.puzzle = puzzle
        self.details = {"puzzle": puzzle.json}


def required_puzzle(*, source: Source, now: datetime) -> Puzzle | None:
    """Return a new puzzle for a sender, or None if it needs none; an account never does."""
    if source.account:
        return None
    waiting = Dispute.objects.filter(OPEN).order_by()
    bits = max(_network_bits(waiting, source), _overall_bits(waiting))
    return _new_puzzle(source, bits, now) if bits else None


def refuse_unsolved(*, text: str, solution: str, source: Source, now: datetime) -> None:
    """Accept the solution of a puzzle once, or raise PuzzleRequired with a new puzzle if one is required."""
    required = required_puzzle(source=source, now=now)
    if required is None:
        return
    if not text:
        raise PuzzleRequired(
            _("Many disputes are waiting. Filing one more requires the solution of a puzzle."), required
        )
    if not _is_solved(text, solution, source, now) or not _spend(text, now):
        raise PuzzleRequired(
            _("This puzzle is not solved, has expired, or was used before. Solve the new one."), required
        )


def leading_zero_bits(text: str, solution: str) -> int:
    """Return the number of zero bits that the hash of a solution begins with."""
    digest = hashlib.sha256(f"{text}:{solution}".encode()).digest()
    return 8 * len(digest) - int.from_bytes(digest, "big").bit_length()


def _network_bits(waiting: QuerySet[Dispute], source: Source) -> int:
    of_network = waiting.filter(filed_network=source.network).count() if source.network else 0
    beyond = of_network - FREE_OF_NETWORK
    return min(LEAST_BITS + beyond // 2, MOST_BITS) if beyond >= 0 else 0


def _overall_bits(waiting: QuerySet[Dispute]) -> int:
    """Return one bit more for each time that the number of waiting disputes doubles."""
    times = waiting.filter(filed_account="").count() // FREE_OVERALL
    return min(LEAST_BITS + times.bit_length() - 1, MOST_BITS) if times else 0


def _new_puzzle(source: Source, bits: int, now: datetime) -> Puzzle:
    expires_at = (now + VALID).replace(microsecond=0)
    values = {"n": secrets.token_hex(16), "s": source.subscriber, "b": bits, "e": int(expires_at.timestamp())}
    return Puzzle(signing.Signer(salt=SALT).sign_object(values), bits, expires_at)


def _is_solved(text: str, solution: str, source: Source, now: datetime) -> bool:
    values = _read(text)
    return (
        values is not None
        and values["s"] == source.subscriber
        and values["e"] > now.timestamp()
        and len(solution) <= LONGEST_SOLUTION
        and leading_zero_bits(text, solution) >= values["b"]
    )


def _spend(text: str, now: datetime) -> bool:
    """Mark a puzzle as solved; return False if it was. Forget those that have expired."""
    values = _read(text)
    assert values is not None
    SolvedPuzzle.objects.filter(expires_at__lt=now).delete()
    expires_at = datetime.fromtimestamp(values["e"], UTC)
    _row, is_new = SolvedPuzzle.objects.get_or_create(number=values["n"], defaults={"expires_at": expires_at})
    return is_new


def _read(text: str) -> dict[str, Any] | None:
    try:
        values: dict[str, Any] = signing.Signer(salt=SALT).unsign_object(text)
    except (signing.BadSignature, ValueError):
        return None
    return values
