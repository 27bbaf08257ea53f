"""Reads of downloadable files: charts and exports."""

from __future__ import annotations

from django.db.models import QuerySet

from leaderboard.models import Chart, Export

LATEST = "latest"


def exports() -> QuerySet[Export]:
    """Return the complete exports, newest first."""
    return Export.objects.order_by("-made_at")


def export(folder: str) -> Export | None:
    """Return an export by its folder, or the newest for "latest"; None if there is none."""
    return exports().first() if folder == LATEST else Export.objects.filter(folder=folder).first()


def chart(*, estimate_id: int, name: str, language: str, size: str) -> Chart | None:
    """Return a chart, in English if it is not drawn in the language yet, or None."""
    drawn = Chart.objects.filter(estimate_id=estimate_id, name=name, size=size)
    by_language = {row.language: row for row in drawn.filter(language__in=[language, "en"])}
    return by_language.get(language) or by_language.get("en")


def charts(*, estimate_id: int, language: str) -> list[Chart]:
    """Return an estimate's charts without their drawings, in English if the language's are not drawn yet."""
    rows = Chart.objects.filter(estimate_id=estimate_id, language__in=[language, "en"]).defer(
        "svg", "png", "spec"
    )
    drawn = {(row.name, row.size): row for row in sorted(rows, key=lambda row: row.language == language)}
    return list(drawn.values())
