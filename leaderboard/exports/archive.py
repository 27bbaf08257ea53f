"""Write the record and the published estimates as files, and restore a database from them.

Private values are withheld: credentials, internal addresses, raw bodies, messages of providers, submitters,
leases. All other values are restored as they were, each row with its id.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq
from django.contrib.auth import get_user_model
from django.core.management.color import no_style
from django.db import connection, models, transaction
from django.db.models import Count, Q

from evals import models as record
from evals.csv_cells import neutralise_cell
from evals.models import AuditAction
from evals.operations.audit import record_event
from evals.operations.bulk_insert import insert_rows
from evals.operations.owners.access import owner_of
from evals.operations.refusals import Refused
from evals.queries import published_models, sealed_tasks
from evals.queries.embargo import not_embargoed
from evals.untrusted.json_text import JsonLimits, load_json
from leaderboard.exports.parquet_rows import rows_by_file
from leaderboard.models import (
    Chart,
    EstimateChange,
    EstimateData,
    Forecast,
    ForecastOutcome,
    LagEstimate,
    Publication,
)
from leaderboard.queries import IS_TEMPORARY

READ_AT_ONCE, MAX_ROWS, MAX_CHARACTERS = 100, 2_000, 4_000_000
ARCHIVIST = "archive"
TABLES: tuple[type[models.Model], ...] = (
    record.CatalogueEdition, record.Developer, record.Model, record.ModelProposal,
    record.Benchmark, record.Claim,
    record.Import, record.Alias, record.ListPrice, record.Adoption, record.Correction, record.Dispute,
    record.Task,
    record.Suite, record.SuiteTask,
    record.Endpoint, record.VouchChange, record.Price,
    record.Submission, record.Run, record.Request, record.Response,
    record.Sample, record.SampleRequest, record.Score, record.FreshEdition,
    LagEstimate, EstimateData, EstimateChange, Publication, Forecast, ForecastOutcome, Chart,
)  # fmt: skip
LEASES: Mapping[str, Any] = {"lease_owner": "", "lease_until": None}
WITHHELD: Mapping[type[models.Model], Mapping[str, Any]] = {
    record.Endpoint: {
        "owner_id": None,
        "credential": "",
        "base_url": "https://not-told.invalid/",
        "resting_until": None,
    },
    record.Model: {"proposed_by_id": None},
    record.ModelProposal: {"proposer_id": None, "reviewer_id": None},
    record.Import: {"asked_by_id": None, "stored_as": "", "url": ""},
    record.Alias: {"seen_in_id": None, "confirmed_by": ""},
    record.Dispute: {
        "contact": "",
        "filed_from": "",
        "filed_network": "",
        "filed_account": "",
        "idempotency_key": "",
    },
    record.Submission: {
        "submitter_id": None,
        "owner_id": None,
        "idempotency_key": "",
        "failure_message": "",
        "held_reason": "",
        "capped_until": None,
        "has_withheld_scores": False,
        "repeats_id": None,
    },
    record.Run: {**LEASES, "base_url": "", "failure_message": ""},
    record.Request: {**LEASES, "not_before": None, "reserved_usd": None, "state": "answered"},
    record.Response: {"body": "", "response_id": ""},
    Chart: {"png": None},  # drawn again from the specification
}


class NotEmpty(Refused):
    """A record can be restored into an empty database only, so nothing is overwritten."""

    code = "not_empty"


def exported_columns() -> dict[str, dict[str, dict[str, str]]]:
    """Return each exported table's columns with their types and, where the name is unclear, their meaning."""
    return {
        table._meta.db_table: {
            field.attname: {"type": str(_type(field)), "means": str(field.help_text)}
            for field in columns(table)
        }
        for table in TABLES
    }


def columns(table: type[models.Model]) -> list[models.Field[Any, Any]]:
    """Return the exported columns of a table."""
    back = WITHHELD.get(table, {})
    return [field for field in table._meta.concrete_fields if field.attname not in back]


FINISHED = record.SubmissionState.FINISHED


def _finished(path: str = "") -> Q:
    """Return the condition for rows of a finished submission whose embargo, if it had one, has ended."""
    return Q(**{f"{path}state": FINISHED}) & not_embargoed(path)


