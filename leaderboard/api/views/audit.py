"""The audit log as JSON, for accounts that may see it."""

from __future__ import annotations

from django.utils.cache import add_never_cache_headers
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from evals.models import AuditAction
from evals.operations.submissions.access import has_permission
from evals.queries import AuditFilter
from leaderboard.api.generics import View
from leaderboard.api.meta import Meta, meta
from leaderboard.api.openapi import refusals
from leaderboard.api.parameters import LARGEST_PAGE, Parameters, choice
from leaderboard.api.serializers.audit import AuditEventRow
from leaderboard.presenters.audit import present_audit_log


class MayViewAuditLog(BasePermission):
    """Whether the account may see the audit log."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Ask for Django's permission to view events."""
        return has_permission(request.user, "evals.view_auditevent")


class AuditParameters(Parameters):
    actor = serializers.CharField(required=False, help_text="An account's name or pseudonym.")
    action = choice(AuditAction.choices)
    object_type = serializers.CharField(required=False, help_text="Such as submission.")
    object_id = serializers.CharField(required=False)
    since = serializers.DateField(required=False)
    until = serializers.DateField(required=False)
    before = serializers.IntegerField(required=False, min_value=1, help_text="Only events with a lower id.")
    page_size = serializers.IntegerField(min_value=1, max_value=LARGEST_PAGE, default=100)


class AuditLog(View):
    parameters = AuditParameters
    permission_classes = [MayViewAuditLog]

    @extend_schema(
        operation_id="read_audit_log",
        summary="Who changed what, newest first; for auditors and operators",
        parameters=[AuditParameters],
        responses={
            200: inline_serializer(
                "AuditEventPage",
                {
                    "meta": Meta(),
                    "next": serializers.URLField(allow_null=True),
                    "data": AuditEventRow(many=True),
                },
            )
        }
        | refusals(400, 401, 403),
    )
    def get(self, request: Request) -> Response:
        """Return a page of events; `next` is the address of the older ones."""
        given = self.parameters.read(request)
        size = given.pop("page_size")
        page = present_audit_log(AuditFilter(**given), size=size)
        data = AuditEventRow(page.rows, many=True).data
        response = Response({"meta": meta(), "next": _next(request, page.before), "data": data})
        add_never_cache_headers(response)
        return response


def _next(request: Request, before: int | None) -> str | None:
    if before is None:
        return None
    query = request.query_params.copy()
    query["before"] = str(before)
    address: str = request.build_absolute_uri(f"{request.path}?{query.urlencode()}")
    return address
