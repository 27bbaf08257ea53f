"""Submissions: create, list, read and follow them, and estimate their cost."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import QuerySet, prefetch_related_objects
from django.http import Http404
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.exceptions import APIException
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from evals import queries
from evals.acting import Scope, acting, current_actor
from evals.models.submissions import ENDED_STATES
from evals.operations.owners.access import Actor
from evals.operations.submissions.access import may_see_details
from evals.operations.submissions.cost_estimates import estimate_cost_before
from evals.operations.submissions.lifecycle import submit
from evals.queries.spending import caps_binding
from leaderboard.api.formats import EventRenderer
from leaderboard.api.generics import ListView, View, select_fields
from leaderboard.api.meta import meta
from leaderboard.api.openapi import page_envelope, refusals, row_envelope
from leaderboard.api.parameters import EstimateParameters, SubmissionParameters
from leaderboard.api.serializers.progress import EstimateRow
from leaderboard.api.serializers.submissions import SubmissionDetailRow, SubmissionRequest, SubmissionRow
from leaderboard.api.throttles import PostThrottle
from leaderboard.server_sent_events import RETRY_AFTER_S, ConnectionLimitReached, StreamState, stream_events

if TYPE_CHECKING:
    from evals.models import Submission

NO_MONEY = {"budgets": None, "caps": None}  # for those who may not see it
KEY = OpenApiParameter(
    "Idempotency-Key",
    location=OpenApiParameter.HEADER,
    description="Sent again with the same body it returns the same submission; with another it is refused.",
)

FOLLOWING = """
Each `state` event carries what `GET` of the same without `/events` has under `data`, whole: nothing is lost
between two connections, and `Last-Event-ID` is not needed. `end` is the last event: do not connect again. A
stream closes after a minute, and a client connects again. Where too many follow, the answer is 503 with
`Retry-After`: ask without `/events` from time to time instead.
"""
EVENT = {
    "type": "object",
    "properties": {
        "event": {"type": "string", "description": "`state` or `end`."},
        "data": {"type": "string", "description": "JSON."},
    },
}
STREAMED = {(200, "text/event-stream"): OpenApiResponse(EVENT, "Events, each with these fields.")}


class SubmissionList(ListView):
    serializer_class = SubmissionRow
    parameters = SubmissionParameters
    page_size = 25
    write_scope = Scope.SUBMIT
    throttle_classes = [PostThrottle]

    def rows(self, **filters: Any) -> QuerySet[Any]:
        return queries.submissions(**filters)

    def values(self, rows: QuerySet[Any], names: list[str]) -> list[dict[str, Any]]:
        return select_fields(
            SubmissionRow(rows, many=True, context=context_of(list(rows), self.request.user)).data, names
        )

    @extend_schema(
        operation_id="list_submissions",
        summary="Submissions with their progress, newest first",
        parameters=[SubmissionParameters],
        responses={200: page_envelope(SubmissionRow, "Submission")} | refusals(400),
    )
    def get(self, request: Request, **where: Any) -> Response:
        """Return a page of submissions."""
        return super().get(request, **where)

    @extend_schema(
        operation_id="submit",
        summary="Ask for a model to be evaluated on a suite",
        parameters=[KEY],
        request=SubmissionRequest,
        responses={
            201: row_envelope(SubmissionDetailRow, "Submission"),
            200: row_envelope(SubmissionDetailRow, "Submission"),
        }
        | refusals(400, 401, 403, 409, 413, 415, 429),
    )
    def post(self, request: Request) -> Response:
        """Create a submission (201), or return the one that this key created before (200)."""
        body = SubmissionRequest(data=request.data)
        body.is_valid(raise_exception=True)
        now = timezone.now()
        submission = submit(
            submitter=cast("AbstractBaseUser", request.user),
            idempotency_key=request.headers.get("Idempotency-Key", ""),
            now=now,
            **body.validated_data,
        )
        return created(request, submission, new=submission.created_at == now)


class SubmissionDetail(View):
    @extend_schema(
        operation_id="read_submission",
        summary="A submission with what it does now, the progress of its runs, its money and its scores",
        responses={200: row_envelope(SubmissionDetailRow, "Submission")} | refusals(404),
    )
    def get(self, request: Request, public_id: UUID) -> Response:
        """Return a submission; its budgets are for its submitter and operators only."""
        return answer(request, public_id)


class TooManyFollow(APIException):
    """The server, or this client, has as many event streams as are allowed."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_detail = "Too many follow already; ask for the submission itself from time to time."
    default_code = "too_many_followers"
    wait = RETRY_AFTER_S  # sent as Retry-After


