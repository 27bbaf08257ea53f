"""Reads of a run's samples by verdict."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from django.db.models import Count, Q, QuerySet

from evals import queries as record
from evals.models import Run, Sample


class Verdict(StrEnum):
    """Whether a sample was answered correctly, by its task's own metric."""

    ALL = ""
    RIGHT = "right"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class RunSamples:
    """The samples of a run with one verdict, and the number with each."""

    chosen: QuerySet[Sample]
    n_all: int
    n_right: int
    n_wrong: int


def run_samples(*, run: Run, verdict: Verdict = Verdict.ALL) -> RunSamples:
    """Return a run's samples with a verdict: right is the full score, wrong is any lower score."""
    samples = record.samples(run_id=run.pk).alias(mark=record.item_score(run.task))
    right, wrong = Q(mark__gte=1), Q(mark__lt=1)
    counted = samples.aggregate(
        n_all=Count("pk"), n_right=Count("pk", filter=right), n_wrong=Count("pk", filter=wrong)
    )
    kept = {Verdict.ALL: Q(), Verdict.RIGHT: right, Verdict.WRONG: wrong}[verdict]
    return RunSamples(chosen=samples.filter(kept), **counted)
