"""Compare the figures of a file with the record, and say which rows are rejected."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from evals.catalogue.dates import Doubt, Release, before_namesake, doubts_against_record
from evals.catalogue.duplicates import stem_of
from evals.catalogue.plausibility import ScoreBounds
from evals.imports.bundle import Bundle
from evals.imports.formats import Format
from evals.imports.rows import EmptyRow, RejectedRow, Row, Scale, Unreadable
from evals.models import Alias, Benchmark, Model, Provenance, Score
from evals.operations.catalogue.corrections import disproved_values
from evals.operations.imports.aliases import KnownSpellings

MOST_FIGURES = 1_000_000
VALUE_TOLERANCE = 1e-6  # the catalogue writes six decimals, and four of a standard error
STDERR_TOLERANCE = 1e-4
Key = tuple[int, int, str, str, str]


@dataclass(slots=True)
class ImportedFigure:
    """A row of the file as a figure of the record."""

    line: int
    value: float
    stderr: float | None
    n: int | None
    observed_on: date
    source: str
    licence: str
    reporter_is_told: bool
    form: str = ""


@dataclass(frozen=True, slots=True)
class RecordedFigure:
    """A figure as it is on record."""

    pk: int
    value: float
    stderr: float | None
    n: int | None
    observed_on: date | None
    form: str


@dataclass(slots=True)
class ImportPlan:
    """All that an import would do; `figures` are those that are new or changed."""

    format: Format
    retrieved_on: date
    counts: Counter[str] = field(default_factory=Counter)
    new: dict[Key, ImportedFigure] = field(default_factory=dict)
    changed: dict[Key, tuple[RecordedFigure, ImportedFigure]] = field(default_factory=dict)
    rejected: list[tuple[int, str]] = field(default_factory=list)
    unknown: dict[str, Counter[str]] = field(default_factory=dict)
    doubts: list[Doubt] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        """Whether every row of the file would go in."""
        return not self.counts["rejected"] and not self.counts["unknown"]


def _in_unit(row: Row, unit: str, bounds: ScoreBounds) -> tuple[float, float | None]:
    """Return a row's value and standard error in its benchmark's unit; raise ValueError if impossible."""
    scale, start = _scale(row, unit, bounds)
    value = start + row.value * scale
    if refusal := bounds.refusal(value):
        raise ValueError(f"the value {refusal}")
    return value, None if row.stderr is None else row.stderr * scale


def _scale(row: Row, unit: str, bounds: ScoreBounds) -> tuple[float, float]:
    """Return the factor and the offset of a value."""
    if row.scale == Scale.ABOVE_CHANCE:
        if bounds.chance is None or bounds.ceiling is None:
            raise ValueError("the benchmark has no chance level and ceiling to undo the scaling with")
        return bounds.ceiling - bounds.chance, bounds.chance
    percent = row.scale == Scale.PERCENT or (row.scale == Scale.EITHER and row.value > 1)
    return (0.01 if percent and unit == "fraction" else 1.0), 0.0


def plan_import(*, bundle: Bundle, found_format: Format, retrieved_on: date) -> ImportPlan:
    """Read a file to its end and hold it against the record; nothing is written."""
    reading = _Reading(found_format, bundle.path.name, retrieved_on)
    for row in found_format.read(bundle):
        reading.take(row)
    return reading.plan_against_record()


class _Reading:
    """The reading of one file: its figures by key, and the plan they make."""

    def __init__(self, found_format: Format, file: str, retrieved_on: date) -> None:
        self.plan = ImportPlan(found_format, retrieved_on)
        self.plan.unknown = {kind.value: Counter() for kind in Alias.Kind}
        self.figures: dict[Key, ImportedFigure] = {}
        self.releases: dict[str, Release] = {}
        self.retrieved_on = retrieved_on
        address = f", {found_format.url}" if found_format.url else ""
        self.source = f"{found_format.publication} ({file} of {retrieved_on}){address}"
        self.models, self.benchmarks = KnownSpellings(Alias.Kind.MODEL), KnownSpellings(Alias.Kind.BENCHMARK)
        scales = Benchmark.objects.values_list("id", "unit", "chance", "ceiling")
        self.scales = {pk: (unit, ScoreBounds(chance, ceiling)) for pk, unit, chance, ceiling in scales}

    def take(self, row: Row | RejectedRow | EmptyRow) -> None:
        """Count a row, and keep its figure where it has one that can be true."""
        self.plan.counts["rows"] += 1
        if isinstance(row, EmptyRow):
            self.plan.counts["empty"] += 1
        elif isinstance(row, RejectedRow):
            self._reject(row.line, row.reason)
        elif len(self.figures) >= MOST_FIGURES:
            raise Unreadable(f"The file holds more than {MOST_FIGURES:,} figures; give it in parts.")
        else:
            self._take_figure(row)

    def _take_figure(self, row: Row) -> None:
        if row.released_on:
            self.releases.setdefault(row.model, Release(row.model, row.developer, row.released_on))
        model, benchmark = self.models.meant(row.model), self.benchmarks.meant(row.benchmark)
        if model is None or benchmark is None:
            self._pass_over(row, model, benchmark)
            return
        try:
            value, stderr = _in_unit(row, *self.scales[benchmark])
        except ValueError as error:
            self._reject(row.line, str(error))
            return
        source = row.source or (f"{self.source}; {row.remark}" if row.remark else self.source)
        licence = sys.intern(row.licence or self.plan.format.licence)
        day = row.observed_on or self.retrieved_on
        origin = (sys.intern(source), licence, bool(row.reported_by), row.form)
        figure = ImportedFigure(row.line, value, stderr, row.n, day, *origin)
        reporter = row.reported_by or Score.ReportedBy.INDEPENDENT.value
        key = (model, benchmark, row.provenance, reporter, sys.intern(stem_of(source)))
        other = self.figures.get(key)
        if other:
            self.plan.counts["repeated"] += 1
        if other is None or other.observed_on <= day:  # of several in one file, the latest holds
            self.figures[key] = figure

    def _pass_over(self, row: Row, model: int | None, benchmark: int | None) -> None:
        """Count a row whose model or benchmark is unknown or ignored."""
        if self.models.is_ignored(row.model) or self.benchmarks.is_ignored(row.benchmark):
            self.plan.counts["ignored"] += 1
            return
        self.plan.counts["unknown"] += 1
        if model is None:
            self.plan.unknown[Alias.Kind.MODEL][row.model] += 1
        if benchmark is None:
            self.plan.unknown[Alias.Kind.BENCHMARK][row.benchmark] += 1

    def _reject(self, line: int, reason: str) -> None:
        if len(self.plan.rejected) >= MOST_FIGURES:
            raise Unreadable(f"The file holds more than {MOST_FIGURES:,} broken rows; is it another format?")
        self.plan.counts["rejected"] += 1
        self.plan.rejected.append((line, sys.intern(reason)))

    def plan_against_record(self) -> ImportPlan:
        """Sort the figures into new, changed and unchanged ones."""
        known = _on_record({key[4] for key in self.figures})
        wrong = disproved_values(Score)
        for key, figure in self.figures.items():
            on_record = known.get(key)
            if on_record is None and not figure.reporter_is_told:  # a person has said who reported it
                on_record = known.get((*key[:3], Score.ReportedBy.VENDOR.value, key[4]))
            if on_record is None:
                self.plan.new[key] = figure
            elif not _differs(on_record, figure):
                self.plan.counts["same"] += 1
            elif any(_equal(figure.value, value) for value in wrong.get((on_record.pk, "value"), ())):
                self.plan.counts["disproved"] += 1
            elif on_record.observed_on and figure.observed_on < on_record.observed_on:
                self.plan.counts["older"] += 1  # the record holds a later figure of this publication
            else:
                self.plan.changed[key] = (on_record, figure)
        self.plan.counts["new"], self.plan.counts["changed"] = len(self.plan.new), len(self.plan.changed)
        self.plan.doubts = _doubts(self.releases.values())
        self.plan.counts["doubts"] = len(self.plan.doubts)
        return self.plan


def _on_record(stems: set[str]) -> dict[Key, RecordedFigure]:
    """Return the figures on record of the publications that the file holds."""
    fact_columns = ("id", "value", "stderr", "n", "observed_on", "form")
    columns = ("model_id", "benchmark_id", "provenance", "reported_by", "source", *fact_columns)
    rows = Score.objects.exclude(provenance=Provenance.MEASURED).order_by("id").values_list(*columns)
    figures = {}
    for model, benchmark, provenance, reported_by, source, *facts in rows.iterator():
        if (stem := stem_of(source)) in stems:
            figures[model, benchmark, provenance, reported_by, stem] = RecordedFigure(*facts)
    return figures


def _differs(known: RecordedFigure, figure: ImportedFigure) -> bool:
    """Tell whether a figure differs from the record; a field the file leaves out does not count."""
    if not _equal(known.value, figure.value):
        return True
    if figure.n is not None and known.n != figure.n:
        return True
    if figure.form and known.form != figure.form:
        return True
    if figure.stderr is None:
        return False
    return known.stderr is None or abs(known.stderr - figure.stderr) > STDERR_TOLERANCE


def _equal(value: float, other: float) -> bool:
    return abs(value - other) <= VALUE_TOLERANCE


def _doubts(file_releases: Iterable[Release]) -> list[Doubt]:
    """Return the file's release dates that its own names, or the record, speak against."""
    releases = list(file_releases)
    known = [
        Release(name, developer, day)
        for slug, title, aliases, developer, day in Model.objects.filter(
            released_on__isnull=False, release_precision="day"
        ).values_list("slug", "name", "aliases", "developer__name", "released_on")
        if day
        for name in (slug, title, *aliases)
    ]
    doubts = [*before_namesake(releases), *doubts_against_record(known=known, releases=releases)]
    first: dict[str, Doubt] = {}
    for doubt in doubts:
        first.setdefault(doubt.release.name, doubt)
    return sorted(first.values(), key=lambda doubt: doubt.release.name)
