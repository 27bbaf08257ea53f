"""Reduce raw scores to one value per release and benchmark: variants, precedence, variance (METHOD §1)."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from leaderboard.lag.data import Benchmark, Dataset, Model, Provenance, Score, index_models

ITEMS_IF_UNKNOWN = 200
SE_FLOOR = 0.005


@dataclass(frozen=True, slots=True)
class Cell:
    """The one score of a release on a benchmark; `variance` is None where the scale has no ceiling."""

    model: Model
    benchmark: str
    value: float
    variance: float | None
    provenance: Provenance

    @property
    def vendor(self) -> bool:
        """Tell whether only the model's own developer vouches for the figure."""
        return self.provenance is Provenance.VENDOR


@dataclass(frozen=True, slots=True)
class SelectedScores:
    """The scores of one model on one benchmark that count, and their mean (METHOD §1.4).

    Repeats share their items: the variance of their mean is the mean variance, not divided by their number.
    A score without a standard error adds nothing to it.
    """

    scores: tuple[Score, ...]

    @property
    def value(self) -> float:
        """Return the mean of the scores."""
        return sum(score.value for score in self.scores) / len(self.scores)

    @property
    def stderr(self) -> float | None:
        """Return the standard error of the mean, from the scores that state one."""
        variance = _mean(None if score.se is None else score.se**2 for score in self.scores)
        return None if variance is None else math.sqrt(variance)

    @property
    def n(self) -> int | None:
        """Return the fewest items of a score."""
        return min((score.n for score in self.scores if score.n is not None), default=None)

    @property
    def provenance(self) -> Provenance:
        """Return where the scores come from, `measured` first where runs and imports are averaged."""
        return min((score.provenance for score in self.scores), key=list(Provenance).index)

    def variance(self, benchmark: Benchmark) -> float | None:
        """Return the variance of the mean on the benchmark's scale, estimated where no error is stated."""
        return _mean(score_variance(score, benchmark) for score in self.scores)


def select_scores(scores: Collection[Score]) -> SelectedScores:
    """Select runs before independent reports, and those before the developer's own (METHOD §1.4).

    Raises ValueError where there is no score.
    """
    if not scores:
        raise ValueError("A model without scores on a benchmark has no value there.")
    best = min(score.provenance.rank for score in scores)
    # Sorted, so that the order of rows cannot change the last digit of a sum.
    return SelectedScores(tuple(sorted((s for s in scores if s.provenance.rank == best), key=_order)))


def _order(score: Score) -> tuple[float, float, int]:
    return score.value, score.se or 0.0, score.n or 0


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def score_variance(score: Score, benchmark: Benchmark) -> float | None:
    """Return the variance of a score in the benchmark's own unit squared (METHOD §1.5).

    Known standard error: max(se, 0.005)^2. Otherwise smoothed binomial, p~ = (n y + 1)/(n + 2), p~(1 - p~)/n,
    with n the score's items, else the benchmark's, else 200, and the same floor. Both are for a ceiling of 1
    and are scaled to other ceilings. Where there is no ceiling, only a stated standard error counts.
    """
    scale = benchmark.ceiling
    if score.se is not None:
        return float(max(score.se, SE_FLOOR * (scale or 0.0)) ** 2)
    if scale is None:
        return None
    n = score.n or benchmark.n or ITEMS_IF_UNKNOWN
    p = (n * min(max(score.value / scale, 0.0), 1.0) + 1) / (n + 2)
    return float(max(p * (1 - p) / n, SE_FLOOR**2) * scale**2)


def released_by(data: Dataset, as_of: date) -> Dataset:
    """Leave out every model whose point date is after `as_of`, with its scores."""
    models = tuple(model for model in data.models if model.released_on <= as_of)
    known = {model.id for model in models}
    return replace(data, models=models, scores=tuple(score for score in data.scores if score.model in known))


def representatives(models: Iterable[Model], scores: Iterable[Score]) -> tuple[Model, ...]:
    """Choose one variant of each release without looking at score values (METHOD §1.3).

    Highest effort, then most benchmarks scored, then smallest id. Sorted by id.
    """
    scored = Counter(model for model, _ in {(score.model, score.benchmark) for score in scores})
    chosen: dict[str, Model] = {}
    for model in sorted(models, key=lambda m: (-m.effort_rank, -scored[m.id], m.id)):
        chosen.setdefault(model.release, model)
    return tuple(sorted(chosen.values(), key=lambda m: m.id))


def cells(data: Dataset, as_of: date) -> tuple[Cell, ...]:
    """Return one cell per release and benchmark as known on `as_of`, sorted by benchmark and model id."""
    known = released_by(data, as_of)
    models = index_models(representatives(known.models, known.scores))
    benchmarks = {benchmark.id: benchmark for benchmark in known.benchmarks}
    raw: dict[tuple[str, str], list[Score]] = defaultdict(list)
    for score in known.scores:
        if score.model in models:
            raw[score.benchmark, score.model].append(score)
    return tuple(_cell(raw[key], models[key[1]], benchmarks[key[0]]) for key in sorted(raw))


def _cell(scores: list[Score], model: Model, benchmark: Benchmark) -> Cell:
    selected = select_scores(scores)
    variance = selected.variance(benchmark)
    return Cell(model, benchmark.id, selected.value, variance, selected.provenance)


def by_benchmark(cells: Iterable[Cell]) -> Mapping[str, tuple[Cell, ...]]:
    """Group cells by benchmark id."""
    groups: dict[str, list[Cell]] = defaultdict(list)
    for cell in cells:
        groups[cell.benchmark].append(cell)
    return {key: tuple(group) for key, group in groups.items()}
