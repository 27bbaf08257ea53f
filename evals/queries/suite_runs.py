"""Reads of suites: their versions, the items of their tasks, and their submissions."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Max, Q, QuerySet

from evals.models import Benchmark, Run, RunState, Submission, SubmissionState, Suite
from evals.queries.catalogue import suites


def suite_versions(slug: str) -> list[Suite]:
    """Return every version of a suite with its tasks in order, the current one first."""
    return sorted(
        suites(current=False).filter(slug=slug), key=lambda suite: (suite.current, suite.pk), reverse=True
    )


def suites_on_benchmark(benchmark: Benchmark) -> QuerySet[Suite]:
    """Return the current suites with a score on a benchmark, of the suite or of a task, by name."""
    asks = Q(benchmark=benchmark) | Q(tasks__benchmark=benchmark)
    return Suite.objects.filter(asks, current=True).distinct().order_by("name", "slug")


def item_counts(*, tasks: Collection[int]) -> dict[int, int]:
    """Return the largest number of items in a finished run of each task; tasks without one are left out."""
    runs = Run.objects.filter(task__in=tasks, state=RunState.FINISHED, n_samples__isnull=False).order_by()
    return dict(runs.values_list("task").annotate(most=Max("n_samples")))


def finished_submissions(*, suites: Collection[int]) -> QuerySet[Submission]:
    """Return the finished submissions of suites, newest first, with their models."""
    submissions = Submission.objects.filter(suite__in=suites, state=SubmissionState.FINISHED)
    related = ("endpoint__model__developer", "suite")
    return submissions.select_related(*related).prefetch_related("runs__task").order_by("-finished_at", "-pk")
