"""Reads of corrections."""

from __future__ import annotations

from django.db.models import QuerySet

from evals.models import Correction


def corrections(*, subject: str = "", table: str = "") -> QuerySet[Correction]:
    """Return corrections, newest first."""
    exact = {"subject": subject, "table": table}
    return Correction.objects.filter(**{lookup: value for lookup, value in exact.items() if value})
