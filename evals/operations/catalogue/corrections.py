"""Change recorded rows; a correction keeps the earlier row with the reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction

from evals.models import Correction, Dispute, DisputeState, Score
from evals.models.catalogue import Sourced
from evals.operations.refusals import Refused

BATCH = 200
NOT_FACTS = frozenset({"id", "known_at"})
Changes = Mapping[str, Any]


class NoReason(Refused):
    """A correction needs a reason, because readers see it."""

    code = "no_reason"
    field = "reason"


def correct_rows(
    *, rows: Iterable[tuple[Sourced, Changes]], reason: str, now: datetime, source: str = ""
) -> list[Correction]:
    """Set new values in rows of one table, and keep the earlier rows; unchanged values are skipped.

    A row that became known at `now` has no earlier version to keep.
    """
    changed = [(row, new) for row, changes in rows if (new := _different(row, changes))]
    kept = [_correction(row, new, reason, source, now) for row, new in changed if row.known_at != now]
    if not changed:
        return []
    for row, new in changed:
        for column, value in new.items():
            setattr(row, column, value)
        row.known_at = now
    table = type(changed[0][0])
    columns = sorted({column for _, new in changed for column in new})
    names = [table._meta.get_field(column).name for column in columns]
    with transaction.atomic():
        Correction.objects.bulk_create(kept, batch_size=BATCH)
        manager = table._default_manager
        manager.bulk_update([row for row, _ in changed], [*names, "known_at"], batch_size=BATCH)
    return kept


def withdraw_rows(
    *, rows: Iterable[Sourced], reason: str, now: datetime, source: str = ""
) -> list[Correction]:
    """Delete rows of one table, and keep them as corrections."""
    gone = list(rows)
    kept = [_correction(row, {}, reason, source, now) for row in gone]
    if not kept:
        return []
    with transaction.atomic():
        Correction.objects.bulk_create(kept, batch_size=BATCH)
        type(gone[0])._default_manager.filter(pk__in=[row.pk for row in gone]).delete()
    return kept


def disproved_values(table: type[Sourced]) -> dict[tuple[int, str], list[Any]]:
    """Return the values that upheld disputes have disproved, by row and column; no file can restore them."""
    upheld = Dispute.objects.filter(table=table._meta.db_table, state=DisputeState.UPHELD)
    values: dict[tuple[int, str], list[Any]] = {}
    for row_id, changes in upheld.order_by("answered_at").values_list("row_id", "correction__changes"):
        for column, (before, after) in changes.items():
            wrong = values.setdefault((row_id, column), [])
            wrong[:] = [value for value in [*wrong, before] if value != after]
    return values


def row_as_json(row: Sourced) -> dict[str, Any]:
    """Return all columns of a row in the JSON form."""
    return {field.attname: json_value(getattr(row, field.attname)) for field in row._meta.concrete_fields}


def _different(row: Sourced, changes: Changes) -> dict[str, Any]:
    return {
        column: value
        for column, value in changes.items()
        if column not in NOT_FACTS and getattr(row, column) != value
    }


def _correction(row: Sourced, new: Changes, reason: str, source: str, now: datetime) -> Correction:
    if not reason.strip():
        raise NoReason(f"Say why {subject_of(row)} is corrected.")
    return Correction(
        table=row._meta.db_table,
        row_id=row.pk,
        subject=subject_of(row)[:300],
        row=row_as_json(row),
        changes={
            column: [json_value(getattr(row, column)), json_value(value)] for column, value in new.items()
        },
        known_at=min(row.known_at, now),
        corrected_at=now,
        reason=reason,
        source=source,
    )


def subject_of(row: Sourced) -> str:
    """Return the name of a row for readers: its slug, or the model and benchmark of a score."""
    if isinstance(row, Score):
        return f"{row.model.slug} on {row.benchmark.slug}"
    return str(getattr(row, "slug", "") or row)


def json_value(value: Any) -> Any:
    """Return the JSON form of a column's value."""
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal | UUID) else value
