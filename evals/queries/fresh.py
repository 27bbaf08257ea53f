"""The months of lagline-fresh as anybody may see them: a seed that is not published yet is not read."""

from __future__ import annotations

from django.db.models import Case, CharField, F, QuerySet, Value, When

from evals.models import FreshEdition


def fresh_editions() -> QuerySet[FreshEdition]:
    """Return the editions, newest first; `published_seed` is null while the month runs."""
    published = Case(
        When(revealed_at__isnull=False, then=F("seed")),
        default=Value(None),
        output_field=CharField(null=True),
    )
    return FreshEdition.objects.defer("seed").annotate(published_seed=published)
