"""Compute the composite lag and its intervals from the capability index (METHOD §4 and §5)."""

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
"""With fewer cells, or fewer tested models on a side, there is too little data to rely on the figure."""


@dataclass(frozen=True, slots=True)
class RecordShare:
    """The probabilities that a model set its cohort's frontier when released, and that it holds it now."""

    model: str
    cohort: str
    released_on: date
    capability: float
    set_frontier: float
    holds_frontier: float


@dataclass(frozen=True, slots=True)
class Composite:
    """The composite lag in months; `gap` is in logits, `mean12` is the mean standing lag of 12 months.

    `too_little_data` marks a figure from fewer than 150 scores or 15 models on a side.
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
    """The fitted index, its joint draws, release days (D or 1, M), and both frontiers in every draw."""

    fit: IndexFit
    draws: ParameterDraws
    days: Floats
    follower: FrontierDraws
    leader: FrontierDraws

    @cached_property
    def path(self) -> PathDraws:
        """Return the standing lag in each draw, month by month, both ends (D, 36)."""
        return compute_path_draws(self.follower, self.leader, float(self.fit.table.today), MONTHS)


def check_table(table: ScoreTable) -> IntervalState | None:
    """Return why no composite is possible: few shared benchmarks or a stale cohort; None if it is."""
    if table.shared() < LEAST_SHARED:
        return IntervalState.INSUFFICIENT_OVERLAP
    newest = min(table.days[table.members(group)].max() for group in (FOLLOWER, LEADER))
    return IntervalState.STALE if newest <= table.today - DAYS_PER_YEAR else None


def draw_jointly(
    table: ScoreTable, *, draws: int = DRAWS, seed: int = SEED, start: FitState | None = None
) -> JointDraws:
    """Fit the index and draw from it; `check_table` must be None. The seed fixes every figure."""
    fit = fit_index(table, start)
    rng = np.random.default_rng(seed)
    parameters = draw_parameters(fit, draws, rng)
    days = draw_days(table.days_lo, table.days_hi, draws, rng)
    follower, leader = (
        build_frontier_draws(parameters.theta[:, table.members(group)], days[:, table.members(group)])
        for group in (FOLLOWER, LEADER)
    )
    return JointDraws(fit, parameters, days, follower, leader)


def compute_composite(
    table: ScoreTable, joint: JointDraws | None, *, draws: int = DRAWS, seed: int = SEED
) -> Composite:
    """Compute the composite from joint draws; without them every figure is undefined, with its reason."""
    groups = [table.members(group) for group in (FOLLOWER, LEADER)]
    counts = (len(groups[0]), len(groups[1]))
    if joint is None or check_table(table) is not None:
        state = check_table(table) or IntervalState.INSUFFICIENT_OVERLAP
        none = Interval(state, share=0.0)
        trend = Trend(TrendState.TOO_FEW_RECORDS)
        return Composite(
            state, none, none, none, none, trend, (), counts, table.shared(), len(table.y), True, seed, draws
        )
    today = float(table.today)
    now = compute_standing_draws(joint.follower, joint.leader, today)
    path = joint.path
    return Composite(
        status=IntervalState.OK,
        catchup=summarise_draws(compute_catchup_draws(joint.follower, joint.leader, today).lag),
        standing=summarise_draws(now.low, now.high),
        mean12=summarise_draws(path.low[:, :12].mean(1), path.high[:, :12].mean(1)),
        gap=summarise_draws(now.gap),
        trend=fit_trend(path),
        records=_records(table, joint),
        n_models=counts,
        n_benchmarks=len(table.benchmarks),
        n_scores=len(table.y),
        too_little_data=len(table.y) < LEAST_CELLS or min(counts) < LEAST_MODELS,
        seed=seed,
        draws=draws,
    )


def _records(table: ScoreTable, joint: JointDraws, least: float = 0.01) -> tuple[RecordShare, ...]:
    out = []
    for group, tracked in ((FOLLOWER, joint.follower), (LEADER, joint.leader)):
        set_, holds = compute_record_shares(tracked)
        for place, at in enumerate(table.members(group)):
            if set_[place] >= least:
                model, capability = table.models[at], float(joint.fit.theta[at])
                shares = float(set_[place]), float(holds[place])
                out.append(RecordShare(model.id, model.cohort, model.released_on, capability, *shares))
    return tuple(sorted(out, key=lambda r: (r.released_on, r.model)))
