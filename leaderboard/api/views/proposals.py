"""Proposed models: propose, list and read them."""

from __future__ import annotations

from typing import Any, cast

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import QuerySet
from django.http import Http404
from django.urls import reverse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from evals import queries
from evals.acting import Scope
from evals.models import ModelProposal
from evals.operations.proposals.facts import ProposedFacts
from evals.operations.proposals.lifecycle import propose_model
from leaderboard.api.generics import DetailView, ListView
from leaderboard.api.meta import meta
from leaderboard.api.openapi import documented_row, page_envelope, refusals, row_envelope
from leaderboard.api.parameters import ProposalParameters
from leaderboard.api.serializers.proposals import ProposalRequest, ProposalRow
from leaderboard.api.throttles import PostThrottle


class ProposalList(ListView):
    serializer_class = ProposalRow
    parameters = ProposalParameters
    write_scope = Scope.SUBMIT
    throttle_classes = [PostThrottle]

    def rows(self, **filters: Any) -> QuerySet[Any]:
        return queries.proposals(**filters)

    @extend_schema(
        operation_id="list_proposals",
        summary="Models that users proposed, with what a moderator decided",
        parameters=[ProposalParameters],
        responses={200: page_envelope(ProposalRow, "Proposal")} | refusals(400),
    )
    def get(self, request: Request, **where: Any) -> Response:
        """Return a page of proposals."""
        return super().get(request, **where)

    @extend_schema(
        operation_id="propose_model",
        summary="Propose a model that is not on record",
        description="The model is on record at once, unconfirmed; its scores count in no lag before a "
        "moderator confirms it.",
        request=ProposalRequest,
        responses={201: row_envelope(ProposalRow, "Proposal")} | refusals(400, 401, 403, 409, 413, 415, 429),
    )
    def post(self, request: Request) -> Response:
        """Propose a model (201)."""
        body = ProposalRequest(data=request.data)
        body.is_valid(raise_exception=True)
        values = dict(body.validated_data)
        owner, is_another = values.pop("owner"), values.pop("is_another")
        proposal = propose_model(
            proposer=cast("AbstractBaseUser", request.user),
            facts=ProposedFacts(**values),
            owner=owner,
            is_another=is_another,
            now=timezone.now(),
        )
        response = Response(
            {"meta": meta(), "data": ProposalRow(proposal).data}, status=status.HTTP_201_CREATED
        )
        response["Location"] = request.build_absolute_uri(reverse("api:proposal", args=[proposal.public_id]))
        return response


@documented_row("read_proposal", "A proposed model", "Proposal")
class ProposalDetail(DetailView):
    """Return a proposed model with its state and the moderator's public reason."""

    serializer_class = ProposalRow

    def get_object(self) -> ModelProposal:
        public_id = self.kwargs["public_id"]
        proposal = queries.proposal(public_id)
        if proposal is None:
            raise Http404(f"There is no proposal {public_id}.")
        return proposal
