"""Compute the true lag of a world: the lag of the true capabilities' step frontiers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from leaderboard.lag.data import Pair
from leaderboard.lag.exact_lags import Catchup, Standing, compute_catchup, compute_standing
from leaderboard.lag.frontier import Frontier, Point, build_frontier

from .worlds import TODAY, World


@dataclass(frozen=True)
class Truth:
    """True lags of a world, in months."""

    catchup: Catchup
    standing: Standing


def frontier_by(world: World, values: Mapping[str, float], cohort: str) -> Frontier:
    """Build a cohort's frontier of any values by model id, at the true release days."""
    return build_frontier(
        Point(model.id, world.days[model.id], values[model.id], world.days[model.id], world.days[model.id])
        for model in world.data.models
        if model.cohort == cohort and model.id in values
    )


def compute_truth(world: World, pair: Pair) -> Truth:
    """Compute the true catch-up and standing lag of a world."""
    mine, theirs = (frontier_by(world, world.theta, cohort) for cohort in (pair.follower, pair.leader))
    today = TODAY.toordinal()
    return Truth(compute_catchup(mine, theirs, today), compute_standing(mine, theirs, today))
