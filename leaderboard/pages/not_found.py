"""404 errors that name what is missing."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from evals.operations.refusals import describe_unknown


def slug_not_found(kind: str, slug: str, rows: QuerySet[Any]) -> Http404:
    """Return the 404 for an unknown slug; it names the most similar ones."""
    return Http404(describe_unknown(kind, slug, set(rows.order_by().values_list("slug", flat=True)))[0])


def run_not_found(run_id: int) -> Http404:
    """Return the 404 for an unknown run."""
    return Http404(_("There is no run %(id)s.") % {"id": run_id})
