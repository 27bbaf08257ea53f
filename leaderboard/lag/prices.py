"""Compute the best model at each price, and the lowest price of a capability over time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Offer:
    """A model's price from a day on, in USD per million tokens, blended 3 input : 1 output."""

    model: str
    on: date
    usd: float
    provider: str = ""


@dataclass(frozen=True, slots=True)
class PricedModel:
    """A model's offer and its level of capability."""

    level: float
    offer: Offer


@dataclass(frozen=True, slots=True)
class PriceDrop:
    """A day on which a level of capability became cheaper than ever before."""

    on: date
    offer: Offer


def select_offers_in_force(offers: Iterable[Offer], on: date) -> dict[str, Offer]:
    """Return the cheapest of each model's current offers on a day; a provider's last offer is current."""
    last: dict[tuple[str, str], Offer] = {}
    for offer in sorted(offers, key=lambda each: (each.on, each.usd)):
        if offer.on <= on:
            last[offer.model, offer.provider] = offer
    cheapest: dict[str, Offer] = {}
    for (model, _), offer in last.items():
        if model not in cheapest or offer.usd < cheapest[model].usd:
            cheapest[model] = offer
    return cheapest


def build_price_frontier(levels: Mapping[str, float], offers: Iterable[Offer], on: date) -> list[PricedModel]:
    """Return the models that are better than all that cost the same or less, the cheapest first.

    `levels` are capabilities by model; a model without a current offer is left out.
    """
    cheapest = select_offers_in_force(offers, on)
    ordered = sorted(
        (PricedModel(level, cheapest[model]) for model, level in levels.items() if model in cheapest),
        key=lambda priced: (priced.offer.usd, -priced.level, priced.offer.model),
    )
    best: list[PricedModel] = []
    for priced in ordered:
        if not best or priced.level > best[-1].level:
            best.append(priced)
    return best


def find_price_drops(
    level: float, levels: Mapping[str, float], released: Mapping[str, date], offers: Iterable[Offer]
) -> list[PriceDrop]:
    """Return the days on which a level of capability became cheaper than ever before, oldest first.

    An offer counts from its first day, or from the model's release if that is later.
    """
    able = {model for model, own in levels.items() if own >= level and model in released}
    dated = [(max(offer.on, released[offer.model]), offer) for offer in offers if offer.model in able]
    steps: list[PriceDrop] = []
    for on, offer in sorted(dated, key=lambda pair: (pair[0], pair[1].usd, pair[1].model)):
        if not steps or offer.usd < steps[-1].offer.usd:
            if steps and steps[-1].on == on:
                steps.pop()
            steps.append(PriceDrop(on, offer))
    return steps


def select_past_levels(
    records: Sequence[tuple[date, str, float]], as_of: date, months: Sequence[int]
) -> list[tuple[str, float]]:
    """Return the model and level of the last record of each number of months ago, the highest first.

    `records` are the (day, model, level) of a frontier in order of day; each record is returned once.
    """
    levels: dict[str, float] = {}
    for ago in months:
        on = date.fromordinal(as_of.toordinal() - round(ago * 365.25 / 12))
        earlier = [(model, level) for day, model, level in records if day <= on]
        if earlier:
            levels[earlier[-1][0]] = earlier[-1][1]
    return sorted(levels.items(), key=lambda record: -record[1])
