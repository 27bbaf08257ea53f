"""Two to six models side by side: shared benchmarks, differences from the first, head to head."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import combinations

from evals import queries as record
from evals.models import Benchmark, ListPrice, Model
from evals.queries import ScoredRun
from leaderboard import queries
from leaderboard.lag.paired import Difference, compare_by_item, compare_scores
from leaderboard.lag.score_selection import SelectedScores

MIN_MODELS, MAX_MODELS = 2, 6
Cells = Mapping[tuple[str, str], SelectedScores]
Marks = Mapping[int, Mapping[tuple[int, str], float]]


@dataclass(frozen=True, slots=True)
class ModelDifference:
    """The difference of a model from the first on a benchmark; by item if it has `runs`."""

    model: Model
    cell: SelectedScores | None
    difference: Difference | None
    runs: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class SharedBenchmark:
    """A benchmark on which at least two of the models have a score."""

    benchmark: Benchmark
    first: SelectedScores | None
    others: tuple[ModelDifference, ...]


@dataclass(frozen=True, slots=True)
class HeadToHead:
    """The number of shared benchmarks on which each of two models is better, also beyond the interval."""

    first: Model
    second: Model
    shared: int
    first_better: int
    second_better: int
    first_decided: int
    second_decided: int


@dataclass(frozen=True, slots=True)
class ModelPrice:
    """A model with its list price in force."""

    model: Model
    price: ListPrice | None

    @property
    def blended(self) -> Decimal | None:
        """Return the blended price in USD per million tokens."""
        return blend_price(self.price) if self.price else None


@dataclass(frozen=True, slots=True)
class ModelComparison:
    """The content of the page."""

    models: tuple[ModelPrice, ...]
    benchmarks: tuple[SharedBenchmark, ...]
    pairs: tuple[HeadToHead, ...]


def parse_slugs(text: str) -> list[str]:
    """Return the distinct slugs of a comma-separated parameter, in order."""
    return list(dict.fromkeys(slug.strip() for slug in text.split(",") if slug.strip()))


def blend_price(price: ListPrice) -> Decimal:
    """Return the price in USD per million tokens, three of input to one of output."""
    return (3 * price.input_usd_per_mtok + price.output_usd_per_mtok) / 4


def compare_models(slugs: Sequence[str], *, on: date) -> ModelComparison:
    """Compare models in the given order, with the prices in force on a day. Six queries."""
    by_slug = {model.slug: model for model in record.models().filter(slug__in=slugs)}
    models = [by_slug[slug] for slug in slugs]
    cells = queries.selected_scores(models=slugs)
    shared = _shared(cells, slugs)
    items = _Items.of(record.scored_runs(models=slugs))
    prices = {price.model_id: price for price in record.list_prices(in_force_on=on).filter(model__in=models)}
    return ModelComparison(
        models=tuple(ModelPrice(model, prices.get(model.pk)) for model in models),
        benchmarks=tuple(_row(benchmark, models, cells, items) for benchmark in shared),
        pairs=tuple(_head_to_head(a, b, shared, cells, items) for a, b in combinations(models, 2)),
    )


def _shared(cells: Cells, slugs: Sequence[str]) -> list[Benchmark]:
    held: dict[str, int] = {}
    for _, benchmark in cells:
        held[benchmark] = held.get(benchmark, 0) + 1
    wanted = [slug for slug, n in held.items() if n >= MIN_MODELS]
    benchmarks = record.benchmarks().filter(slug__in=wanted)
    return sorted(benchmarks, key=lambda row: (row.kind != "index", -held[row.slug], row.name.lower()))


@dataclass(frozen=True, slots=True)
class _Items:
    """The runs that have samples, and the marks of the tasks that several runs share."""

    runs: Mapping[tuple[str, str], tuple[ScoredRun, ...]]
    marks: Marks

    @classmethod
    def of(cls, runs: Sequence[ScoredRun]) -> _Items:
        by_place: dict[tuple[str, str], tuple[ScoredRun, ...]] = {}
        for run in runs:
            place = run.model, run.benchmark
            by_place[place] = (*by_place.get(place, ()), run)
        several = {run.task_id for run in runs if sum(run.task_id == other.task_id for other in runs) > 1}
        return cls(by_place, record.item_scores([run for run in runs if run.task_id in several]))

    def pair(self, first: str, second: str, benchmark: str) -> tuple[Difference, tuple[int, int]] | None:
        """Return the difference over the items that both answered in one task, and the two runs."""
        for mine in self.runs.get((first, benchmark), ()):
            for theirs in self.runs.get((second, benchmark), ()):
                if mine.task_id == theirs.task_id:
                    both = self._both(mine.run_id, theirs.run_id)
                    difference = compare_by_item([a for a, _ in both], [b for _, b in both])
                    if difference:
                        return difference, (mine.run_id, theirs.run_id)
        return None

    def _both(self, first: int, second: int) -> list[tuple[float, float]]:
        mine, theirs = self.marks.get(first, {}), self.marks.get(second, {})
        return [(mark, theirs[item]) for item, mark in mine.items() if item in theirs]


def _row(benchmark: Benchmark, models: Sequence[Model], cells: Cells, items: _Items) -> SharedBenchmark:
    def against(model: Model) -> ModelDifference:
        cell = cells.get((model.slug, benchmark.slug))
        difference = _difference(models[0], model, benchmark, cells, items)
        return ModelDifference(model, cell, *(difference or (None, None)))

    first = cells.get((models[0].slug, benchmark.slug))
    return SharedBenchmark(benchmark, first, tuple(against(model) for model in models[1:]))


def _difference(
    first: Model, second: Model, benchmark: Benchmark, cells: Cells, items: _Items
) -> tuple[Difference, tuple[int, int] | None] | None:
    """Return the second less the first: by item if both have runs of one task, else from the two scores."""
    by_item = items.pair(second.slug, first.slug, benchmark.slug)
    if by_item:
        return by_item[0], (by_item[1][1], by_item[1][0])
    mine, theirs = (cells.get((model.slug, benchmark.slug)) for model in (second, first))
    if mine is None or theirs is None:
        return None
    return compare_scores(mine.value, _se(mine, benchmark), theirs.value, _se(theirs, benchmark)), None


def _se(cell: SelectedScores, benchmark: Benchmark) -> float | None:
    """Return the standard error of a cell: its own, else that of a smoothed proportion (METHOD §1.5)."""
    if cell.stderr is not None:
        return cell.stderr
    n = cell.n or benchmark.items
    if benchmark.unit != "fraction" or not n or not 0 <= cell.value <= 1:
        return None
    p = (n * cell.value + 1) / (n + 2)
    return math.sqrt(p * (1 - p) / n)


def _head_to_head(
    first: Model, second: Model, shared: Sequence[Benchmark], cells: Cells, items: _Items
) -> HeadToHead:
    gains = list(_gains(first, second, shared, cells, items))
    return HeadToHead(
        first=first,
        second=second,
        shared=len(gains),
        first_better=sum(gain > 0 for gain, _ in gains),
        second_better=sum(gain < 0 for gain, _ in gains),
        first_decided=sum(gain > 0 and decided for gain, decided in gains),
        second_decided=sum(gain < 0 and decided for gain, decided in gains),
    )


def _gains(
    first: Model, second: Model, shared: Sequence[Benchmark], cells: Cells, items: _Items
) -> Iterator[tuple[float, bool]]:
    """Yield the first's gain on each shared test, and whether its interval excludes zero."""
    for benchmark in shared:
        difference = _difference(second, first, benchmark, cells, items)
        if difference and benchmark.kind == Benchmark.Kind.TEST:
            turned = benchmark.direction == Benchmark.Direction.LOWER
            yield (-difference[0].value if turned else difference[0].value), difference[0].is_decided
