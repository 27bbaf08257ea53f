"""The quotas of the own account and its organisations, and how reliable the queue was."""

from __future__ import annotations

from typing import cast

from django.contrib.auth.models import AbstractBaseUser
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from evals import queries
from leaderboard.api.generics import View
from leaderboard.api.meta import Meta, meta
from leaderboard.api.openapi import refusals
from leaderboard.api.serializers.quotas import OwnerQuotasRow, ReliabilityRow
from leaderboard.presenters.quotas import owner_quotas


class Quotas(View):
    permission_classes = [IsAuthenticated]

    @extend_schema(
        operation_id="read_quotas",
        summary="What you and your organisations may still submit and spend, and when that renews",
        responses={
            200: inline_serializer("OwnerQuotasPage", {"meta": Meta(), "data": OwnerQuotasRow(many=True)})
        }
        | refusals(401, 403),
    )
    def get(self, request: Request) -> Response:
        """Return the quotas and caps of each owner."""
        owners = owner_quotas(cast("AbstractBaseUser", request.user), now=timezone.now())
        response = Response({"meta": meta(), "data": OwnerQuotasRow(owners, many=True).data})
        add_never_cache_headers(response)
        return response


class ReliabilityList(View):
    @extend_schema(
        operation_id="read_reliability",
        summary="Submissions of the last 7, 30 and 365 days: share finished, waiting times, lost ones",
        responses={
            200: inline_serializer("ReliabilityPage", {"meta": Meta(), "data": ReliabilityRow(many=True)})
        },
    )
    def get(self, request: Request) -> Response:
        """Return the figures of each window; a figure that is not defined is null."""
        rows = queries.reliability(now=timezone.now())
        return Response({"meta": meta(), "data": ReliabilityRow(rows, many=True).data})
