"""Compute the lags in all joint draws at once, without a loop over draws (METHOD §5).

Shapes: D draws, M models of a cohort in order of release, K days of a path. Lags are in months.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from leaderboard.lag.data import DAYS_PER_MONTH, DAYS_PER_YEAR, TIE
from leaderboard.lag.table import Bools, Floats, Ints


@dataclass(frozen=True)
class FrontierDraws:
    """A cohort's frontier in every draw: the running `best` (D, M) on ascending `days` (D or 1, M).

    `order` (D or 1, M) is the input index of the model at each place.
    """

    days: Floats
    best: Floats
    order: Ints

    def value_at(self, day: float) -> Floats:
        """Return the frontier (D,) on a day, -inf before the first model."""
        known = np.broadcast_to((self.days <= day).sum(1), len(self.best))
        value = np.take_along_axis(self.best, np.maximum(known - 1, 0)[:, None], 1)[:, 0]
        return np.where(known > 0, value, -np.inf)

    def first_at_level(self, level: Floats) -> tuple[Floats, Bools]:
        """Return the first day (D,) at a level (D,), inf if never, and whether it is the first (D,)."""
        place = (self.best < (level - TIE)[:, None]).sum(1)
        days = np.broadcast_to(self.days, self.best.shape)
        day = np.take_along_axis(days, np.minimum(place, days.shape[1] - 1)[:, None], 1)[:, 0]
        return np.where(place < days.shape[1], day, np.inf), place == 0


@dataclass(frozen=True)
class StandingDraws:
    """Standing lag in each draw, from `low` to `high` (D,), which differ where it is censored; `gap` (D,)."""

    low: Floats
    high: Floats
    gap: Floats


@dataclass(frozen=True)
class CatchupDraws:
    """Catch-up `lag` (D,) in each draw, NaN without a new common level, and the `width` (D,) of levels."""

    lag: Floats
    width: Floats


def build_frontier_draws(values: Floats, days: Floats) -> FrontierDraws:
    """Build a cohort's frontier from values (D, M) and release days: (M,) for all draws, or (D, M)."""
    days = np.atleast_2d(days)
    order = np.argsort(days, axis=1, kind="stable")
    if len(days) == 1:
        ordered = values if np.array_equal(order[0], np.arange(order.shape[1])) else values[:, order[0]]
    else:
        ordered = np.take_along_axis(values, order, 1)
    return FrontierDraws(np.take_along_axis(days, order, 1), _running_best(ordered), order)


def _running_best(values: Floats) -> Floats:
    # Model by model over all draws at once: several times faster than numpy's own accumulation.
    out = np.array(values.T, order="C")
    for before, now in pairwise(out):
        np.maximum(before, now, out=now)
    return out.T


def draw_days(lo: Floats, hi: Floats, n: int, rng: np.random.Generator) -> Floats:
    """Draw release days (n, M) uniformly from `lo` to `hi` (M,); return (1, M) where every day is known."""
    if np.array_equal(lo, hi):
        return lo[None, :]
    return np.asarray(np.floor(lo + rng.random((n, len(lo))) * (hi - lo + 1)))


def compute_standing_draws(follower: FrontierDraws, leader: FrontierDraws, day: float) -> StandingDraws:
    """Compute the standing lag on a day in each draw (D,); a censored match leaves its far end open."""
    mine, theirs = follower.value_at(day), leader.value_at(day)
    match, first = leader.first_at_level(mine)
    mirror, mirror_first = follower.first_at_level(theirs)
    behind, ahead = mine < theirs - TIE, mine > theirs + TIE
    value = np.where(behind, day - match, np.where(ahead, mirror - day, 0.0)) / DAYS_PER_MONTH
    known = np.isfinite(mine) & np.isfinite(theirs)
    value = np.where(known, value, np.nan)
    return StandingDraws(
        low=np.where(ahead & mirror_first & known, -np.inf, value),
        high=np.where(behind & first & known, np.inf, value),
        gap=np.where(known, np.where(known, theirs, 0.0) - np.where(known, mine, 0.0), np.nan),
    )


@dataclass(frozen=True)
class PathDraws:
    """Standing lag from `low` to `high` (D, K), `months` (K,) before today, oldest last; NaN is undefined."""

    months: Floats
    low: Floats
    high: Floats


def compute_path_draws(
    follower: FrontierDraws, leader: FrontierDraws, today: float, n_months: int
) -> PathDraws:
    """Compute the standing lag (D, K) in each draw, today and on the same day of K - 1 months before."""
    back = np.arange(n_months, dtype=float)
    standings = [compute_standing_draws(follower, leader, today - k * DAYS_PER_MONTH) for k in back]
    return PathDraws(back, np.stack([s.low for s in standings], 1), np.stack([s.high for s in standings], 1))


def compute_record_shares(frontiers: FrontierDraws) -> tuple[Floats, Floats]:
    """Return the share of draws in which each model (M,) set the frontier, and in which it holds it (M,)."""
    rises = np.diff(frontiers.best, axis=1, prepend=-np.inf) > TIE
    holder = frontiers.best.shape[1] - 1 - np.argmax(rises[:, ::-1], axis=1)
    holds = np.arange(frontiers.best.shape[1]) == holder[:, None]
    order = np.broadcast_to(frontiers.order, rises.shape)
    count = [np.bincount(order.ravel(), flags.ravel(), order.shape[1]) for flags in (rises, holds)]
    return count[0] / len(rises), count[1] / len(rises)


def compute_catchup_draws(
    follower: FrontierDraws, leader: FrontierDraws, today: float, window: float = DAYS_PER_YEAR
) -> CatchupDraws:
    """Compute the catch-up lag (D,) in each draw over a window in days (METHOD §3).

    Levels dated in the window lie between the common level at its start and the common level now, so the
    width-weighted mean of tau_A(v) - tau_B(v) is the difference of one sum over the records of each cohort.
    """
    old = np.minimum(follower.value_at(today - window), leader.value_at(today - window))
    low = np.maximum(np.maximum(follower.best[:, 0], leader.best[:, 0]), old)
    top = np.minimum(follower.value_at(today), leader.value_at(today))
    width = np.maximum(top - low, 0.0)
    area = _dated_area(follower, low, top) - _dated_area(leader, low, top)
    with np.errstate(invalid="ignore", divide="ignore"):
        lag = np.where(width > TIE, area / width / DAYS_PER_MONTH, np.nan)
    return CatchupDraws(lag, width)


def _dated_area(frontiers: FrontierDraws, low: Floats, top: Floats) -> Floats:
    # Days count from the last one: smaller numbers lose no digits.
    base = frontiers.days.max()
    level = np.clip(frontiers.best, low[:, None], np.maximum(top, low)[:, None])
    gained = np.diff(level, axis=1, prepend=low[:, None])
    total = np.maximum(top - low, 0.0)
    return np.asarray((gained * (frontiers.days - base)).sum(1) + base * total)
