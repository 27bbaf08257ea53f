"""Collect the figures of a file in the units of the record, one per model, benchmark and publication."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from evals.catalogue.duplicates import normalised, stem_of
from evals.catalogue.plausibility import ScoreBounds
from evals.imports.agents import is_standard, preference
from evals.imports.formats import Format
from evals.imports.metrics import family, words_of
from evals.imports.rows import InvalidCell, Row, Scale
from evals.models import Alias, Benchmark, Score
from evals.operations.imports.aliases import KnownSpellings, confirmed_units

FRACTION = "fraction"
Key = tuple[int, int, str, str, str]
"""Model, benchmark, provenance, reporter and publication."""


@dataclass(slots=True)
class ImportedFigure:
    """A row of the file as a figure of the record.

    `partial_of` is the number of items of the benchmark if the figure is over a part of them. `reason` is
    why another figure of the same key was chosen, empty if it is only a repetition.
    """

    line: int
    value: float
    stderr: float | None
    n: int | None
    observed_on: date
    source: str
    licence: str
    reporter_is_stated: bool
    form: str = ""
    file: str = ""
    agent: str = ""
    metric: str = ""
    title: str = ""
    states_metric: bool = False
    partial_of: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class PublicationSource:
    """The source of the figures of a file that name none."""

    format: Format
    file: str
    retrieved_on: date

    def text_of(self, row: Row) -> str:
        """Return a row's source: edition and agent in brackets, then the address and a remark."""
        if row.source and not row.agent:
            return row.source
        agent = f"agent {row.agent.replace('(', '').replace(')', '').replace(';', ',')}" if row.agent else ""
        if row.source:
            return _with_agent(row.source, agent)
        address = f", {self.format.url}" if self.format.url else ""
        edition = ", ".join(filter(None, (f"{self.file} of {self.retrieved_on}", agent)))
        source = f"{self.format.publication} ({edition}){address}"
        return f"{source}; {row.remark}" if row.remark else source


@dataclass(frozen=True, slots=True)
class ScoreScale:
    """How a benchmark is scored: its unit, its bounds, its number of items, metric and direction."""

    unit: str
    bounds: ScoreBounds
    items: int | None
    metric: str
    direction: str


class UnknownName(Exception):
    """A row with names that nobody has confirmed: kinds of alias and spellings."""

    def __init__(self, names: list[tuple[str, str]], *, ignored: bool = False) -> None:
        super().__init__()
        self.names = names
        self.ignored = ignored


class NotTheScore(Exception):
    """A figure that is not the benchmark's score."""


class Figures:
    """The figures of a file by key; of several, the one that the rules choose."""

    def __init__(self, source: PublicationSource) -> None:
        self.source = source
        self.chosen: dict[Key, ImportedFigure] = {}
        self.models, self.benchmarks = KnownSpellings(Alias.Kind.MODEL), KnownSpellings(Alias.Kind.BENCHMARK)
        self.units = confirmed_units()
        self._ambiguous: dict[Key, set[str]] = defaultdict(set)
        columns = ("id", "unit", "chance", "ceiling", "items", "metric", "direction")
        self.scales = {
            pk: ScoreScale(unit, ScoreBounds(chance, ceiling), items, metric, direction)
            for pk, unit, chance, ceiling, items, metric, direction in Benchmark.objects.values_list(*columns)
        }

    def __len__(self) -> int:
        return len(self.chosen)

    def add(self, row: Row) -> ImportedFigure | None:
        """Add a row's figure; return the figure that was superseded, by it or instead of it.

        Raises UnknownName, NotTheScore, and ValueError if the figure is impossible.
        """
        model, benchmark, states_metric = self._identify(row)
        scales = self.scales[benchmark]
        _check_metric(row, scales, states_metric=states_metric)
        value, stderr = self._in_unit(row, scales)
        source = self.source.text_of(row)
        figure = ImportedFigure(
            line=row.line,
            value=value,
            stderr=stderr,
            n=row.n,
            observed_on=row.observed_on or self.source.retrieved_on,
            source=sys.intern(source),
            licence=sys.intern(row.licence or self.source.format.licence),
            reporter_is_stated=bool(row.reported_by),
            form=row.form,
            file=row.file,
            agent=row.agent,
            metric=row.metric,
            title=row.title if row.metric else "",
            states_metric=states_metric or _same_metric(row.metric, scales.metric),
            partial_of=_partial_of(row, scales.items),
        )
        reporter = row.reported_by or Score.ReportedBy.INDEPENDENT.value
        return self._choose((model, benchmark, row.provenance, reporter, sys.intern(stem_of(source))), figure)

    def drop_ambiguous(self) -> Iterator[UnknownName]:
        """Drop figures in several metrics, of which any can be the score, and yield the questions."""
        for key, spellings in self._ambiguous.items():
            del self.chosen[key]
            yield from (
                UnknownName([(Alias.Kind.BENCHMARK.value, spelling)]) for spelling in sorted(spellings)
            )

    def _identify(self, row: Row) -> tuple[int, int, bool]:
        """Return the model, the benchmark, and whether a person confirmed the benchmark with its metric."""
        with_metric = f"{row.title}, {row.metric}" if row.metric else ""
        model = self.models.meant(row.model)
        benchmark = self.benchmarks.meant(with_metric) if with_metric else None
        states_metric = benchmark is not None
        benchmark = benchmark if states_metric else self.benchmarks.meant_in(row.dataset, row.benchmark)
        if self.models.is_ignored(row.model) or self.benchmarks.is_ignored(with_metric):
            raise UnknownName([], ignored=True)
        if self.benchmarks.is_ignored(row.title) and not states_metric:
            raise UnknownName([], ignored=True)
        if model is None or benchmark is None:
            names = [(Alias.Kind.MODEL.value, row.model)] if model is None else []
            raise UnknownName(
                [*names, *([(Alias.Kind.BENCHMARK.value, row.title)] if benchmark is None else [])]
            )
        return model, benchmark, states_metric

    def _in_unit(self, row: Row, scales: ScoreScale) -> tuple[float, float | None]:
        """Return a row's value and standard error in the benchmark's unit."""
        factor, start = 1.0, 0.0
        if row.scale == Scale.ABOVE_CHANCE:
            if scales.bounds.chance is None or scales.bounds.ceiling is None:
                raise ValueError("the benchmark has no chance level and ceiling to undo the scaling with")
            factor, start = scales.bounds.ceiling - scales.bounds.chance, scales.bounds.chance
        elif scales.unit == FRACTION and self._is_percent(row):
            factor = 0.01
        value = start + row.value * factor
        if refusal := scales.bounds.refusal(value):
            raise ValueError(f"the value {refusal}")
        return value, None if row.stderr is None else row.stderr * factor

    def _is_percent(self, row: Row) -> bool:
        if row.scale != Scale.UNKNOWN:
            return row.scale == Scale.PERCENT
        unit = self.units.get(normalised(row.unit_of))
        if unit is None:
            raise UnknownName([(Alias.Kind.UNIT.value, row.unit_of)])
        if not unit:
            raise UnknownName([], ignored=True)
        return unit == Alias.Unit.PERCENT

    def _choose(self, key: Key, figure: ImportedFigure) -> ImportedFigure | None:
        other = self.chosen.setdefault(key, figure)
        if other is figure:
            return None
        if other.states_metric != figure.states_metric or _comparable(other.metric, figure.metric):
            better, worse = _ordered(other, figure)
            self.chosen[key] = better
            if better.states_metric:
                self._ambiguous.pop(key, None)
            return worse
        self._ambiguous[key] |= {f"{each.title}, {each.metric}" for each in (other, figure)}
        return None


