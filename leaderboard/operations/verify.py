"""Recompute a published estimate from the record as it was known then, and say what differs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from evals import models as record
from evals.queries import known_before, lag_input
from leaderboard.lag import METHOD_VERSION
from leaderboard.lag.data import Dataset
from leaderboard.lag.summary import summarise
from leaderboard.models import LagEstimate
from leaderboard.operations.lag_data import PAIR, bounded_tests, data_hash, dataset, only
from leaderboard.operations.publish import composite_values, values_of

TICK = timedelta(microseconds=1)
TOLERANCE = 1e-9
SHOWN = 40
Plain = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Verification:
    """What came of it; without differences the estimate is what the record gives."""

    estimate: LagEstimate
    data_hash: str
    differences: tuple[str, ...]

    @property
    def equal(self) -> bool:
        """Tell whether nothing differs."""
        return not self.differences


def verify(*, estimate_id: int) -> Verification:
    """Recompute an estimate from what was known when it was published; raises LagEstimate.DoesNotExist."""
    estimate = LagEstimate.objects.select_related("benchmark").get(pk=estimate_id)
    with known_before(estimate.published_at + TICK):
        found = lag_input()
    names = {model.slug: model.name for model in found.models}
    data, values = _recomputed(estimate, dataset(found), names)
    told = list(_versions(estimate, data)) + list(_different(estimate.values, _as_stored(values)))
    if len(told) > SHOWN:
        told = [*told[:SHOWN], f"... and {len(told) - SHOWN} more differences."]
    return Verification(estimate, data_hash(data), tuple(told))


def _recomputed(estimate: LagEstimate, data: Dataset, names: dict[str, str]) -> tuple[Dataset, Plain]:
    benchmark: record.Benchmark | None = estimate.benchmark
    if benchmark is None:
        whole = bounded_tests(data)
        return whole, composite_values(whole, estimate.as_of, names)
    scale = next((row for row in data.benchmarks if row.id == benchmark.slug), None)
    if scale is None:
        return Dataset((), (), ()), {}
    summary = summarise(data, PAIR, estimate.as_of, benchmark.slug)
    return only(data, scale), values_of(summary, summary.benchmarks[benchmark.slug], names)


def _as_stored(values: Plain) -> Plain:
    stored: Plain = json.loads(json.dumps(values))
    return stored


def _versions(estimate: LagEstimate, data: Dataset) -> Iterator[str]:
    if estimate.method_version != METHOD_VERSION:
        yield f"method: it was published by version {estimate.method_version}; this is {METHOD_VERSION}."
    if (found := data_hash(data)) != estimate.data_hash:
        yield f"data: the published hash is {estimate.data_hash[:16]}, the record of then gives {found[:16]}."


def _different(published: Any, found: Any, place: str = "") -> Iterator[str]:
    """Name each value that is not the same, by its place in the values."""
    if isinstance(published, dict) and isinstance(found, dict):
        for key in sorted(published.keys() | found.keys()):
            yield from _different(published.get(key), found.get(key), f"{place}.{key}".lstrip("."))
    elif isinstance(published, list) and isinstance(found, list) and len(published) == len(found):
        for number, (one, other) in enumerate(zip(published, found, strict=True)):
            yield from _different(one, other, f"{place}[{number}]")
    elif not _same(published, found):
        yield f"{place}: published {_short(published)}, recomputed {_short(found)}."


def _same(one: Any, other: Any) -> bool:
    numbers = isinstance(one, int | float) and isinstance(other, int | float)
    if numbers and not isinstance(one, bool) and not isinstance(other, bool):
        return bool(abs(one - other) <= TOLERANCE * max(1.0, abs(one), abs(other)))
    return bool(one == other)


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}..."
