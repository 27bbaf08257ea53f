"""Compare the figures of a file with the record, and state what cannot be imported and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from evals.catalogue.dates import Doubt, Release, before_namesake, doubts_against_record
from evals.catalogue.duplicates import stem_of
from evals.imports.formats import Format
from evals.imports.rows import AnyRow, EmptyRow, RejectedRow, Row, SkippedRow, Unreadable, printable
from evals.models import Alias, Model, Provenance, Score
from evals.operations.catalogue.corrections import disproved_values
from evals.operations.imports.figures import (
    Figures,
    ImportedFigure,
    Key,
    NotTheScore,
    PublicationSource,
    UnknownName,
)

MOST_FIGURES = 1_000_000
VALUE_TOLERANCE = 1e-6  # the catalogue writes six decimals, and four of a standard error
STDERR_TOLERANCE = 1e-4


@dataclass(frozen=True, slots=True)
class RecordedFigure:
    """A figure as it is on record."""

    pk: int
    value: float
    stderr: float | None
    n: int | None
    observed_on: date | None
    form: str
    partial_of: int | None


@dataclass(slots=True)
class ImportPlan:
    """All that an import would do; `figures` are those that are new or changed.

    `partial` are the figures over a part of a benchmark that are held back.
    """

    format: Format
    retrieved_on: date
    counts: Counter[str] = field(default_factory=Counter)
    new: dict[Key, ImportedFigure] = field(default_factory=dict)
    changed: dict[Key, tuple[RecordedFigure, ImportedFigure]] = field(default_factory=dict)
    partial: dict[Key, ImportedFigure] = field(default_factory=dict)
    rejected: list[RejectedRow] = field(default_factory=list)
    skipped: list[SkippedRow] = field(default_factory=list)
    unknown: dict[str, Counter[str]] = field(default_factory=dict)
    doubts: list[Doubt] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        """Whether every figure of the file would be imported."""
        return not (self.counts["rejected"] or self.counts["unknown"] or self.counts["partial"])


def plan_import(
    *, rows: Iterable[AnyRow], found_format: Format, file: str, retrieved_on: date, partial: bool = False
) -> ImportPlan:
    """Read the rows of a file to their end and compare them with the record, without writing.

    With `partial`, figures over a part of a benchmark's items are imported too.
    """
    reading = _Reading(found_format, file, retrieved_on, partial=partial)
    for row in rows:
        reading.take(row)
    return reading.plan_against_record()


class _Reading:
    """The reading of one file: its figures by key, and the plan that they make."""

    def __init__(self, found_format: Format, file: str, retrieved_on: date, *, partial: bool) -> None:
        self.plan = ImportPlan(found_format, retrieved_on)
        self.plan.unknown = {kind.value: Counter() for kind in Alias.Kind}
        self.figures = Figures(PublicationSource(found_format, printable(file), retrieved_on))
        self.releases: dict[str, Release] = {}
        self.partial_allowed = partial

    def take(self, row: AnyRow) -> None:
        """Count a row, and keep its figure if it has a valid one."""
        self.plan.counts["rows"] += 1
        if isinstance(row, EmptyRow):
            self.plan.counts["empty"] += 1
        elif isinstance(row, SkippedRow):
            self._skip(row, row.reason)
        elif isinstance(row, RejectedRow):
            self._reject(row, row.reason)
        elif len(self.figures) >= MOST_FIGURES:
            raise Unreadable(f"The file holds more than {MOST_FIGURES:,} figures; give it in parts.")
        else:
            self._take_figure(row)

    def _take_figure(self, row: Row) -> None:
        if row.released_on:
            self.releases.setdefault(row.model, Release(row.model, row.developer, row.released_on))
        try:
            superseded = self.figures.add(row)
        except UnknownName as unknown:
            self._pass_over(unknown)
        except NotTheScore as reason:
            self._skip(row, str(reason))
        except ValueError as error:
            self._reject(row, str(error))
        else:
            if superseded is not None and superseded.reason:
                self._skip(superseded, superseded.reason)
            elif superseded is not None:
                self.plan.counts["repeated"] += 1

    def _pass_over(self, unknown: UnknownName) -> None:
        """Count a row with a name that is unknown or ignored."""
        if unknown.ignored:
            self.plan.counts["ignored"] += 1
            return
        self.plan.counts["unknown"] += 1
        for kind, spelling in unknown.names:
            self.plan.unknown[kind][spelling] += 1

    def _skip(self, row: Row | SkippedRow | ImportedFigure, reason: str) -> None:
        self.plan.counts["skipped"] += 1
        if len(self.plan.skipped) < MOST_FIGURES:
            self.plan.skipped.append(SkippedRow(row.line, printable(reason), printable(row.file)))

    def _reject(self, row: Row | RejectedRow, reason: str) -> None:
        if len(self.plan.rejected) >= MOST_FIGURES:
            raise Unreadable(f"The file holds more than {MOST_FIGURES:,} broken rows; is it another format?")
        self.plan.counts["rejected"] += 1
        self.plan.rejected.append(RejectedRow(row.line, printable(reason), printable(row.file)))

    def plan_against_record(self) -> ImportPlan:
        """Sort the figures into new, changed, unchanged and partial ones."""
        for unknown in self.figures.drop_ambiguous():
            self._pass_over(unknown)
        chosen = self.figures.chosen
        known = _on_record({key[4] for key in chosen})
        wrong = disproved_values(Score)
        for key, figure in chosen.items():
            on_record = known.get(key)
            if on_record is None and not figure.reporter_is_stated:  # a person may have stated the reporter
                on_record = known.get((*key[:3], Score.ReportedBy.VENDOR.value, key[4]))
            if on_record is not None and not _differs(on_record, figure):
                self.plan.counts["same"] += 1
            elif figure.partial_of and not (self.partial_allowed and _may_replace(on_record, figure)):
                self.plan.partial[key] = figure
            elif on_record is None:
                self.plan.new[key] = figure
            elif any(_equal(figure.value, value) for value in wrong.get((on_record.pk, "value"), ())):
                self.plan.counts["disproved"] += 1
            elif _is_older(on_record, figure):
                self.plan.counts["older"] += 1  # the record holds a later figure of this publication
            else:
                self.plan.changed[key] = (on_record, figure)
        for name in ("new", "changed", "partial"):
            self.plan.counts[name] = len(getattr(self.plan, name))
        self.plan.doubts = _doubts(self.releases.values())
        self.plan.counts["doubts"] = len(self.plan.doubts)
        return self.plan


def _on_record(stems: set[str]) -> dict[Key, RecordedFigure]:
    """Return the figures on record of the publications in the file."""
    fact_columns = ("id", "value", "stderr", "n", "observed_on", "form", "partial_of")
    columns = ("model_id", "benchmark_id", "provenance", "reported_by", "source", *fact_columns)
    rows = Score.objects.exclude(provenance=Provenance.MEASURED).order_by("id").values_list(*columns)
    figures = {}
    for model, benchmark, provenance, reported_by, source, *facts in rows.iterator():
        if (stem := stem_of(source)) in stems:
            figures[model, benchmark, provenance, reported_by, stem] = RecordedFigure(*facts)
    return figures


def _may_replace(known: RecordedFigure | None, figure: ImportedFigure) -> bool:
    """Return whether a partial figure may be written: it never replaces one over more items."""
    if known is None or (known.n is not None and figure.n is not None and known.n <= figure.n):
        return True
    return known.partial_of is not None and known.n is None


def _is_older(known: RecordedFigure, figure: ImportedFigure) -> bool:
    """Return whether the record has a later figure; with agents, the rule decides and not the day."""
    return not figure.agent and known.observed_on is not None and figure.observed_on < known.observed_on


def _differs(known: RecordedFigure, figure: ImportedFigure) -> bool:
    """Return whether a figure differs from the record; a field that the file leaves out does not count."""
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
    """Return the file's release dates that its own names, or the record, contradict."""
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
