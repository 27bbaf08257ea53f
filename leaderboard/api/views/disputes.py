"""Disputes: anyone can file an objection to a fact, and read it with its answer."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.urls import reverse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from evals import queries
from evals.acting import Scope
from evals.models import Dispute
from evals.operations.disputes.lifecycle import file_dispute
from leaderboard.api.generics import DetailView, ListView
from leaderboard.api.meta import meta
from leaderboard.api.openapi import documented_row, page_envelope, refusals, row_envelope
from leaderboard.api.parameters import DisputeParameters
from leaderboard.api.serializers.disputes import DisputeRequest, DisputeRow
from leaderboard.api.throttles import PostThrottle
from leaderboard.api.views.submissions import KEY
from leaderboard.operations.client_id import request_source


class DisputeList(ListView):
    serializer_class = DisputeRow
    parameters = DisputeParameters
    permission_classes = [AllowAny]
    write_scope = Scope.SUBMIT
    throttle_classes = [PostThrottle]

    def rows(self, **filters: Any) -> QuerySet[Any]:
        return queries.disputes(**filters)

    @extend_schema(
        operation_id="list_disputes",
        summary="Disputes that a moderator has seen, with their answers, newest first",
        parameters=[DisputeParameters],
        responses={200: page_envelope(DisputeRow, "Dispute")} | refusals(400),
    )
    def get(self, request: Request, **where: Any) -> Response:
        """Return a page of disputes."""
        return super().get(request, **where)

    @extend_schema(
        operation_id="file_dispute",
        summary="Object to a fact, with evidence; no account is needed",
        description="While many disputes wait, a request without an account is refused with "
        "`puzzle_required` and a puzzle: repeat the request with the puzzle's `text` as `puzzle` and "
        "with the `solution`.",
        parameters=[KEY],
        request=DisputeRequest,
        responses={201: row_envelope(DisputeRow, "Dispute"), 200: row_envelope(DisputeRow, "Dispute")}
        | refusals(400, 409, 413, 415, 429),
    )
    def post(self, request: Request) -> Response:
        """File a dispute (201), or return the one that this key filed before (200)."""
        body = DisputeRequest(data=request.data)
        body.is_valid(raise_exception=True)
        now = timezone.now()
        dispute = file_dispute(
            idempotency_key=request.headers.get("Idempotency-Key", ""),
            source=request_source(request),
            now=now,
            **body.validated_data,
        )
        answer = _answer(dispute)
        answer.status_code = status.HTTP_201_CREATED if dispute.filed_at == now else status.HTTP_200_OK
        answer["Location"] = request.build_absolute_uri(reverse("api:dispute", args=[dispute.public_id]))
        return answer


@documented_row("read_dispute", "A dispute and its answer", "Dispute")
class DisputeDetail(DetailView):
    """Return a dispute with its state and answer; 404 until a moderator has seen it."""

    serializer_class = DisputeRow

    def get_object(self) -> Dispute:
        public_id = self.kwargs["public_id"]
        dispute = queries.disputes().filter(public_id=public_id).first()
        if dispute is None:
            raise Http404(f"There is no dispute {public_id}, or no moderator has seen it yet.")
        return dispute


def _answer(dispute: Dispute) -> Response:
    return Response({"meta": meta(), "data": DisputeRow(dispute).data})