def _ordered(first: ImportedFigure, second: ImportedFigure) -> tuple[ImportedFigure, ImportedFigure]:
    """Return the figure that counts and the other one, with the reason where it is a rule."""
    if first.states_metric != second.states_metric:
        better, worse = (first, second) if first.states_metric else (second, first)
        worse.reason = f"{worse.metric or 'it'} is not the benchmark's metric"
    elif bool(first.partial_of) != bool(second.partial_of):
        better, worse = (first, second) if not first.partial_of else (second, first)
        worse.reason = "the file has the model's score over more items"
    elif first.agent or second.agent:
        better, worse = sorted((first, second), key=_agent_order, reverse=True)
        why = "runs every model" if is_standard(better.agent) else "has the highest figure"
        worse.reason = f"agent {worse.agent}: {better.agent} counts for this model, because it {why}"
    else:
        better, worse = (second, first) if first.observed_on <= second.observed_on else (first, second)
    return better, worse


def _agent_order(figure: ImportedFigure) -> tuple[bool, float, date, str]:
    return preference(figure.agent, figure.value, figure.observed_on)


def _with_agent(source: str, agent: str) -> str:
    """Return a source with the agent in brackets, so that it stays the same publication."""
    head, bracket, tail = source.partition(" (")
    return f"{head} ({agent}, {tail}" if bracket else f"{head} ({agent})"


def _comparable(metric: str, other: str) -> bool:
    return not metric or not other or words_of(metric) == words_of(other)


def _same_metric(metric: str, of_benchmark: str) -> bool:
    return bool(metric) and words_of(metric) == words_of(of_benchmark)


def _check_metric(row: Row, scales: ScoreScale, *, states_metric: bool) -> None:
    """Check that a figure is in the benchmark's metric. Raises NotTheScore."""
    if row.lower_is_better is not None and row.lower_is_better != (
        scales.direction == Benchmark.Direction.LOWER
    ):
        kind = "an error rate, lower is better" if row.lower_is_better else "higher is better"
        raise NotTheScore(f"{row.title}, {row.metric or 'the metric'} is not the score: {kind}")
    if not row.metric or states_metric:
        return
    mine, theirs = family(row.metric), family(scales.metric)
    if mine and theirs and mine != theirs:
        raise NotTheScore(f"{row.title}: {row.metric} is not the benchmark's metric, {scales.metric}")


def _partial_of(row: Row, items: int | None) -> int | None:
    """Return how many items the benchmark has if the figure is over fewer. Raises InvalidCell if unknown.

    The file's own number counts, where it states one.
    """
    whole = row.items or items
    if row.limited and (whole is None or row.n is None):
        raise InvalidCell(
            "the run had a limit, and neither the file nor the record states how many items there are"
        )
    return whole if whole is not None and row.n is not None and row.n < whole else None
