"""Score a run: from the answers on record to lm-eval's results."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Count

from evals.engine.answer_text import ReadingMode
from evals.engine.capabilities import read_capabilities
from evals.engine.protocols.openai_shape import known_finish
from evals.engine.score import Scored, ScoredSample, Scoring, StoredReply
from evals.models import AuditAction, Request, RequestState, Response, Run, RunState, Sample
from evals.operations.audit import record_event
from evals.operations.batches import chunks
from evals.operations.catalogue.fresh import prepare_task_files
from evals.operations.runs.holds import UNKNOWN_MARKER, hold_unknown_markers
from evals.operations.runs.host import is_host_fault
from evals.operations.runs.specs import READING, planned_endpoint, task_spec
from evals.operations.runs.states import (
    CHUNK,
    NO_LEASE,
    claim_step,
    close_submission_if_done,
    fail_run,
    release_step,
)
from evals.operations.runs.store import storable, storable_json
from evals.operations.runs.usage import is_correct, run_usage

MOST_UNANSWERED = 0.05  # of the items; above it, a score is shown with its bounds


class UnknownMarkers(ValueError):
    """Many answers contain markers that may enclose reasoning."""


def score_run(*, run_id: int, owner: str, now: datetime) -> bool:
    """Score a run whose answers are all on record, and finish it; return whether it is finished.

    A fault of this host is raised, and leaves the run to be scored again.
    """
    run = claim_step(run_id, RunState.SCORING, owner, now)
    if run is None:
        return False
    if _unanswered(run).exists():
        Run.objects.filter(pk=run_id, state=RunState.SCORING).update(state=RunState.CALLING, **NO_LEASE)
        return False
    try:
        scored, usage = _scored(run)
    except (ValueError, RuntimeError, OSError) as problem:
        if is_host_fault(problem):
            release_step(run_id, owner)
            raise
        fail_run(run_id=run_id, code="not_scorable", message=str(problem), now=now)
        return False
    if scored.suspicion:
        Run.objects.filter(pk=run_id, state=RunState.SCORING, lease_owner=owner).update(**NO_LEASE)
        hold_unknown_markers(run, scored.suspicion, now=now)
        return False
    return _keep_score(run, scored, usage, owner, now)


def rescore_run(*, run_id: int, owner: str, now: datetime) -> bool:
    """Rescore a finished run from the answers on record, without a call."""
    run = claim_step(run_id, RunState.FINISHED, owner, now)
    if run is None:
        return False
    try:
        scoring = _scoring(run)
        for _ in scoring.samples():
            pass  # the samples on record are not touched before all can be scored
        if suspicion := scoring.scored().suspicion:
            raise UnknownMarkers(f"{suspicion}. {UNKNOWN_MARKER}")
        scored, usage = _scored(run)
    except (ValueError, RuntimeError, OSError):
        release_step(run_id, owner)
        raise
    return _keep_score(run, scored, usage, owner, now)


def rescore_on_request(*, run_id: int, owner: str, now: datetime) -> bool:
    """Rescore a run on request; if that fails, the earlier score stands with the failure noted."""
    try:
        return rescore_run(run_id=run_id, owner=owner, now=now)
    except (ValueError, RuntimeError, OSError) as problem:
        if is_host_fault(problem):
            raise
        Run.objects.filter(pk=run_id, state=RunState.FINISHED).update(
            rescore_asked_at=None, failure_code="not_rescorable", failure_message=storable(str(problem))
        )
        return False


def _scoring(run: Run) -> Scoring:
    prepare_task_files(run.task.folder)
    return Scoring(
        task=task_spec(run),
        endpoint=planned_endpoint(run),
        replies=_replies,
        main_filter=run.task.filter,
        mode=ReadingMode(run.settings.get(READING, ReadingMode.CUT)),
    )


def _scored(run: Run) -> tuple[Scored, dict[str, Any]]:
    """Score a run and write each sample; return the result and the usage."""
    scoring, samples, right = _scoring(run), 0, 0
    for chunk in chunks(scoring.samples(), CHUNK):
        _keep_samples(run, chunk)
        samples += len(chunk)
        right += sum(is_correct(sample, run.task) for sample in chunk)
    return scoring.scored(), run_usage(run, samples=samples, right=right)


def _keep_samples(run: Run, samples: Sequence[ScoredSample]) -> None:
    rows = [
        (storable(row.answer), _json(row.metrics), _json(row.filtered), run.pk, row.doc_id) for row in samples
    ]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.executemany(_SCORED_SAMPLE, rows)


def _unanswered(run: Run) -> Any:
    return Request.objects.filter(samplerequest__run=run).exclude(state=RequestState.ANSWERED)


def _replies(keys: Sequence[str]) -> Iterator[StoredReply]:
    """Give what is on record of some requests."""
    for some in chunks(keys, CHUNK):
        rows = Response.objects.filter(request__key__in=some)
        yield from (StoredReply(*row) for row in rows.values_list("request__key", "outcome", "body"))


def _keep_score(run: Run, scored: Scored, usage: dict[str, Any], owner: str, now: datetime) -> bool:
    """Store the result of the run; a late second scorer changes nothing."""
    with transaction.atomic():
        finished = Run.objects.filter(pk=run.pk, state=run.state, lease_owner=owner).update(
            state=RunState.FINISHED,
            results=storable_json(_results(run, scored)),
            outcomes=count_responses(run, "outcome"),
            usage=usage,
            task_hash=scored.task_hash,
            lm_eval_version=scored.lm_eval_version,
            finished_at=run.finished_at or now,
            rescore_asked_at=None,
            failure_code="",
            failure_message="",
            **NO_LEASE,
        )
        if finished:
            close_submission_if_done(run.submission_id, now)
        if finished and run.state == RunState.FINISHED:
            record_event(action=AuditAction.RUN_RESCORE, object_type="run", object_id=run.pk)
    return bool(finished)


_SCORED_SAMPLE = f"""
UPDATE {Sample._meta.db_table} SET answer = %s, metrics = %s, filtered = %s
WHERE run_id = %s AND doc_id = %s"""  # noqa: S608 - a table's name, no data


def _results(run: Run, scored: Scored) -> dict[str, Any]:
    """Return lm-eval's results with what we add: how texts were read, and the items without an answer."""
    items, can = run.n_samples or 0, read_capabilities(run.endpoint.capabilities)
    reasons = count_responses(run, "finish_reason")
    bounds = scored.upper_bounds if scored.unanswered > MOST_UNANSWERED * items else {}
    return {
        **scored.results,
        "readings": scored.readings,
        "metrics": list(scored.metrics),
        "unanswered": scored.unanswered,
        "upper_bounds": dict(bounds),
        "finish_reasons": reasons,
        "unknown_finish_reasons": [name for name in sorted(reasons) if name and not known_finish(name, can)],
    }


def count_responses(run: Run, column: str) -> dict[str, int]:
    """Count the run's responses by the values of a column."""
    rows = Response.objects.filter(request__samplerequest__run=run).order_by().values_list(column)
    return dict(rows.annotate(Count("pk", distinct=True)))


def _json(value: Any) -> Any:
    """Return a value as the database's JSON column takes it in plain SQL."""
    return Sample._meta.get_field("metrics").get_db_prep_value(storable_json(dict(value)), connection)
