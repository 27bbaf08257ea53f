"""The best models of each cohort at each price, read from a published estimate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evals.queries import OfferedPrice
from leaderboard.estimate_values import SIDES, CompositeValues
from leaderboard.lag.prices import Offer, build_price_frontier
from leaderboard.models import LagEstimate


@dataclass(frozen=True, slots=True)
class BestAtPrice:
    """A model that is better than all of its cohort that are as cheap; `level` is in logits."""

    cohort: str
    model: str
    name: str
    level: float
    offer: OfferedPrice


def prices_by_offer(offered: Sequence[OfferedPrice]) -> dict[Offer, OfferedPrice]:
    """Return the offered prices by the offer that the price frontier takes."""
    return {Offer(one.model, one.on, one.usd, one.provider): one for one in offered}


def best_at_each_price(estimate: LagEstimate, offered: Sequence[OfferedPrice]) -> list[BestAtPrice]:
    """Return each cohort's best models at their prices on the estimate's day, the cheapest first."""
    told, found = prices_by_offer(offered), []
    values = CompositeValues(estimate.values)
    for side in SIDES:
        levels = {row.model: row.level for row in values.models(side)}
        for one in build_price_frontier(levels, told, estimate.as_of):
            name = values.names[one.offer.model]
            cohort = getattr(estimate, side)
            found.append(BestAtPrice(cohort, one.offer.model, name, one.level, told[one.offer]))
    return found
