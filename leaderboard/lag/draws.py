"""Compute every lag in all joint draws at once, without a loop over draws (METHOD §5).

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

    `order` (D or 1, M) tells which model, in the order given, stands at each place.
    """

    days: Floats
    best: Floats
    order: Ints

    def value_at(self, day: float) -> Floats:
        """Return the frontier on a day (D,), -inf before the first model."""
        known = np.broadcast_to((self.days <= day).sum(1), len(self.best))
        value = np.take_along_axis(self.best, np.maximum(known - 1, 0)[:, None], 1)[:, 0]
        return np.where(known > 0, value, -np.inf)

    def first_at_level(self, level: Floats) -> tuple[Floats, Bools]:
        """Return the day on which a level (D,) was reached, inf if never, and whether by the first model."""
        place = (self.best < (level - TIE)[:, None]).sum(1)
        days = np.broadcast_to(self.days, self.best.shape)
        day = np.take_along_axis(days, np.minimum(place, days.shape[1] - 1)[:, None], 1)[:, 0]
        return np.where(place < days.shape[1], day, np.inf), place == 0


@dataclass(frozen=True)
class StandingDraws:
    """Standing lag in each draw (D,), between `low` and `high`: they differ where a match is censored."""

    low: Floats
    high: Floats
    gap: Floats


@dataclass(frozen=True)
class CatchupDraws:
    """Catch-up lag in each draw (D,), NaN where no level was caught up with, and the width of levels."""

    lag: Floats
    width: Floats


def build_frontier_draws(values: Floats, days: Floats) -> FrontierDraws:
    """Build a cohort's track from values (D, M) and release days, (M,) for all draws or (D, M) for each."""
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
    """Draw release days (n, M) uniformly between their ends; (1, M) where every day is known."""
    if np.array_equal(lo, hi):
        return lo[None, :]
    return np.asarray(np.floor(lo + rng.random((n, len(lo))) * (hi - lo + 1)))


def compute_standing_draws(follower: FrontierDraws, leader: FrontierDraws, day: float) -> StandingDraws:
    """Return the standing lag on a day in each draw; a censored match leaves its far end open."""
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
    """Standing lag (D, K) on days `months` (K,) before today, oldest last; NaN where it is not defined."""

    months: Floats
    low: Floats
    high: Floats


def compute_path_draws(
    follower: FrontierDraws, leader: FrontierDraws, today: float, n_months: int
) -> PathDraws:
    """Return the standing lag in each draw today and on each month's day before."""
    back = np.arange(n_months, dtype=float)
    found = [compute_standing_draws(follower, leader, today - k * DAYS_PER_MONTH) for k in back]
    return PathDraws(back, np.stack([s.low for s in found], 1), np.stack([s.high for s in found], 1))


def compute_record_shares(found: FrontierDraws) -> tuple[Floats, Floats]:
    """Return, by model in the order given (M,), how often it set the frontier and how often it holds it."""
    rises = np.diff(found.best, axis=1, prepend=-np.inf) > TIE
    holder = found.best.shape[1] - 1 - np.argmax(rises[:, ::-1], axis=1)
    holds = np.arange(found.best.shape[1]) == holder[:, None]
    order = np.broadcast_to(found.order, rises.shape)
    count = [np.bincount(order.ravel(), flags.ravel(), order.shape[1]) for flags in (rises, holds)]
    return count[0] / len(rises), count[1] / len(rises)


def compute_catchup_draws(
    follower: FrontierDraws, leader: FrontierDraws, today: float, window: float = DAYS_PER_YEAR
) -> CatchupDraws:
    """Return the catch-up lag in each draw (METHOD §3).

    Levels dated in the window lie between what both had reached at its start and what both have now, so
    the width-weighted mean of tau_A(v) - tau_B(v) is a difference of two sums over the records, one for each.
    """
    old = np.minimum(follower.value_at(today - window), leader.value_at(today - window))
    low = np.maximum(np.maximum(follower.best[:, 0], leader.best[:, 0]), old)
    top = np.minimum(follower.value_at(today), leader.value_at(today))
    width = np.maximum(top - low, 0.0)
    area = _dated_area(follower, low, top) - _dated_area(leader, low, top)
    with np.errstate(invalid="ignore", divide="ignore"):
        lag = np.where(width > TIE, area / width / DAYS_PER_MONTH, np.nan)
    return CatchupDraws(lag, width)


def _dated_area(found: FrontierDraws, low: Floats, top: Floats) -> Floats:
    # Days are counted from the last one: smaller numbers, no digits lost.
    base = found.days.max()
    level = np.clip(found.best, low[:, None], np.maximum(top, low)[:, None])
    gained = np.diff(level, axis=1, prepend=low[:, None])
    total = np.maximum(top - low, 0.0)
    return np.asarray((gained * (found.days - base)).sum(1) + base * total)
