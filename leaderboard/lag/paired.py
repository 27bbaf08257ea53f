"""Compare two models on one benchmark, item by item or from two scores."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

Z95 = 1.959963984540054
"""The 97.5% quantile of the normal distribution."""


@dataclass(frozen=True, slots=True)
class Difference:
    """The first score minus the second, in the benchmark's unit, with its 95% interval.

    `n` counts the items that both answered; it is None for scores that are not paired by item. Without
    a standard error of both scores, both ends are None.
    """

    value: float
    se: float | None
    low: float | None
    high: float | None
    n: int | None = None

    @property
    def is_decided(self) -> bool:
        """Tell whether the interval is known and excludes zero."""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)


@dataclass(frozen=True, slots=True)
class Agreement:
    """Counts of items that both models, only one, or neither solved, that is, with full marks."""

    both: int
    only_first: int
    only_second: int
    neither: int

    @property
    def n(self) -> int:
        """Return the number of items that both answered."""
        return self.both + self.only_first + self.only_second + self.neither


def count_agreement(first: Sequence[float], second: Sequence[float]) -> Agreement:
    """Count items by which model solved them; `first[i]` and `second[i]` are marks of one item, in [0, 1].

    Raises ValueError for sequences of different lengths.
    """
    rights = [(a >= 1, b >= 1) for a, b in zip(first, second, strict=True)]
    return Agreement(
        both=rights.count((True, True)),
        only_first=rights.count((True, False)),
        only_second=rights.count((False, True)),
        neither=rights.count((False, False)),
    )


def compare_by_item(first: Sequence[float], second: Sequence[float]) -> Difference | None:
    """Return the mean difference of marks over the items that both answered, None without items.

    If all marks are 0 or 1, the interval is the adjusted Wald interval of two dependent proportions (Bonett
    and Price 2012), which keeps a width where no item separates the models. Otherwise it is normal, from the
    standard error of the mean difference, and unknown for one item.
    Raises ValueError for sequences of different lengths.
    """
    n = len(first)
    differences = [a - b for a, b in zip(first, second, strict=True)]
    if not n:
        return None
    mean = math.fsum(differences) / n
    squares = math.fsum((difference - mean) ** 2 for difference in differences)
    se = math.sqrt(squares / (n - 1) / n) if n > 1 else None
    if {*first, *second} <= {0.0, 1.0}:
        return Difference(mean, se, *_proportions(count_agreement(first, second)), n=n)
    if se is None:
        return Difference(mean, None, None, None, n=n)
    return Difference(mean, se, mean - Z95 * se, mean + Z95 * se, n=n)


def _proportions(counts: Agreement) -> tuple[float, float]:
    n = counts.n + 2
    more, less = (counts.only_first + 1) / n, (counts.only_second + 1) / n
    half = Z95 * math.sqrt((more + less - (more - less) ** 2) / n)
    return max(-1.0, more - less - half), min(1.0, more - less + half)


def compare_scores(
    first: float, first_se: float | None, second: float, second_se: float | None
) -> Difference:
    """Return the difference of two independent scores, with the standard errors combined."""
    value = first - second
    if first_se is None or second_se is None:
        return Difference(value, None, None, None)
    se = math.hypot(first_se, second_se)
    return Difference(value, se, value - Z95 * se, value + Z95 * se)
