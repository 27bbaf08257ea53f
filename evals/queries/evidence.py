"""The evidence of a lag: each score with its run or source."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Count

from evals.models import Run
from evals.queries.published import published_scores
from evals.queries.question_forms import in_comparable_form


@dataclass(frozen=True, slots=True)
class RunBehind:
    """A run of a score: its task's content hash, the versions it used, and its number of answers."""

    run: int
    task: str
    task_hash: str
    lm_eval_version: str
    code_version: str
    n_responses: int


@dataclass(frozen=True, slots=True)
class ScoreBehind:
    """A score, measured by runs of a submission or read from a source."""

    score: int
    model: str
    model_name: str
    country: str
    benchmark: str
    value: float
    stderr: float | None
    n: int | None
    provenance: str
    reported_by: str
    source: str
    source_licence: str
    retrieved_on: date | None
    submission: str | None
    runs: tuple[RunBehind, ...]


def scores_behind(*, benchmarks: Iterable[str]) -> list[ScoreBehind]:
    """Return every published score on these benchmarks with its runs or source. Two queries."""
    whole = published_scores().filter(partial_of__isnull=True)
    scores = whole.filter(benchmark__slug__in=list(benchmarks), model__released_on__isnull=False)
    parts = in_comparable_form(scores).select_related("model__developer", "benchmark", "submission")
    rows = list(parts.order_by("benchmark__slug", "model__slug", "id"))
    runs = _runs({row.submission_id for row in rows if row.submission_id})
    return [
        ScoreBehind(
            score=row.pk,
            model=row.model.slug,
            model_name=row.model.name,
            country=row.model.developer.country,
            benchmark=row.benchmark.slug,
            value=row.value,
            stderr=row.stderr,
            n=row.n,
            provenance=row.provenance,
            reported_by=row.reported_by,
            source=row.source,
            source_licence=row.source_licence,
            retrieved_on=row.retrieved_on,
            submission=str(row.submission.public_id) if row.submission else None,
            runs=tuple(
                run for run_id, run in runs.get(row.submission_id or 0, ()) if row.run_id in (None, run_id)
            ),
        )
        for row in rows
    ]


def _runs(submissions: set[int]) -> dict[int, list[tuple[int, RunBehind]]]:
    runs = Run.objects.filter(submission__in=submissions).select_related("task")
    behind: dict[int, list[tuple[int, RunBehind]]] = {}
    for run in runs.annotate(n_responses=Count("sample_requests__request__response", distinct=True)):
        run_behind = RunBehind(
            run=run.pk,
            task=str(run.task),
            task_hash=run.task_hash,
            lm_eval_version=run.lm_eval_version,
            code_version=run.code_version,
            n_responses=run.n_responses,
        )
        behind.setdefault(run.submission_id, []).append((run.pk, run_behind))
    return behind
