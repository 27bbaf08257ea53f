"""Import results made elsewhere: propose the changes, then apply them once."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction

from evals.catalogue.columns import as_date
from evals.catalogue.dates import FULL_DATE
from evals.imports.reading import IN_A_COMMAND, ReadingLimits, Watch, read_import_rows
from evals.imports.rows import Unreadable, printable
from evals.models import AuditAction, Import, Score
from evals.operations.audit import record_event
from evals.operations.bulk_insert import insert_rows
from evals.operations.catalogue.corrections import correct_rows
from evals.operations.imports.aliases import record_unknown_names
from evals.operations.imports.figures import ImportedFigure, Key
from evals.operations.imports.plan import ImportPlan, plan_import
from evals.operations.imports.report import import_report, place
from evals.operations.refusals import Refused

BATCH = 500
CHUNK = 2**20
COLUMNS = (
    *("model", "benchmark", "provenance", "reported_by"),
    *("value", "stderr", "n", "partial_of", "form", "source", "source_licence", "observed_on"),
)


class ImportRefused(Refused):
    """A file that cannot be imported; nothing was written."""

    code = "import_refused"
    field = "file"


@dataclass(frozen=True, slots=True)
class ImportFile:
    """A file to import: its path, its address and its format.

    With `whole`, the returned report has every row; the stored one has the first rows. With `partial`, scores
    over fewer items than the benchmark has are imported too. `limits` are those of reading it.
    """

    path: Path
    format: str = ""
    url: str = ""
    strict: bool = False
    retrieved_on: date | None = None
    watch: Watch | None = None
    whole: bool = False
    partial: bool = False
    limits: ReadingLimits = IN_A_COMMAND


def dry_run(*, given: ImportFile, now: datetime) -> dict[str, Any]:
    """Report what an import would change, row by row, without writing."""
    return import_report(_plan(given, now), whole=given.whole)


def apply_import(
    *, given: ImportFile, now: datetime, asked_by: Any = None, proposal: Import | None = None
) -> Import:
    """Put a file's good rows on record, with `strict` all or none.

    The same file again changes nothing: its earlier import comes back, with the report of this look at it.
    """
    with transaction.atomic():
        plan = _plan(given, now)
        if given.strict and not plan.sound:
            raise ImportRefused(_unsound(plan))
        digest = content_hash(given.path)
        earlier = Import.objects.filter(content_hash=digest, state=Import.State.APPLIED).last()
        if earlier and not plan.new and not plan.changed and proposal is None:
            earlier.report = import_report(plan, whole=given.whole)
            return earlier
        done = proposal or _proposed(given, plan, digest, now, asked_by)
        done.state, done.applied_at, done.report = Import.State.APPLIED, now, import_report(plan)
        done.save()
        _write(plan, done, now)
        _record(AuditAction.IMPORT_APPLY, done)
        record_unknown_names(unknown_names=plan.unknown, seen_in=done)
    if given.whole:
        done.report = import_report(plan, whole=True)
    return done


def propose_import(*, given: ImportFile, now: datetime, asked_by: Any = None) -> Import:
    """Store a file with its report for an operator to review; the record stays as it is."""
    plan = _plan(given, now)
    proposal = _proposed(given, plan, content_hash(given.path), now, asked_by)
    with given.path.open("rb") as file:
        name = f"imports/{proposal.content_hash[:16]}/{given.path.name}"
        proposal.stored_as = default_storage.save(name, File(file))
    with transaction.atomic():
        proposal.save()
        _record(AuditAction.IMPORT_PROPOSE, proposal)
        record_unknown_names(unknown_names=plan.unknown, seen_in=proposal)
    return proposal


def _record(action: AuditAction, done: Import) -> None:
    recorded = {"format": done.format, "content_hash": done.content_hash, "rows": done.report["counts"]}
    record_event(action=action, object_type="import", object_id=done.pk, after=recorded)


def apply_proposal(
    *, import_id: int, strict: bool, now: datetime, limits: ReadingLimits = IN_A_COMMAND
) -> Import:
    """Apply a stored proposal from its stored file."""
    proposal = Import.objects.get(pk=import_id)
    if proposal.state != Import.State.PROPOSED:
        raise ImportRefused(f"{proposal} was applied already.")
    with TemporaryDirectory() as folder:
        path = Path(folder) / proposal.name
        with default_storage.open(proposal.stored_as) as kept, path.open("wb") as file:
            shutil.copyfileobj(kept, file)
        given = ImportFile(
            path,
            proposal.format,
            proposal.url,
            strict,
            proposal.retrieved_on,
            partial=proposal.partial,
            limits=limits,
        )
        return apply_import(given=given, now=now, proposal=proposal)


def content_hash(path: Path) -> str:
    """Return the SHA-256 of a file, or of a folder's files with their names."""
    digest = sha256()
    for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
        if file.is_file():
            digest.update(
                f"{file.relative_to(path)}\n".encode(errors="surrogateescape") if path.is_dir() else b""
            )
            with suppress(OSError), file.open("rb") as content:  # the report names a file that cannot be read
                for chunk in iter(lambda: content.read(CHUNK), b""):
                    digest.update(chunk)
    return digest.hexdigest()