PAID_FOR = Q(paid_by=None) | _finished("paid_by__submission__")
ANSWERED = Q(response__paid_by=None) | _finished("response__paid_by__submission__")
# Rows of finished submissions; a response paid for by an open one is exported when that has finished.
EXPORTED: Mapping[type[models.Model], Q] = {
    record.Import: Q(state=record.Import.State.APPLIED),
    record.Alias: Q(confirmed_at__isnull=False),
    record.Dispute: Q(seen_at__isnull=False),
    record.FreshEdition: Q(revealed_at__isnull=False),  # until then its seed is secret
    record.Submission: _finished(),
    record.Run: _finished("submission__"),
    record.Sample: _finished("run__submission__"),
    record.Request: Q(response__isnull=False) & ANSWERED,
    record.Response: PAID_FOR,
    record.SampleRequest: _finished("run__submission__")
    & Q(request__response__isnull=False)
    & (Q(request__response__paid_by=None) | _finished("request__response__paid_by__submission__")),
    # An export contains nothing that is deleted later.
    LagEstimate: ~IS_TEMPORARY,
    Chart: Q(estimate__requested=None) | Q(estimate__requested__linked_at__isnull=False),
}


def exported_rows(table: type[models.Model]) -> models.QuerySet[Any]:
    """Return the exported rows of a table."""
    rows: models.QuerySet[Any] = table._default_manager.order_by("pk")
    rows = rows.filter(EXPORTED[table]) if table in EXPORTED else rows
    if table is record.Score:  # those of unconfirmed models enter no lag, also none that others compute
        rows = rows.filter(model__in=published_models().order_by())
    return rows.exclude(**{SEALED[table]: _sealed(table)}) if table in SEALED else rows


# Samples of lagline-fresh are exported once their month has ended.
SEALED: Mapping[type[models.Model], str] = {
    record.Sample: "run__in",
    record.SampleRequest: "run__in",
    record.Request: "pk__in",
    record.Response: "request__in",
}


def _sealed(table: type[models.Model]) -> models.QuerySet[Any]:
    """Return the runs, or the requests, whose samples are not published yet."""
    runs = record.Run.objects.filter(task__in=sealed_tasks())
    if SEALED[table] == "run__in":
        return runs
    return record.SampleRequest.objects.filter(run__in=runs).values("request")


def licences() -> dict[str, dict[str, int]]:
    """Return the number of rows by licence, for each table with sources."""
    sourced = [table for table in TABLES if "source_licence" in {field.attname for field in columns(table)}]
    return {
        table._meta.db_table: dict(
            exported_rows(table)
            .order_by("source_licence")
            .values_list("source_licence")
            .annotate(n=Count("pk"))
        )
        for table in sourced
    }


def write_tables(folder: Path) -> dict[str, int]:
    """Write each table as Parquet and as CSV without formulas; return the number of rows by table."""
    return {table._meta.db_table: _write(table, folder) for table in TABLES}


def _write(table: type[models.Model], folder: Path) -> int:
    fields = columns(table)
    schema = pa.schema([pa.field(field.attname, _type(field), nullable=True) for field in fields])
    name, count = table._meta.db_table, 0
    with (
        pq.ParquetWriter(folder / f"{name}.parquet", schema, compression="zstd") as parquet,
        pc.CSVWriter(folder / f"{name}.csv", schema) as text,
    ):
        for rows in _chunks(_plain_rows(table, fields)):
            arrays = [
                pa.array(values, column.type)
                for values, column in zip(zip(*rows, strict=True), schema, strict=True)
            ]
            batch = pa.record_batch(arrays, schema=schema)
            parquet.write_batch(batch)
            text.write_batch(_neutralised(batch))
            count += len(rows)
    return count


