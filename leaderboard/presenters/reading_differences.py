"""Why published lags differ: one record under each reading, attribution, set of benchmarks and day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from statistics import median
from typing import Any

from evals import queries as record
from evals.models import Claim
from leaderboard import queries
from leaderboard.comparisons import Comparison
from leaderboard.estimate_values import BenchmarkValues, ReadingValues
from leaderboard.lag.readings import READINGS
from leaderboard.models import Attribution, LagEstimate
from leaderboard.operations.publish import composite_only_comparisons
from leaderboard.presenters.comparison_figures import (
    LagFigure,
    composite_figures,
    read_frontiers,
    reading_figure,
)

OUR_READINGS = ("catchup", "standing")
READING_ORDER = (*OUR_READINGS, *(name for name in READINGS if name not in OUR_READINGS))
TOLERANCES = ("0", "0.5", "1", "2", "3")
USUAL_TOLERANCE = "1"
INDEX = Comparison(benchmarks=(queries.HEADLINE_BENCHMARK,))
CLAIMS_ABOUT = {"leader": "US", "follower": "China"}
NEAREST_READINGS = (("epoch-us-china", "epoch_daily"),)
"""Claims with a known rule; the others state how far behind the follower is."""


@dataclass(frozen=True)
class DataChoice:
    """One choice of the data, with the lag by each reading."""

    key: str
    comparison: Comparison
    estimate_id: int
    as_of: Any
    figures: dict[str, LagFigure]


@dataclass(frozen=True)
class ScoreGap:
    """The leader's best score over the follower's, in percent of the follower's."""

    on_index: float | None
    median: float | None
    n: int


@dataclass(frozen=True)
class ReadingDifferences:
    """The lags by choice of data, and the claims by their nearest reading."""

    columns: list[DataChoice]
    gap: ScoreGap
    claims: dict[str, list[Claim]]

    @property
    def ends(self) -> tuple[float, float] | None:
        """Return the smallest and the largest lag."""
        lags = [figure.interval.median for choice in self.columns for figure in choice.figures.values()]
        known = [months for months in lags if months is not None]
        return (min(known), max(known)) if known else None


def compare_readings(*, today: date, tolerance: str = USUAL_TOLERANCE) -> ReadingDifferences:
    """Return every published lag of China; `tolerance` is in points of Epoch's index."""
    lags = queries.published_lags()
    index = next((lag for lag in lags if lag.benchmark and lag.benchmark.slug == INDEX.benchmark), None)
    columns = list(_composites(today))
    if index is not None:
        columns.append(_of_index(index, float(tolerance)))
    claims: dict[str, list[Claim]] = {}
    for claim in record.claims(**CLAIMS_ABOUT):
        if claim.lag_months_low is not None or claim.lag_months_high is not None:
            claims.setdefault(nearest_reading(claim), []).append(claim)
    return ReadingDifferences(columns, _gap(lags, index), claims)


def nearest_reading(claim: Claim) -> str:
    """Return the reading that is nearest to the rule of a claim."""
    return next((reading for start, reading in NEAREST_READINGS if claim.slug.startswith(start)), "standing")


def _key(comparison: Comparison) -> str:
    on = comparison.on.isoformat() if comparison.on else ""
    rule = "" if comparison.attribution == Attribution.HEADQUARTERS else comparison.attribution
    return on or comparison.visibility or rule or "all"


def _composites(today: date) -> Iterator[DataChoice]:
    by_rule: dict[tuple[str, str], dict[str, queries.CompositeReading]] = {}
    for row in queries.composite_readings(
        scopes=[comparison.scope for comparison in composite_only_comparisons(today)]
    ):
        by_rule.setdefault((row.attribution, row.scope), {})[row.reading] = row
    columns = []
    for rows in by_rule.values():
        if "" not in rows:
            continue
        own = rows[""]
        comparison = own.comparison
        figures = {figure.reading: figure for figure in composite_figures(own.figures)}
        for name in READING_ORDER[len(OUR_READINGS) :]:
            figures[name] = reading_figure(name, rows[name].lag if name in rows else ReadingValues())
        columns.append(DataChoice(_key(comparison), comparison, own.pk, own.as_of, figures))
    order = ["all", *Attribution.values, "public", "private", "partial"]
    yield from sorted(
        columns, key=lambda choice: (order.index(choice.key) if choice.key in order else 99, choice.key)
    )


def _of_index(index: LagEstimate, tolerance: float) -> DataChoice:
    figures = {name: read_frontiers(index, name, tolerance) for name in READING_ORDER}
    return DataChoice("index", INDEX, index.pk, index.as_of, figures)


def _gap(lags: list[LagEstimate], index: LagEstimate | None) -> ScoreGap:
    gaps = [gap for lag in lags if lag is not index and (gap := _percent(lag)) is not None]
    return ScoreGap(_percent(index) if index else None, median(gaps) if gaps else None, len(gaps))


def _percent(lag: LagEstimate) -> float | None:
    values = BenchmarkValues(lag.values)
    gap, records = values.standing.gap, values.records("follower")
    if gap is None or not records or records[-1].level <= 0:
        return None
    return 100.0 * gap / records[-1].level
