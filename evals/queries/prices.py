"""Reads of list prices."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from evals.models import ListPrice
from evals.queries.published import published_models


@dataclass(frozen=True, slots=True)
class OfferedPrice:
    """A list price in USD per million tokens, blended 3 input : 1 output, with its source."""

    model: str
    provider: str
    on: date
    usd: float
    source: str


def offered_prices() -> list[OfferedPrice]:
    """Return the list prices of models that count, oldest first. One query."""
    columns = (
        "model__slug",
        "provider",
        "in_force_on",
        "input_usd_per_mtok",
        "output_usd_per_mtok",
        "source",
    )
    published = ListPrice.objects.filter(model__in=published_models().order_by())
    rows = published.order_by("in_force_on", "pk").values_list(*columns)
    return [
        OfferedPrice(model, provider, on, float(3 * given + taken) / 4, source)
        for model, provider, on, given, taken, source in rows
    ]