def _neutralised(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return a batch without text that a spreadsheet would run."""
    return pa.record_batch([_neutralised_array(array) for array in batch.columns], schema=batch.schema)


def _neutralised_array(array: pa.Array) -> pa.Array:
    if not pa.types.is_string(array.type):
        return array
    cells = array.to_pylist()
    return pa.array([cell if cell is None else neutralise_cell(cell) for cell in cells], array.type)


def _plain_rows(table: type[models.Model], fields: list[models.Field[Any, Any]]) -> Iterator[tuple[Any, ...]]:
    names = [field.attname for field in fields]
    for row in exported_rows(table).values_list(*names).iterator(chunk_size=READ_AT_ONCE):
        yield tuple(map(_plain, fields, row))


def _chunks(rows: Iterable[tuple[Any, ...]]) -> Iterator[list[tuple[Any, ...]]]:
    """Yield rows in chunks bounded by rows and by characters, so that memory stays bounded."""
    chunk, letters = [], 0
    for row in rows:
        chunk.append(row)
        letters += sum(len(value) for value in row if isinstance(value, str))
        if len(chunk) == MAX_ROWS or letters >= MAX_CHARACTERS:
            yield chunk
            chunk, letters = [], 0
    if chunk:
        yield chunk


def read_rows(path: Path) -> Iterator[list[dict[str, Any]]]:
    """Yield the rows of a Parquet file that we wrote ourselves, one row group at a time."""
    with pq.ParquetFile(path) as file:
        for place in range(file.num_row_groups):
            yield file.read_row_group(place).to_pylist()


def _type(field: models.Field[Any, Any]) -> pa.DataType:
    target = field.target_field if isinstance(field, models.ForeignKey) else field
    if isinstance(target, models.BooleanField):
        return pa.bool_()
    if isinstance(target, models.IntegerField):
        return pa.int64()
    if isinstance(target, models.FloatField):
        return pa.float64()
    if isinstance(target, models.DecimalField):
        return pa.decimal128(target.max_digits or 38, target.decimal_places or 0)
    if isinstance(target, models.DateTimeField):
        return pa.timestamp("us", tz="UTC")
    return pa.date32() if isinstance(target, models.DateField) else pa.string()


def _plain(field: models.Field[Any, Any], value: Any) -> Any:
    if value is None:
        return None
    if isinstance(field, models.JSONField):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)  # PostgreSQL does not keep their order
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    return value if isinstance(value, bool | int | float | Decimal | date) else str(value)


def restore_tables(*, folder: Path) -> dict[str, int]:
    """Restore the record from the Parquet files of an export, in one transaction. Raises NotEmpty."""
    if full := [table._meta.db_table for table in TABLES if table._default_manager.exists()]:
        raise NotEmpty(f"The database is not empty: {', '.join(full)} have rows. Restore into a new one.")
    with transaction.atomic():
        archivist, _ = get_user_model().objects.get_or_create(
            username=ARCHIVIST, defaults={"is_active": False, "password": "!"}
        )
        files = rows_by_file([folder / f"{table._meta.db_table}.parquet" for table in TABLES])
        submitted_by = {"submitter": archivist.pk, "owner": owner_of(archivist).pk}
        counts = {
            table._meta.db_table: _insert(table, rows, submitted_by)
            for table, rows in zip(TABLES, files, strict=True)
        }
        with connection.cursor() as cursor:
            for statement in connection.ops.sequence_reset_sql(no_style(), list(TABLES)):
                cursor.execute(statement)
        record_event(
            action=AuditAction.RECORD_RESTORE,
            object_type="record",
            object_id=folder.name,
            after={"rows": counts},
        )
    return counts


def _insert(
    table: type[models.Model], rows: Iterator[dict[str, Any]], submitted_by: Mapping[str, int]
) -> int:
    """Insert a table's rows in batches; foreign keys are checked at the end of the transaction."""
    fields = columns(table)
    back = {table._meta.get_field(name).name: value for name, value in WITHHELD.get(table, {}).items()}
    if table is record.Submission:
        back |= submitted_by
    count, names = 0, [field.name for field in fields]
    for chunk in _chunks(tuple(row[field.attname] for field in fields) for row in rows):
        values = (tuple(map(_value, fields, cells)) for cells in chunk)
        insert_rows(table=table, columns=names, rows=values, of_all=back)
        count += len(chunk)
    return count


def _value(field: models.Field[Any, Any], value: Any) -> Any:
    if value is None:
        return None
    if isinstance(field, models.JSONField):
        return load_json(value, JSON_LIMITS)
    read = next((read for kind, read in FROM_TEXT.items() if isinstance(field, kind)), None)
    return value if read is None else read(value)


JSON_LIMITS = JsonLimits(depth=150, values=2**22)
FROM_TEXT: Mapping[type[models.Field[Any, Any]], Callable[[str], Any]] = {
    models.UUIDField: UUID,
    models.DecimalField: Decimal,
    models.DateTimeField: datetime.fromisoformat,  # a kind of DateField
    models.DateField: date.fromisoformat,
}