def _plan(given: ImportFile, now: datetime) -> ImportPlan:
    try:
        file_format, rows = read_import_rows(given.path, given.format, limits=given.limits, watch=given.watch)
        return plan_import(
            rows=rows,
            found_format=file_format,
            file=given.path.name,
            retrieved_on=given.retrieved_on or _named_day(given.path.name, now.date()),
            partial=given.partial,
        )
    except Unreadable as error:
        raise ImportRefused(str(error)) from None


def _named_day(name: str, today: date) -> date:
    """Return the day in a file's name (eci_scores_2026-08-11.csv) if it is past, else today."""
    days = [day for parts in FULL_DATE.findall(name) if (day := as_date("-".join(parts)))]
    return max((day for day in days if day <= today), default=today)


def _proposed(given: ImportFile, plan: ImportPlan, digest: str, now: datetime, asked_by: Any) -> Import:
    return Import(
        format=plan.format.name,
        name=printable(given.path.name, 200),
        partial=given.partial,
        url=given.url[:500],
        content_hash=digest,
        report=import_report(plan),
        asked_by=asked_by,
        retrieved_on=plan.retrieved_on,
        proposed_at=now,
    )


def _unsound(plan: ImportPlan) -> str:
    shown = [f"{place(row.line, row.file)}: {row.reason}" for row in plan.rejected[:20]]
    names = [name for spellings in plan.unknown.values() for name in spellings][:20]
    if names:
        shown.append(f"unknown names: {', '.join(names)}")
    if plan.partial:
        shown.append(f"partial: {len(plan.partial)} figures are over fewer items than the benchmark has")
    bad = plan.counts["rejected"] + plan.counts["unknown"] + plan.counts["partial"]
    return "\n".join([f"{bad} of {plan.counts['rows']} rows cannot go in; nothing was written.", *shown])


def _write(plan: ImportPlan, done: Import, now: datetime) -> None:
    """Write the new figures, and correct the changed ones."""
    of_all = {"imported_in": done.pk, "retrieved_on": done.retrieved_on, "recorded_at": now, "known_at": now}
    insert_rows(table=Score, of_all=of_all, columns=COLUMNS, rows=(_cells(*new) for new in plan.new.items()))
    figures = {known.pk: figure for known, figure in plan.changed.values()}
    for start in range(0, len(figures), BATCH):
        ids = list(figures)[start : start + BATCH]
        rows = Score.objects.select_related("model", "benchmark").filter(pk__in=ids)
        changes = [(row, _changes(figures[row.pk], done)) for row in rows]
        correct_rows(rows=changes, reason=f"{done.name} says so.", source=figures[ids[0]].source, now=now)


def _cells(key: Key, figure: ImportedFigure) -> tuple[Any, ...]:
    """Return a new figure in the order of `COLUMNS`."""
    model, benchmark, provenance, reported_by, _ = key
    measured = (figure.value, figure.stderr, figure.n, figure.partial_of, figure.form)
    return (
        model,
        benchmark,
        provenance,
        reported_by,
        *measured,
        figure.source,
        figure.licence,
        figure.observed_on,
    )


def _changes(figure: ImportedFigure, done: Import) -> Mapping[str, Any]:
    """Return the changes to a figure's row, which from now on belongs to the import."""
    changes = {
        "value": figure.value,
        "partial_of": figure.partial_of,
        "source": figure.source,
        "source_licence": figure.licence,
        "observed_on": figure.observed_on,
        "retrieved_on": done.retrieved_on,
        "imported_in_id": done.pk,
        "edition_id": None,
    }
    changes |= {"stderr": figure.stderr} if figure.stderr is not None else {}
    changes |= {"n": figure.n} if figure.n is not None else {}
    return changes | ({"form": figure.form} if figure.form else {})
