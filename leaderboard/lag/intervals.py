"""Turn draws into a median and a central interval whose ends may be open (METHOD §5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import numpy as np

from leaderboard.lag.table import Floats

CENTRAL = 0.95


class IntervalState(StrEnum):
    """Whether a figure can be given; `open` means only a bound is known."""

    OK = "ok"
    OPEN = "open"
    NO_NEW_COMMON_LEVEL = "no_new_common_level"
    INSUFFICIENT_OVERLAP = "insufficient_overlap"
    STALE = "stale"
    TOO_FEW_RECORDS = "too_few_records"
    NO_DATE = "no_date"


@dataclass(frozen=True, slots=True)
class Interval:
    """A median with its central 95% interval; an end is None where it is open or nothing is known.

    `status` is an `IntervalState`, or the state of another figure that is shown as an interval.
    `bound` is "at_least" where the upper end is open, "at_most" where the lower is, else None.
    `share` is the share of draws in which the figure is defined.
    """

    status: str
    median: float | None = None
    lo: float | None = None
    hi: float | None = None
    bound: str | None = None
    share: float = 1.0

    @property
    def is_known(self) -> bool:
        """Tell whether the median or an end is known."""
        return (self.median, self.lo, self.hi) != (None, None, None)

    @property
    def is_lead(self) -> bool:
        """Tell whether the median says that the follower leads."""
        return self.median is not None and self.median < 0


@dataclass(frozen=True, slots=True)
class DatedLag:
    """A lag in months on a day."""

    on: date
    lag: Interval


def quantile(values: Floats, q: float) -> float:
    """Return the type-1 quantile of values (n,): the least with a cumulative share >= q; NaN if empty."""
    n = values.size
    if n == 0:
        return float("nan")
    place = min(max(int(np.ceil(q * n - 1e-9)) - 1, 0), n - 1)
    return float(np.partition(values, place)[place])


def central_interval(low: Floats, high: Floats, central: float = CENTRAL) -> tuple[float, float]:
    """Return the central interval of draws that lie between `low` and `high`, both (n_draws,).

    Takes type-1 quantiles, then moves the ends inwards while that brings the share of draws inside nearer to
    `central`. The plain quantiles of a figure with few values, such as a standing lag, would hold 98%.
    """
    tail, n = (1 - central) / 2, low.size
    lo, hi = quantile(low, tail), quantile(high, 1 - tail)
    held = float(((low >= lo) & (high <= hi)).sum())
    while lo < hi:
        above, below = low[low > lo], high[high < hi]
        tries = []
        if above.size:
            tries.append((float((low > lo)[high <= hi].sum()), float(above.min()), hi))
        if below.size:
            tries.append((float((high < hi)[low >= lo].sum()), lo, float(below.max())))
        fewer, inner_lo, inner_hi = max(tries, default=(0.0, lo, hi))
        if abs(fewer - central * n) >= abs(held - central * n):
            break
        held, lo, hi = fewer, inner_lo, inner_hi
    return lo, hi


def summarise_draws(
    low: Floats,
    high: Floats | None = None,
    *,
    undefined: IntervalState = IntervalState.NO_NEW_COMMON_LEVEL,
    central: float = CENTRAL,
) -> Interval:
    """Summarise draws (n_draws,); with `high`, each lies between `low` and `high` and infinite ends are open.

    NaN marks an undefined draw; where more than half are NaN, the status is `undefined`.
    """
    high = low if high is None else high
    known = ~np.isnan(low)
    share = float(known.mean()) if known.size else 0.0
    if share <= 0.5:
        return Interval(undefined, share=share)
    lo, hi = central_interval(low[known], high[known], central)
    middle_low, middle_high = quantile(low[known], 0.5), quantile(high[known], 0.5)
    middle = middle_low if middle_low == middle_high else None
    bound = "at_least" if np.isinf(hi) else "at_most" if np.isinf(lo) else None
    return Interval(
        IntervalState.OK if middle is not None else IntervalState.OPEN,
        middle,
        lo if np.isfinite(lo) else None,
        hi if np.isfinite(hi) else None,
        bound,
        share,
    )
