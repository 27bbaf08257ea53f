"""Runs and their samples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404
from django.http.response import HttpResponseBase
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from evals import queries
from evals.models.runs import OPEN_RUN_STATES
from evals.operations.owners.access import Actor
from evals.operations.submissions.access import may_see_details, may_see_scores
from leaderboard.api.formats import EventRenderer
from leaderboard.api.generics import DetailView, ObjectListView, View
from leaderboard.api.openapi import documented_row, page_envelope, refusals
from leaderboard.api.parameters import SampleParameters
from leaderboard.api.serializers.submissions import RunRow, SampleRow
from leaderboard.api.views.submissions import FOLLOWING, STREAMED, context_of, stream
from leaderboard.presenters.messages import embargo_message
from leaderboard.server_sent_events import StreamState

if TYPE_CHECKING:
    from evals.models import Run

SEALED = "its samples are shown when the month has ended, so that nobody can train on them while they count."


@documented_row("read_run", "A run with its progress, settings, versions, results and what it cost", "Run")
class RunDetail(DetailView):
    """Return a run, also an unfinished one, with what it waits for or why it failed."""

    serializer_class = RunRow

    def get_object(self) -> Run:
        self.run = _readable(_known(self.kwargs["run_id"]), self.request.user)
        return self.run

    def get_serializer_context(self) -> dict[str, Any]:
        return context_of([self.run.submission], self.request.user)


class RunEvents(View):
    """A run's changes as a stream."""

    renderer_classes = [EventRenderer, JSONRenderer]

    @extend_schema(
        operation_id="follow_run",
        summary="A run's changes as server-sent events, until it has ended",
        description=FOLLOWING,
        responses=STREAMED | refusals(404, 503),
    )
    def get(self, request: Request, run_id: int) -> HttpResponseBase:
        """Stream each change."""
        reader, insider = request.user, may_see_details(request.user, _known(run_id).submission)
        return stream(request, f"api run:{run_id}:{insider}", lambda: _state(run_id, reader))


class RunSamples(ObjectListView):
    serializer_class = SampleRow
    parameters = SampleParameters
    page_size = 50

    def rows(self, **filters: Any) -> QuerySet[Any]:
        run = _known(self.kwargs["run_id"])
        if not may_see_scores(self.request.user, run.submission, now=timezone.now()):
            raise PermissionDenied(embargo_message(run.submission))
        if month := queries.sealed_month(run.task):
            raise PermissionDenied(f"{run.task.name} is lagline-fresh of {month}: {SEALED}")
        return queries.samples(run_id=run.pk, **filters)

    @extend_schema(
        operation_id="list_samples",
        summary="A run's samples: what was asked, what was right, what was answered, raw",
        parameters=[SampleParameters],
        responses={200: page_envelope(SampleRow, "Sample")} | refusals(400, 403, 404),
    )
    def get(self, request: Request, **where: Any) -> Response:
        """Return a page of samples."""
        return super().get(request, **where)


def _known(run_id: int) -> Run:
    run = queries.run(run_id)
    if run is None:
        raise Http404(f"There is no run {run_id}.")
    return run


def _readable(run: Run, reader: Actor) -> Run:
    """Return a run as a reader may see it."""
    is_public = may_see_scores(reader, run.submission, now=timezone.now())
    return run if is_public else queries.without_scores(run)


def _row(run: Run, reader: Actor) -> Any:
    return RunRow(_readable(run, reader), context=context_of([run.submission], reader)).data


def _state(run_id: int, reader: Actor) -> StreamState | None:
    run = queries.run(run_id)
    if run is None:
        return None
    return StreamState(
        {"state": JSONRenderer().render(_row(run, reader)).decode()}, ended=run.state not in OPEN_RUN_STATES
    )
