"""What capability costs: the best at each price, and the least price of each level over time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Offer:
    """What a model was offered at from a day on, USD per million tokens, blended 3 input : 1 output."""

    model: str
    on: date
    usd: float
    provider: str = ""


@dataclass(frozen=True, slots=True)
class PricedModel:
    """A model at a level of capability, and the offer that it can be had at."""

    level: float
    offer: Offer


@dataclass(frozen=True, slots=True)
class PriceDrop:
    """A day on which a level of capability became cheaper than it had ever been."""

    on: date
    offer: Offer


def select_offers_in_force(offers: Iterable[Offer], on: date) -> dict[str, Offer]:
    """Return the cheapest offer of each model in force on a day: of each provider its last one by then."""
    last: dict[tuple[str, str], Offer] = {}
    for offer in sorted(offers, key=lambda one: (one.on, one.usd)):
        if offer.on <= on:
            last[offer.model, offer.provider] = offer
    cheapest: dict[str, Offer] = {}
    for (model, _), offer in last.items():
        if model not in cheapest or offer.usd < cheapest[model].usd:
            cheapest[model] = offer
    return cheapest


def build_price_frontier(levels: Mapping[str, float], offers: Iterable[Offer], on: date) -> list[PricedModel]:
    """Return the models that are better than every one that is as cheap or cheaper, the cheapest first.

    `levels` are capabilities by model; a model without an offer in force on the day is left out.
    """
    found = select_offers_in_force(offers, on)
    ordered = sorted(
        (PricedModel(level, found[model]) for model, level in levels.items() if model in found),
        key=lambda one: (one.offer.usd, -one.level, one.offer.model),
    )
    best: list[PricedModel] = []
    for one in ordered:
        if not best or one.level > best[-1].level:
            best.append(one)
    return best


def find_price_drops(
    level: float, levels: Mapping[str, float], released: Mapping[str, date], offers: Iterable[Offer]
) -> list[PriceDrop]:
    """Return the days on which a level of capability became cheaper than ever before, oldest first.

    A model counts from its release; an offer on record with an earlier day counts from then too.
    """
    able = {model for model, reached in levels.items() if reached >= level and model in released}
    dated = [(max(offer.on, released[offer.model]), offer) for offer in offers if offer.model in able]
    steps: list[PriceDrop] = []
    for on, offer in sorted(dated, key=lambda one: (one[0], one[1].usd, one[1].model)):
        if not steps or offer.usd < steps[-1].offer.usd:
            if steps and steps[-1].on == on:
                steps.pop()
            steps.append(PriceDrop(on, offer))
    return steps


def select_past_levels(
    records: Sequence[tuple[date, str, float]], as_of: date, months: Sequence[int]
) -> list[tuple[str, float]]:
    """Return the records that stood so many months before a day, each once, the highest first.

    `records` are (day, model, level) of a frontier by day.
    """
    found: dict[str, float] = {}
    for ago in months:
        on = date.fromordinal(as_of.toordinal() - round(ago * 365.25 / 12))
        stood = [(model, level) for day, model, level in records if day <= on]
        if stood:
            found[stood[-1][0]] = stood[-1][1]
    return sorted(found.items(), key=lambda one: -one[1])
