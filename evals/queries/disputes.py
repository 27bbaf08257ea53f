"""Reads of disputes; a dispute is public once a moderator has seen it."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Q, QuerySet

from evals.models import Dispute, DisputeState
from evals.models.catalogue import Sourced
from evals.queries.filters import without_empty_filters


def disputes(*, state: str = "", subject: str = "", table: str = "") -> QuerySet[Dispute]:
    """Return the public disputes, newest first."""
    exact = {"state": state, "subject": subject, "table": table}
    rows = Dispute.objects.select_related("correction").filter(seen_at__isnull=False)
    return rows.filter(**without_empty_filters(exact))


def disputes_about(rows: Iterable[Sourced]) -> list[Dispute]:
    """Return the public disputes about some rows, newest first. One query."""
    ids: dict[str, list[int]] = {}
    for row in rows:
        ids.setdefault(row._meta.db_table, []).append(row.pk)
    about = Q(pk__in=[])
    for table, numbers in ids.items():
        about |= Q(table=table, row_id__in=numbers)
    return list(disputes().filter(about))


def dispute(public_id: UUID) -> Dispute | None:
    """Return a dispute by id, also an unpublished one: the caller must check. None if there is none."""
    return Dispute.objects.select_related("correction").filter(public_id=public_id).first()


def disputes_waiting() -> int:
    """Return the number of disputes that wait for a moderator."""
    return Dispute.objects.filter(seen_at__isnull=True, state=DisputeState.OPEN).count()


def open_disputes_from_the_same(column: str, disputes: QuerySet[Dispute]) -> QuerySet[Dispute]:
    """Return the open disputes of the senders of some: `filed_from`, `filed_network` or `filed_account`."""
    senders = disputes.exclude(**{column: ""}).order_by().values(column)
    return Dispute.objects.filter(state=DisputeState.OPEN, **{f"{column}__in": senders})
