"""Reads of the monthly editions of lagline-fresh; unpublished seeds are never read."""

from __future__ import annotations

from django.db.models import Case, CharField, F, QuerySet, Value, When
from django.db.models.functions import Substr

from evals.models import FreshEdition, Task
from evals.models.fresh import FRESH


def fresh_editions() -> QuerySet[FreshEdition]:
    """Return the editions, newest first; `published_seed` is null until the month has ended."""
    published = Case(
        When(revealed_at__isnull=False, then=F("seed")),
        default=Value(None),
        output_field=CharField(null=True),
    )
    return FreshEdition.objects.defer("seed").annotate(published_seed=published)


def sealed_tasks() -> QuerySet[Task]:
    """Return the tasks whose samples are not public yet, so that no model is trained on items that count."""
    months = FreshEdition.objects.filter(revealed_at=None).values("month")
    fresh_tasks = Task.objects.filter(folder__startswith=FRESH)
    return fresh_tasks.alias(month=Substr("folder", len(FRESH) + 1, len("2026-11"))).filter(month__in=months)


def sealed_month(task: Task) -> str:
    """Return the month, such as 2026-11, whose end publishes a task's samples; empty if they are public."""
    is_sealed = sealed_tasks().filter(pk=task.pk).exists() if task.folder.startswith(FRESH) else False
    return task.folder.removeprefix(FRESH)[: len("2026-11")] if is_sealed else ""
