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
    """A model better than every model of its cohort that costs as little or less; `level` is in logits."""

    cohort: str
    model: str
    name: str
    level: float
    offer: OfferedPrice


def prices_by_offer(offered: Sequence[OfferedPrice]) -> dict[Offer, OfferedPrice]:
    """Return the offered prices by the key that the price frontier uses."""
    return {Offer(price.model, price.on, price.usd, price.provider): price for price in offered}


def best_at_each_price(estimate: LagEstimate, offered: Sequence[OfferedPrice]) -> list[BestAtPrice]:
    """Return each cohort's best models by price on the estimate's date, cheapest first."""
    prices, best = prices_by_offer(offered), []
    values = CompositeValues(estimate.values)
    for side in SIDES:
        levels = {row.model: row.level for row in values.models(side)}
        for step in build_price_frontier(levels, prices, estimate.as_of):
            name = values.names[step.offer.model]
            cohort = getattr(estimate, side)
            best.append(BestAtPrice(cohort, step.offer.model, name, step.level, prices[step.offer]))
    return best
