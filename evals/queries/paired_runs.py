"""Reads of pairs of runs: the items that both answered, and the runs that can be paired."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import FloatField, OuterRef, Subquery
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast

from evals.models import Run, RunState, Sample, Task
from evals.queries.embargo import not_embargoed
from evals.queries.published import VOUCHED, published_models
from evals.queries.runs import samples


def item_score(task: Task) -> Cast:
    """Return the expression of a sample's score by its task's metric; null before scoring."""
    return Cast(KeyTextTransform(f"{task.metric},{task.filter}", "metrics"), FloatField())


@dataclass(frozen=True, slots=True)
class PairedItem:
    """An item that both runs answered, with the sample and score of each."""

    first_id: int
    second_id: int
    first: float
    second: float


def paired_items(first: Run, second: Run) -> list[PairedItem]:
    """Return the items (equal index and document hash) that two runs of a task both scored. One query."""
    theirs = Sample.objects.filter(run=second, doc_id=OuterRef("doc_id"), doc_hash=OuterRef("doc_hash"))
    samples = Sample.objects.filter(run=first).annotate(
        mine=item_score(first.task),
        their_id=Subquery(theirs.values("pk")[:1]),
        their_mark=Subquery(theirs.annotate(mark=item_score(second.task)).values("mark")[:1]),
    )
    both = samples.filter(mine__isnull=False, their_mark__isnull=False).order_by("doc_id")
    return [PairedItem(*row) for row in both.values_list("pk", "their_id", "mine", "their_mark")]


def samples_by_id(*, ids: Collection[int]) -> dict[int, Sample]:
    """Return samples by id, with their requests and raw answers. Three queries."""
    return {row.pk: row for row in samples().filter(pk__in=list(ids))}


@dataclass(frozen=True, slots=True)
class ScoredRun:
    """A finished run of a model on a benchmark's task."""

    run_id: int
    model: str
    benchmark: str
    task_id: int
    mark: str


def scored_runs(*, models: Collection[str]) -> list[ScoredRun]:
    """Return the newest run of each model on each task whose score counts. One query."""
    rows = (
        Run.objects.filter(not_embargoed("submission__"), state=RunState.FINISHED)
        .filter(endpoint__simulated=settings.SIMULATED_WORLD, endpoint__vouched_by__in=VOUCHED)
        .filter(endpoint__model__in=published_models().order_by())
        .filter(endpoint__model__slug__in=list(models), task__benchmark__isnull=False)
        .order_by("finished_at", "pk")
        .values_list(
            *("pk", "endpoint__model__slug", "task__benchmark__slug", "task_id"),
            *("task__metric", "task__filter"),
        )
    )
    newest = {
        (model, task): ScoredRun(run_id, model, benchmark, task, f"{metric},{name}")
        for run_id, model, benchmark, task, metric, name in rows
    }
    return list(newest.values())


def others_on_task(run: Run, *, limit: int = 12) -> list[Run]:
    """Return the newest finished runs of a run's task on other endpoints."""
    runs = Run.objects.filter(not_embargoed("submission__"), task_id=run.task_id, state=RunState.FINISHED)
    runs = runs.exclude(endpoint_id=run.endpoint_id).select_related("endpoint__model")
    return list(runs.defer("results", "settings").order_by("-finished_at", "-pk")[:limit])


def item_scores(runs: Collection[ScoredRun]) -> Mapping[int, dict[tuple[int, str], float]]:
    """Return each run's item scores by item (index and hash of the document). One query."""
    keys = {run.run_id: run.mark for run in runs}
    by_run: dict[int, dict[tuple[int, str], float]] = defaultdict(dict)
    rows: Any = Sample.objects.filter(run__in=keys, metrics__isnull=False)
    for run_id, doc_id, doc_hash, metrics in rows.values_list("run_id", "doc_id", "doc_hash", "metrics"):
        mark = metrics.get(keys[run_id])
        if isinstance(mark, int | float):
            by_run[run_id][doc_id, doc_hash] = float(mark)
    return by_run
