"""The queue, and the page of a run with its samples."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import get_language, override
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from evals import queries as record
from evals.models import Run, SubmissionState
from evals.models.runs import OPEN_RUN_STATES
from evals.models.submissions import ENDED_STATES, OPEN_STATES
from evals.operations.submissions.access import may_see_details, may_see_scores
from leaderboard import queries
from leaderboard.pages.event_streams import stream_page
from leaderboard.pages.forms import requested_page
from leaderboard.pages.not_found import run_not_found
from leaderboard.pages.query_parameters import query_parameters
from leaderboard.pages.requests import PageRequest
from leaderboard.presenters.messages import embargo_message
from leaderboard.presenters.outcomes import count_outcomes
from leaderboard.presenters.submission_status import view_submissions
from leaderboard.queries import Verdict
from leaderboard.server_sent_events import StreamState

ENDED_SHOWN = 20
SAMPLES_SHOWN = 20


@never_cache
@require_safe
def queue_page(request: PageRequest) -> HttpResponse:
    """Show running, waiting and recently ended submissions."""
    open_ones = list(record.submissions().filter(state__in=OPEN_STATES).order_by("created_at", "id"))
    ended = list(
        record.submissions().filter(state__in=ENDED_STATES).order_by("-finished_at", "-id")[:ENDED_SHOWN]
    )
    rows = view_submissions(open_ones + ended, now=timezone.now())
    context = {
        "running": [row for row in rows if row.submission.state == SubmissionState.RUNNING],
        "waiting": [row for row in rows if row.live and row.submission.state != SubmissionState.RUNNING],
        "ended": [row for row in rows if row.ended],
        "live": bool(open_ones),
    }
    template = "pages/parts/queue.html" if request.htmx else "pages/queue.html"
    return render(request, template, context)


@query_parameters("show", "page")
@never_cache
@require_safe
def run_detail(request: PageRequest, run_id: int) -> HttpResponse:
    """Show a run and its samples."""
    run = _get_run(run_id)
    is_public = may_see_scores(request.user, run.submission, now=timezone.now())
    if not is_public:
        run = record.without_scores(run)
    verdict = _verdict(request)
    samples = queries.run_samples(run=run, verdict=verdict)
    context = {
        **_status(run, request.user),
        "results": _results(run),
        "samples": samples,
        "verdict": verdict,
        "verdicts": Verdict,
        "embargo": "" if is_public else embargo_message(run.submission),
        "sealed_month": record.sealed_month(run.task),
        "page": requested_page(request, samples.chosen, SAMPLES_SHOWN),
        "metric": f"{run.task.metric},{run.task.filter}",
        "outcomes": count_outcomes(run),
        "others": record.others_on_task(run) if run.results else [],
    }
    template = "pages/parts/run.html" if request.htmx else "pages/run.html"
    return render(request, template, context)


@never_cache
@require_safe
def run_events(request: HttpRequest, run_id: int) -> HttpResponseBase:
    """Stream a run's page: `part` is its changing markup, `moved` asks for a reload."""
    reader = request.user
    insider = may_see_details(reader, _get_run(run_id).submission)
    language = get_language() or "en"

    def see() -> StreamState | None:
        run = record.run(run_id)
        if run is None:
            return None
        context = _status(run, reader)
        with override(language):
            part = render_to_string("pages/parts/run_live.html", context)
        moved = f"{run.state} {run.rescore_asked_at} {run.submission.paused_at}"
        return StreamState({"part": part, "moved": moved}, ended=not context["live"])

    return stream_page(request, f"run page:{run_id}:{language}:{insider}", see)


def _get_run(run_id: int) -> Run:
    run = record.run(run_id)
    if run is None:
        raise run_not_found(run_id)
    return run


def _status(run: Run, reader: AbstractBaseUser | AnonymousUser) -> dict[str, Any]:
    """Return the status of a run and its submission, and whether it can still change by itself."""
    whole = view_submissions([run.submission], now=timezone.now())[0]
    whole = replace(whole, insider=may_see_details(reader, run.submission))
    live = run.state in OPEN_RUN_STATES or run.rescore_asked_at is not None
    return {"run": run, "whole": whole, "now": whole.run(run.pk), "live": live}


def _verdict(request: HttpRequest) -> Verdict:
    show = request.GET.get("show", "")
    return Verdict(show) if show in set(Verdict) else Verdict.ALL


def _results(run: Run) -> list[dict[str, Any]]:
    """Return lm-eval's own figures for the run's task: each metric with its filter and standard error."""
    metrics = ((run.results or {}).get("results") or {}).get(run.task.name) or {}
    upper_bounds = (run.results or {}).get("upper_bounds") or {}
    rows = []
    for key, value in metrics.items():
        metric, comma, name = key.partition(",")
        if comma and not metric.endswith("_stderr") and isinstance(value, int | float):
            stderr = metrics.get(f"{metric}_stderr,{name}")
            known = stderr if isinstance(stderr, int | float) else None
            main = (metric, name) == (run.task.metric, run.task.filter)
            row = {"metric": metric, "filter": name, "value": value, "stderr": known, "main": main}
            rows.append(row | {"upper_bound": upper_bounds.get(key)})
    return rows
