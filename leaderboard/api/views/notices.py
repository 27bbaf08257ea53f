"""Events of the own account and its organisations, as a list and as a stream."""

from __future__ import annotations

from typing import Any, cast

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import IsAuthenticated
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from evals import queries
from leaderboard.api.formats import EventRenderer
from leaderboard.api.generics import ObjectListView, View
from leaderboard.api.openapi import page_envelope, refusals
from leaderboard.api.parameters import ListParameters
from leaderboard.api.serializers.notices import NoticeRow
from leaderboard.api.views.submissions import STREAMED, stream
from leaderboard.server_sent_events import StreamState

NEWEST = 25


class NoticeList(ObjectListView):
    serializer_class = NoticeRow
    parameters = ListParameters
    permission_classes = [IsAuthenticated]
    page_size = NEWEST

    def rows(self, **filters: Any) -> QuerySet[Any]:
        return queries.notices(cast("AbstractBaseUser", self.request.user))

    @extend_schema(
        operation_id="list_notices",
        summary="Events of yours and of your organisations, newest first",
        parameters=[ListParameters],
        responses={200: page_envelope(NoticeRow, "Notice")} | refusals(400, 401),
    )
    def get(self, request: Request, **where: Any) -> Response:
        """Return a page of events."""
        return super().get(request, **where)


class NoticeEvents(View):
    permission_classes = [IsAuthenticated]
    renderer_classes = [EventRenderer, JSONRenderer]

    @extend_schema(
        operation_id="follow_notices",
        summary="The newest events of yours as server-sent events",
        description="Each `state` event is the list of the newest events, whole, as under `data` of "
        "`account/notices`. A stream closes after a minute, and a client connects again. Where too many "
        "follow, the answer is 503 with `Retry-After`.",
        responses=STREAMED | refusals(401, 503),
    )
    def get(self, request: Request) -> HttpResponseBase:
        """Stream each change."""
        account = cast("AbstractBaseUser", request.user)

        def see() -> StreamState:
            rows = NoticeRow(queries.notices(account)[:NEWEST], many=True).data
            return StreamState({"state": JSONRenderer().render(rows).decode()}, ended=False)

        return stream(request, f"api:account:{account.pk}", see)