class SubmissionEvents(View):
    """A submission's changes as a stream."""

    renderer_classes = [EventRenderer, JSONRenderer]

    @extend_schema(
        operation_id="follow_submission",
        summary="A submission's changes as server-sent events, until it has ended",
        description=FOLLOWING,
        responses=STREAMED | refusals(404, 503),
    )
    def get(self, request: Request, public_id: UUID) -> HttpResponseBase:
        """Stream each change."""
        reader, insider = request.user, may_see_details(request.user, known(public_id))
        return stream(request, f"api:{public_id}:{insider}", lambda: _state(public_id, reader))


class EstimateDetail(View):
    parameters = EstimateParameters

    @extend_schema(
        operation_id="estimate",
        summary="What a submission would cost: an interval, where from, and what is not known",
        parameters=[EstimateParameters],
        responses={200: row_envelope(EstimateRow, "Estimate")} | refusals(400),
    )
    def get(self, request: Request) -> Response:
        """Return the cost estimate; nothing is submitted."""
        parameters = self.parameters.read(request)
        estimate = estimate_cost_before(actor=request.user, today=timezone.now().date(), **parameters)
        return Response({"meta": meta(), "data": EstimateRow(estimate).data})


def stream(request: Request, name: str, see: Callable[[], StreamState | None]) -> HttpResponseBase:
    """Return a stream of a state's changes, each read as the actor of the request. Raises TooManyFollow."""
    actor = current_actor()

    def see_as_actor() -> StreamState | None:
        with acting(lambda: actor):
            return see()

    try:
        return stream_events(request, name, see_as_actor)
    except ConnectionLimitReached:
        raise TooManyFollow from None


def known(public_id: UUID) -> Submission:
    """Return a submission. Raises Http404."""
    submission = queries.submission(public_id)
    if submission is None:
        raise Http404(f"There is no submission {public_id}.")
    return submission


def answer(request: Request, public_id: UUID) -> Response:
    """Return the current state of a submission, with its budgets if the reader may see them."""
    submission = known(public_id)
    money: dict[str, Any] = NO_MONEY
    if may_see_details(request.user, submission):
        caps = caps_binding(submission, now=timezone.now())
        money = {"budgets": queries.budgets(submission), "caps": caps}
    row = SubmissionDetailRow(submission, context=context_of([submission], request.user) | money)
    return Response({"meta": meta(), "data": row.data})


def created(request: Request, submission: Submission, *, new: bool) -> Response:
    """Return a new submission (201), or an existing one (200), with its Location."""
    response = answer(request, submission.public_id)
    response.status_code = status.HTTP_201_CREATED if new else status.HTTP_200_OK
    response["Location"] = request.build_absolute_uri(reverse("api:submission", args=[submission.public_id]))
    return response


def context_of(submissions: list[Submission], reader: Actor) -> dict[str, Any]:
    """Return the serializer context of some submissions for a reader, in a constant number of queries."""
    if isinstance(reader, AbstractBaseUser):
        prefetch_related_objects([reader], "memberships")
    ids, now = [submission.pk for submission in submissions], timezone.now()
    progress, places = queries.progress(submission_ids=ids, now=now), queries.queue_places(now=now)
    statuses = queries.submission_statuses(submissions=submissions, progress=progress, places=places, now=now)
    return {"progress": progress, "places": places, "situations": statuses, "reader": reader}


def _state(public_id: UUID, reader: Actor) -> StreamState | None:
    submission = queries.submission(public_id)
    if submission is None:
        return None
    row = SubmissionDetailRow(submission, context=context_of([submission], reader) | NO_MONEY)
    body = JSONRenderer().render(row.data).decode()
    return StreamState({"state": body}, ended=submission.state in ENDED_STATES)
