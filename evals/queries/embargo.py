"""Embargoes: until they end, scores and answers of a submission are for insiders."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q
from django.db.models.functions import Now

from evals.models import Run, Submission


def not_embargoed(path: str = "") -> Q:
    """Return the condition for rows whose submission has no embargo, or one that has ended."""
    field = f"{path}embargo_until"
    return Q(**{f"{field}__isnull": True}) | Q(**{f"{field}__lte": Now()})


def is_embargoed(submission: Submission, *, now: datetime) -> bool:
    """Tell whether the scores of a submission are not public yet."""
    return submission.embargo_until is not None and submission.embargo_until > now


def without_scores(run: Run) -> Run:
    """Return a run, in memory, without what its scores could be read from; it must not be saved."""
    run.results, run.outcomes, run.usage = None, {}, {}
    return run
