"""Assign models to cohorts by their facts, and filter them by price (METHOD §8)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from leaderboard.lag.data import Dataset, Model, Precision
from leaderboard.lag.io.rows import normalise_cohort

GROUPINGS = ("country", "openness", "developer", "size", "base_country", "host_country", "language", "domain")


def group_models(data: Dataset, by: str) -> Dataset:
    """Assign every model to the cohort that one of its facts names; without the fact, to none.

    Raises ValueError for an unknown fact, and where no model states it.
    """
    if by not in GROUPINGS:
        raise ValueError(f"models cannot be grouped by {by!r}; allowed: {', '.join(GROUPINGS)}")
    if not any(model.facts.get(by) for model in data.models):
        raise ValueError(f"no model states its {by}; add the field {by!r} to the models")
    return _with(data, lambda model: replace(model, cohort=normalise_cohort(model.facts.get(by, ""))))


def split_cohorts(
    data: Dataset, follower: Callable[[Model], bool], leader: Callable[[Model], bool], names: tuple[str, str]
) -> Dataset:
    """Assign models to two cohorts by two filters; one that passes both, or none, is in neither."""

    def assign(model: Model) -> Model:
        mine, theirs = follower(model), leader(model)
        return replace(model, cohort="" if mine == theirs else names[0] if mine else names[1])

    return _with(data, assign)


def filter_benchmarks(data: Dataset, keep: Callable[[str], bool]) -> Dataset:
    """Keep the benchmarks whose id passes, with their scores."""
    benchmarks = tuple(b for b in data.benchmarks if keep(b.id))
    return replace(data, benchmarks=benchmarks, scores=tuple(s for s in data.scores if keep(s.benchmark)))


def filter_by_price(data: Dataset, limit: float) -> Dataset:
    """Keep the models that were ever offered at a price limit or less, dated by the first such day.

    `limit` is in USD per million tokens, blended 3 input : 1 output. Models of unknown price are dropped.
    Raises ValueError where no model is left.
    """
    dated = {model.id: find_affordable_day(model, limit) for model in data.models}
    kept = tuple(
        model if on == model.released_on else replace(model, released_on=on, precision=Precision.DAY)
        for model in data.models
        if (on := dated[model.id]) is not None
    )
    if not kept:
        raise ValueError(f"no model was offered at {limit:g} USD per million tokens or less")
    names = {model.id for model in kept}
    return replace(data, models=kept, scores=tuple(s for s in data.scores if s.model in names))


def find_affordable_day(model: Model, limit: float) -> date | None:
    """Return the first day on which a model cost `limit` or less, None if it never did."""
    days = [on for on, price in model.price_cuts if price <= limit]
    if model.price is not None and model.price <= limit:
        days.append(model.released_on)
    return max(min(days), model.released_on) if days else None


def _with(data: Dataset, change: Callable[[Model], Model]) -> Dataset:
    return replace(data, models=tuple(change(model) for model in data.models))
