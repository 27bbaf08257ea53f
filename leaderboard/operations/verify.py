"""Recompute a published estimate from the record as known then, and list the differences."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from evals.queries import lag_input
from leaderboard.comparisons import Comparison
from leaderboard.estimate_values import BenchmarkValues, CompositeValues, ReadingValues
from leaderboard.lag import METHOD_VERSION
from leaderboard.lag.report import compute_report
from leaderboard.lag.summary import summarise_lags
from leaderboard.models import LagEstimate
from leaderboard.operations.evidence import as_published
from leaderboard.operations.publish import RecordSnapshot, estimate_input, leader_best_lookup

TOLERANCE = 1e-9
SHOWN = 40
Plain = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Verification:
    """The result of a verification; without differences, the record reproduces the estimate."""

    estimate: LagEstimate
    data_hash: str
    differences: tuple[str, ...]

    @property
    def equal(self) -> bool:
        """Tell whether there are no differences."""
        return not self.differences


def verify(*, estimate_id: int) -> Verification:
    """Recompute an estimate from what was known when it was published. Raises LagEstimate.DoesNotExist."""
    estimate = LagEstimate.objects.select_related("benchmark").get(pk=estimate_id)
    with as_published(estimate):
        digest, values = _recomputed(estimate, RecordSnapshot.of(lag_input(), estimate.published_at))
    # A figure that newer estimates have in addition is not a difference.
    again = {name: value for name, value in _as_stored(values).items() if name in estimate.values}
    differences = list(_versions(estimate, digest)) + list(_different(estimate.values, again))
    if len(differences) > SHOWN:
        differences = [*differences[:SHOWN], f"... and {len(differences) - SHOWN} more differences."]
    return Verification(estimate, digest, tuple(differences))


def _recomputed(estimate: LagEstimate, known: RecordSnapshot) -> tuple[str, Plain]:
    """Return the hash of the input data and the values that the publisher would store."""
    comparison = Comparison.from_estimate(estimate)
    case = estimate_input(known, comparison)
    if case is None:
        return "nothing on record", {}
    if estimate.benchmark is None:
        lag_report = compute_report(case.data, comparison.pair, estimate.as_of)
        values = CompositeValues.of(lag_report, known.names).json
        return case.key["data_hash"], ReadingValues.serialise(lag_report)[
            estimate.reading
        ] if estimate.reading else values
    best = leader_best_lookup(known, comparison, estimate.as_of)
    summary = summarise_lags(case.data, comparison.pair, estimate.as_of, comparison.benchmark, best)
    lag = summary.benchmarks[comparison.benchmark]
    return case.key["data_hash"], BenchmarkValues.of(lag, known.names).json


def _as_stored(values: Plain) -> Plain:
    stored: Plain = json.loads(json.dumps(values))
    return stored


def _versions(estimate: LagEstimate, digest: str) -> Iterator[str]:
    if estimate.method_version != METHOD_VERSION:
        yield f"method: it was published by version {estimate.method_version}; this is {METHOD_VERSION}."
    if digest != estimate.data_hash:
        published = estimate.data_hash[:16]
        yield f"data: the published hash is {published}, the record of then gives {digest[:16]}."


def _different(published: Any, recomputed: Any, place: str = "") -> Iterator[str]:
    """Yield each value that differs, by its path in the values."""
    if isinstance(published, dict) and isinstance(recomputed, dict):
        for key in sorted(published.keys() | recomputed.keys()):
            yield from _different(published.get(key), recomputed.get(key), f"{place}.{key}".lstrip("."))
    elif isinstance(published, list) and isinstance(recomputed, list) and len(published) == len(recomputed):
        for number, (old, new) in enumerate(zip(published, recomputed, strict=True)):
            yield from _different(old, new, f"{place}[{number}]")
    elif not _same(published, recomputed):
        yield f"{place}: published {_short(published)}, recomputed {_short(recomputed)}."


def _same(published: Any, recomputed: Any) -> bool:
    numbers = isinstance(published, int | float) and isinstance(recomputed, int | float)
    if numbers and not isinstance(published, bool) and not isinstance(recomputed, bool):
        return bool(abs(published - recomputed) <= TOLERANCE * max(1.0, abs(published), abs(recomputed)))
    return bool(published == recomputed)


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}..."
