"""The rate of answers, and the remaining time at that rate with a 95% interval."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, variance

BIN_S = 3.0
BINS = 20  # the last minute
FEWEST_BINS = 3  # at least nine seconds are needed to estimate the spread
# Student's t, 97.5%, for 2 to 19 degrees of freedom.
T_95: tuple[float, ...] = (4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228)
T_95 += (2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093)


@dataclass(frozen=True, slots=True)
class Pace:
    """Answers per second over the last minute, and the remaining seconds with a 95% interval.

    `eta_s` is None without recent answers or a plan; the limits are None with fewer than FEWEST_BINS bins.
    """

    responses_per_s: float
    eta_s: float | None = None
    eta_low_s: float | None = None
    eta_high_s: float | None = None


def pace(counts: Sequence[int], *, seen_s: float, left: int | None) -> Pace:
    """Return the pace from the answers per bin of BIN_S seconds, newest first, over the last `seen_s`.

    With N answers seen, n left and D the variance of the counts over their mean (at least 1, the value of a
    Poisson process), the relative error of the rate is sqrt(D/N), and that of the time of n answers is
    sqrt(D/n): the limits are the estimate divided and multiplied by exp(t * sqrt(D/N + D/n)). The rate is
    assumed constant.
    """
    window_s = min(max(seen_s, 1.0), BIN_S * BINS)
    seen = sum(counts)
    if not seen or not left:
        return Pace(seen / window_s)
    eta_s = left * window_s / seen
    bins = counts[: int(window_s // BIN_S)]
    if len(bins) < FEWEST_BINS or not any(bins):
        return Pace(seen / window_s, eta_s)
    dispersion = max(1.0, variance(bins) / fmean(bins))
    factor = math.exp(T_95[len(bins) - FEWEST_BINS] * math.sqrt(dispersion / seen + dispersion / left))
    return Pace(seen / window_s, eta_s, eta_s / factor, eta_s * factor)
