"""The lag at equal price, the best model at each price, and the price of a level over time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from evals import queries as record
from evals.queries import OfferedPrice
from leaderboard import queries
from leaderboard.comparisons import Comparison
from leaderboard.estimate_values import SIDES, CompositeValues
from leaderboard.lag.prices import find_price_drops, select_past_levels
from leaderboard.models import LagEstimate
from leaderboard.queries import PRICE_LIMITS, PublishedComposite, price_comparison
from leaderboard.queries.prices import BestAtPrice, best_at_each_price, prices_by_offer

MONTHS_AGO = (24, 18, 12, 6)
"""How many months ago the leader's records were set whose levels are priced."""


@dataclass(frozen=True, slots=True)
class LagAtPrice:
    """The lag between models offered at a price or less."""

    limit: float
    published: PublishedComposite | None

    @property
    def comparison(self) -> Comparison:
        """Return the comparison of this lag."""
        return price_comparison(self.limit)


@dataclass(frozen=True, slots=True)
class LevelCost:
    """The day on which a level became cheaper than ever before in a cohort."""

    level_of: str
    level_name: str
    level: float
    cohort: str
    on: date
    model: str
    name: str
    offer: OfferedPrice


@dataclass(frozen=True, slots=True)
class PricePage:
    """The content of the page; the frontier and the costs come from `estimate`."""

    lags: Sequence[LagAtPrice]
    estimate: LagEstimate | None
    frontier: Sequence[BestAtPrice]
    costs: Sequence[LevelCost]


def present_prices() -> PricePage:
    """Return the content of the page. Three queries."""
    comparisons = {limit: price_comparison(limit) for limit in PRICE_LIMITS}
    published = queries.newest_composites(list(comparisons.values()))
    lags = [LagAtPrice(limit, published.get(comparison)) for limit, comparison in comparisons.items()]
    estimate = queries.composite_lag()
    if estimate is None or not CompositeValues(estimate.values).models("leader"):
        return PricePage(lags, estimate, (), ())
    offered = record.offered_prices()
    return PricePage(lags, estimate, best_at_each_price(estimate, offered), list(_costs(estimate, offered)))


def _costs(estimate: LagEstimate, offered: Sequence[OfferedPrice]) -> Iterator[LevelCost]:
    prices_of, values = prices_by_offer(offered), CompositeValues(estimate.values)
    leader = [(record.on, record.model, record.level) for record in values.records("leader")]
    for level_of, level in select_past_levels(leader, estimate.as_of, MONTHS_AGO):
        for side in SIDES:
            rows = values.models(side)
            levels = {row.model: row.level for row in rows}
            released = {row.model: row.on for row in rows}
            for cost in find_price_drops(level, levels, released, prices_of):
                model = cost.offer.model
                yield LevelCost(
                    level_of,
                    values.name(level_of),
                    level,
                    getattr(estimate, side),
                    cost.on,
                    model,
                    values.names[model],
                    prices_of[cost.offer],
                )
