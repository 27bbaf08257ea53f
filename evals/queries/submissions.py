"""Reads of submissions."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from evals.models import Submission
from evals.queries.filters import without_empty_filters


def submissions(
    *, state: str = "", model: str = "", suite: str = "", submitter: str = "", owner: str = ""
) -> QuerySet[Submission]:
    """Return submissions, newest first, with their endpoints and suites."""
    exact = {
        "state": state,
        "endpoint__model__slug": model,
        "suite__slug": suite,
        "submitter__username": submitter,
        "owner__handle": owner,
    }
    rows = Submission.objects.select_related(
        "endpoint__model__developer", "suite", "submitter", "owner", "repeats"
    )
    return rows.filter(**without_empty_filters(exact))


def submission(public_id: UUID) -> Submission | None:
    """Return one submission, or None."""
    return submissions().filter(public_id=public_id).first()
