"""Reads of scores."""

from __future__ import annotations

from django.db.models import QuerySet

from evals.models import Provenance, Score
from evals.queries.filters import without_empty_filters


def scores(
    *, model: str = "", benchmark: str = "", country: str = "", provenance: str = "", reported_by: str = ""
) -> QuerySet[Score]:
    """Return scores with their models, benchmarks and sources."""
    exact = {
        "model__slug": model,
        "benchmark__slug": benchmark,
        "model__developer__country": country,
        "provenance": provenance,
        "reported_by": reported_by,
    }
    rows = Score.objects.select_related("model__developer", "benchmark", "run", "submission__endpoint__owner")
    return rows.filter(**without_empty_filters(exact))


def provenance_with_vendor(provenance: str, reported_by: str) -> str:
    """Return the provenance of a score; "vendor" if the developer reported it."""
    by_vendor = provenance == Provenance.REPORTED and reported_by == Score.ReportedBy.VENDOR
    return "vendor" if by_vendor else provenance
