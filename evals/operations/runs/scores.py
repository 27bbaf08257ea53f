"""Scores measured here: one for each task's benchmark, and the mean of a suite."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from evals.models import Benchmark, NoticeType, Provenance, Run, RunState, Score, Submission
from evals.operations.catalogue.corrections import correct_rows
from evals.operations.notices.notify import notify_submission


class NoSuchMetric(ValueError):
    """lm-eval's results lack the task's metric."""


@dataclass(frozen=True, slots=True)
class MeasuredValue:
    """A metric's value with its standard error, where it has one, and its number of items.

    `upper_bound` is set if many items have no answer: the value if all of these were right.
    """

    value: float
    stderr: float | None
    n: int
    upper_bound: float | None = None


def measured_value(run: Run) -> MeasuredValue:
    """Read the metric of a finished run's task from lm-eval's own results."""
    task, results = run.task, (run.results or {})["results"][run.task.name]
    name = f"{task.metric},{task.filter}"
    if not isinstance(results.get(name), int | float):
        known = ", ".join(sorted(key for key in results if "," in key and "_stderr" not in key))
        raise NoSuchMetric(f"Task {task.name} has no number {name!r} in its results; it has {known}.")
    stderr = results.get(f"{task.metric}_stderr,{task.filter}")
    return MeasuredValue(
        value=float(results[name]),
        stderr=float(stderr) if isinstance(stderr, int | float) else None,
        n=int(results["sample_len"]),
        upper_bound=(run.results or {}).get("upper_bounds", {}).get(name),
    )


def mean_value(parts: list[MeasuredValue]) -> MeasuredValue:
    """Return the mean of tasks, each with the same weight; they are independent, so variances add up."""
    known = [part.stderr for part in parts if part.stderr is not None]
    whole = len(known) == len(parts)
    is_bounded = any(part.upper_bound is not None for part in parts)
    highest = [part.value if part.upper_bound is None else part.upper_bound for part in parts]
    return MeasuredValue(
        value=math.fsum(part.value for part in parts) / len(parts),
        stderr=math.hypot(*known) / len(parts) if whole else None,
        n=sum(part.n for part in parts),
        upper_bound=math.fsum(highest) / len(parts) if is_bounded else None,
    )


def record_scores(*, submission_id: int, now: datetime) -> list[Score]:
    """Put a finished submission's scores on record: of a simulated endpoint only in a simulated world.

    Under an embargo they are withheld until it ends. An unchanged repeat adds no second score.
    """
    submission = Submission.objects.select_related("endpoint", "suite__benchmark").get(pk=submission_id)
    had_scores = Score.objects.filter(submission=submission).exists()
    runs = list(
        Run.objects.filter(submission=submission, state=RunState.FINISHED).select_related("task__benchmark")
    )
    if submission.endpoint.simulated != settings.SIMULATED_WORLD or not runs:
        return []
    if submission.embargo_until is not None and submission.embargo_until > now:
        Submission.objects.filter(pk=submission_id).update(has_withheld_scores=True)
        return []
    measured = [(run, measured_value(run)) for run in runs]
    if _is_repeated(submission, runs, measured):
        return []
    scores = [
        _record(submission, run.task.benchmark, run, part, now)
        for run, part in measured
        if run.task.benchmark is not None
    ]
    mean = submission.suite.benchmark
    is_own = mean is not None and mean.pk not in {run.task.benchmark_id for run in runs}
    if mean is not None and is_own and len(runs) == submission.suite.tasks.count():
        whole = mean_value([part for _, part in measured])
        scores.append(_record(submission, mean, None, whole, now))
    if scores and not had_scores:
        notify_submission(NoticeType.SCORES_PUBLISHED, submission, now, scores=[row.pk for row in scores])
    return scores


def _is_repeated(submission: Submission, runs: list[Run], measured: list[tuple[Run, MeasuredValue]]) -> bool:
    """Tell whether an earlier submission has these scores already, and note which one it repeats."""
    if submission.scores.exists() or any("fresh" in run.settings for run in runs):
        return False
    same = Submission.objects.filter(
        endpoint=submission.endpoint, suite=submission.suite, scores__isnull=False
    )
    for earlier in same.exclude(pk=submission.pk).distinct().order_by("pk"):
        scores = {score.run_id: score for score in earlier.scores.exclude(run=None)}
        theirs = {run.task_id: (run, scores.get(run.pk)) for run in earlier.runs.all()}
        if all(_is_same(run, part, *theirs.get(run.task_id, (None, None))) for run, part in measured):
            Submission.objects.filter(pk=submission.pk).update(repeats=earlier)
            return True
    return False


def _is_same(run: Run, part: MeasuredValue, other: Run | None, score: Score | None) -> bool:
    if other is None or other.state != RunState.FINISHED or other.settings != run.settings:
        return False
    if score is None:
        return run.task.benchmark_id is None
    recorded = (score.value, score.stderr, score.upper_bound, score.n)
    return recorded == (part.value, part.stderr, part.upper_bound, part.n)


def _record(
    submission: Submission, benchmark: Benchmark, run: Run | None, part: MeasuredValue, now: datetime
) -> Score:
    facts = {
        "run_id": run and run.pk,
        "value": part.value,
        "stderr": part.stderr,
        "upper_bound": part.upper_bound,
        "n": part.n,
    }
    score, created = Score.objects.select_related("model", "benchmark").get_or_create(
        submission=submission,
        benchmark=benchmark,
        provenance=Provenance.MEASURED,
        defaults=facts
        | {
            "model_id": submission.endpoint.model_id,
            "form": benchmark.form,
            "observed_on": now.date(),
            "recorded_at": now,
            "known_at": now,
        },
    )
    if not created:
        correct_rows(rows=[(score, facts)], reason="The same answers were scored anew.", now=now)
    return score
