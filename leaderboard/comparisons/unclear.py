"""The refusal of a comparison that cannot be read."""

from __future__ import annotations

from collections.abc import Sequence

from evals.operations.refusals import Refused


class UnclearComparison(Refused):
    """A part of a comparison cannot be read: which, what it was, and what would be."""

    code = "invalid"

    def __init__(self, field: str, value: object, rule: str, *, allowed: Sequence[str] = ()) -> None:
        self.value, self.rule = _short(value), rule
        super().__init__(f"{field} is {self.value}; allowed: {rule}.", field=field, allowed=allowed)


def _short(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= 60 else f"{shown[:57]}..."
