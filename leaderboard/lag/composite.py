"""Compute the composite lag: every functional of the capability index, with intervals (METHOD §4 and §5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np

from leaderboard.lag.data import DAYS_PER_YEAR
from leaderboard.lag.draws import (
    FrontierDraws,
    PathDraws,
    build_frontier_draws,
    compute_catchup_draws,
    compute_path_draws,
    compute_record_shares,
    compute_standing_draws,
    draw_days,
)
from leaderboard.lag.index import IndexFit, ParameterDraws, draw_parameters, fit_index
from leaderboard.lag.intervals import Interval, IntervalState, summarise_draws
from leaderboard.lag.parameters import FitState
from leaderboard.lag.table import FOLLOWER, LEADER, LEAST_SHARED, Floats, ScoreTable
from leaderboard.lag.trend import MONTHS, Trend, TrendState, fit_trend

DRAWS, SEED = 2000, 1
LEAST_CELLS, LEAST_MODELS = 150, 15
"""Below these many cells, or tested models on a side, there is too little data to lean on the figure."""


@dataclass(frozen=True, slots=True)
class RecordShare:
    """How probable it is that a model set its cohort's frontier when released, and that it holds it now."""

    model: str
    cohort: str
    released_on: date
    capability: float
    set_frontier: float
    holds_frontier: float


@dataclass(frozen=True, slots=True)
class Composite:
    """The composite lag in months; `gap` is in logits, `mean12` the standing lag's mean over 12 months.

    `too_little_data`: fewer than 150 scores or 15 models on a side, so the figure deserves no weight.
    """

    status: IntervalState
    catchup: Interval
    standing: Interval
    mean12: Interval
    gap: Interval
    trend: Trend
    records: tuple[RecordShare, ...]
    n_models: tuple[int, int]
    n_benchmarks: int
    n_scores: int
    too_little_data: bool
    seed: int
    draws: int


@dataclass(frozen=True)
class JointDraws:
    """The index, its joint draws, and both cohorts' tracks in them."""

    fit: IndexFit
    draws: ParameterDraws
    days: Floats
    follower: FrontierDraws
    leader: FrontierDraws

    @cached_property
    def path(self) -> PathDraws:
        """Return the standing lag in each draw, month by month."""
        return compute_path_draws(self.follower, self.leader, float(self.fit.table.today), MONTHS)


def check_table(table: ScoreTable) -> IntervalState | None:
    """Return why no composite can be given: too few shared benchmarks, or a cohort with nothing of a year."""
    if table.shared() < LEAST_SHARED:
        return IntervalState.INSUFFICIENT_OVERLAP
    newest = min(table.days[table.members(group)].max() for group in (FOLLOWER, LEADER))
    return IntervalState.STALE if newest <= table.today - DAYS_PER_YEAR else None


def draw_jointly(
    table: ScoreTable, *, draws: int = DRAWS, seed: int = SEED, start: FitState | None = None
) -> JointDraws:
    """Fit the index and draw from it; the seed fixes every figure. The table must be usable."""
    found = fit_index(table, start)
    rng = np.random.default_rng(seed)
    joint = draw_parameters(found, draws, rng)
    days = draw_days(table.days_lo, table.days_hi, draws, rng)
    follower, leader = (
        build_frontier_draws(joint.theta[:, table.members(group)], days[:, table.members(group)])
        for group in (FOLLOWER, LEADER)
    )
    return JointDraws(found, joint, days, follower, leader)


def compute_composite(
    table: ScoreTable, found: JointDraws | None, *, draws: int = DRAWS, seed: int = SEED
) -> Composite:
    """Compute the composite from a sample; without one, every figure is undefined with the table's state."""
    groups = [table.members(group) for group in (FOLLOWER, LEADER)]
    counts = (len(groups[0]), len(groups[1]))
    state = check_table(table)
    if found is None or state is not None:
        why = state or IntervalState.INSUFFICIENT_OVERLAP
        none = Interval(why, share=0.0)
        lost = Trend(TrendState.TOO_FEW_RECORDS)
        return Composite(
            why, none, none, none, none, lost, (), counts, table.shared(), len(table.y), True, seed, draws
        )
    today = float(table.today)
    now = compute_standing_draws(found.follower, found.leader, today)
    path = found.path
    return Composite(
        status=IntervalState.OK,
        catchup=summarise_draws(compute_catchup_draws(found.follower, found.leader, today).lag),
        standing=summarise_draws(now.low, now.high),
        mean12=summarise_draws(path.low[:, :12].mean(1), path.high[:, :12].mean(1)),
        gap=summarise_draws(now.gap),
        trend=fit_trend(path),
        records=_records(table, found),
        n_models=counts,
        n_benchmarks=len(table.benchmarks),
        n_scores=len(table.y),
        too_little_data=len(table.y) < LEAST_CELLS or min(counts) < LEAST_MODELS,
        seed=seed,
        draws=draws,
    )


def _records(table: ScoreTable, found: JointDraws, least: float = 0.01) -> tuple[RecordShare, ...]:
    out = []
    for group, tracked in ((FOLLOWER, found.follower), (LEADER, found.leader)):
        set_, holds = compute_record_shares(tracked)
        for place, at in enumerate(table.members(group)):
            if set_[place] >= least:
                model, capability = table.models[at], float(found.fit.theta[at])
                shares = float(set_[place]), float(holds[place])
                out.append(RecordShare(model.id, model.cohort, model.released_on, capability, *shares))
    return tuple(sorted(out, key=lambda r: (r.released_on, r.model)))
